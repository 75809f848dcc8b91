/** `<input type="checkbox" data-tick-all="NAME">` ticks and unticks every box of that name in its form. */
export function tickAll(root: ParentNode): void {
  for (const all of root.querySelectorAll<HTMLInputElement>("[data-tick-all]"))
    all.addEventListener("change", () => {
      const boxes = all.form?.querySelectorAll<HTMLInputElement>(`input[name="${all.dataset.tickAll}"]`);
      for (const box of boxes ?? []) box.checked = all.checked;
    });
}
