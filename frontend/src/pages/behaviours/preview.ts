/**
 * `data-preview="URL" data-preview-into="ID"` on a form posts it to URL while it is being filled in, and puts
 * the HTML that comes back in place of the element of that id. The form's own saving is untouched.
 */

const PAUSE_MS = 350;

export function previews(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-preview]")) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        asked += 1;
        const mine = asked;
        void preview(form, () => mine === asked);
      }, PAUSE_MS);
    });
  }
}

/** An answer that comes after a later question is dropped; without an answer the page stays as it is. */
async function preview(form: HTMLFormElement, isLatest: () => boolean): Promise<void> {
  const place = document.getElementById(form.dataset.previewInto ?? "");
  if (!place) return;
  place.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.dataset.preview ?? "", {
      method: "POST",
      body: new FormData(form),
      credentials: "same-origin",
    });
    if (response.ok && isLatest()) {
      const piece = document.createElement("template");
      piece.innerHTML = await response.text();
      place.replaceChildren(...(piece.content.firstElementChild?.childNodes ?? []));
    }
  } catch {
    // Saving says what is wrong with the connection.
  } finally {
    place.removeAttribute("aria-busy");
  }
}
