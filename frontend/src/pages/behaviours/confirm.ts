/** `data-confirm="Sentence"` on a form or button asks before it is sent. */
export function confirmations(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-confirm]")) {
    const kind = element instanceof HTMLFormElement ? "submit" : "click";
    element.addEventListener(kind, (event) => {
      if (!window.confirm(element.dataset.confirm)) event.preventDefault();
    });
  }
}
