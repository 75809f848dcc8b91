/**
 * `<form data-upload>` sends files with a progress bar; folders and zips may be dropped on its `[data-drop-zone]`.
 *
 * File inputs inside are `[data-upload-files]` (and a second one with `webkitdirectory`). Every file goes out as
 * `files`, its path within the dropped folder as file name; more than `data-upload-most` are not sent.
 * `<progress data-upload-bar>` and
 * `[data-upload-status]` show how far it is. The answer is a redirect, or JSON {url} or {detail}.
 */

interface NamedFile {
  file: File;
  path: string;
}

export function uploads(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-upload]")) enable(form);
}

function enable(form: HTMLFormElement): void {
  const zone = form.querySelector<HTMLElement>("[data-drop-zone]") ?? form;
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("is-over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-over");
    const entries = [...(event.dataTransfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
    void gather(entries).then((files) => send(form, files));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, chosen(form));
  });
  for (const input of form.querySelectorAll<HTMLInputElement>("[data-upload-files]")) {
    input.addEventListener("change", () => send(form, chosen(form)));
  }
}

const chosen = (form: HTMLFormElement): NamedFile[] =>
  [...form.querySelectorAll<HTMLInputElement>("[data-upload-files]")]
    .flatMap((input) => [...(input.files ?? [])])
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }));

async function gather(entries: FileSystemEntry[]): Promise<NamedFile[]> {
  const found = await Promise.all(entries.map(filesUnder));
  return found.flat();
}

async function filesUnder(entry: FileSystemEntry): Promise<NamedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ file, path: entry.fullPath.replace(/^\//, "") }];
  }
  return gather(await childrenOf(entry as FileSystemDirectoryEntry));
}

/** A directory hands out its entries in batches until an empty one. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return all;
    all.push(...batch);
  }
}

function send(form: HTMLFormElement, files: NamedFile[]): void {
  const say = statusWriter(form);
  if (files.length === 0) {
    say("Choose a folder, files or a zip first.");
    return;
  }
  const most = Number(form.dataset.uploadMost ?? Number.POSITIVE_INFINITY);
  if (files.length > most) {
    say(
      `These are ${counted(files.length)} files, and at most ${counted(most)} can be sent at once. Send one exam at a time, or as a zip.`,
    );
    return;
  }
  const body = new FormData();
  for (const element of form.querySelectorAll<HTMLInputElement>("input:not([type=file])")) {
    if (element.type !== "checkbox" || element.checked) body.append(element.name, element.value);
  }
  for (const { file, path } of files) body.append("files", file, path);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar(form, total ? loaded / total : 0);
    say(
      `Sending ${files.length} ${files.length === 1 ? "file" : "files"}: ${megabytes(loaded)} of ${megabytes(total)} MB`,
    );
  });
  request.addEventListener("load", () => finish(request, say));
  request.addEventListener("error", () => say("The upload was cut off. Nothing was kept; try again."));
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json, text/html");
  request.send(body);
}

function finish(request: XMLHttpRequest, say: (text: string) => void): void {
  const isJson = request.getResponseHeader("Content-Type")?.startsWith("application/json");
  const answer: { url?: string; detail?: string } = isJson ? JSON.parse(request.responseText) : {};
  if (request.status < 400) location.assign(answer.url ?? request.responseURL);
  else
    say(answer.detail ?? `The server refused the upload (${request.status}). Check the files and try again.`);
}

const counted = (files: number): string => files.toLocaleString("en-US");
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function bar(form: HTMLFormElement, share: number): void {
  const element = form.querySelector<HTMLProgressElement>("[data-upload-bar]");
  if (!element) return;
  element.hidden = false;
  element.value = share * element.max;
}

function statusWriter(form: HTMLFormElement): (text: string) => void {
  const element = form.querySelector("[data-upload-status]");
  return (text) => {
    if (element) element.textContent = text;
  };
}
