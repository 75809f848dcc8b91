/** `<select data-own-zone>` starts with this device's time zone where it offers it. */
export function ownZone(root: ParentNode): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const select of root.querySelectorAll<HTMLSelectElement>("select[data-own-zone]"))
    if ([...select.options].some((option) => option.value === zone)) select.value = zone;
}
