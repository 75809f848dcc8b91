/**
 * `data-poll="URL"` asks again and again how a job is doing (every `data-poll-every` ms, 1500 unless told).
 *
 * HTML answers replace the element; polling goes on if the new one has `data-poll` too. JSON answers
 * {progress: 0..1, stage, finished, url?} fill `<progress data-poll-bar>` and `[data-poll-stage]`, and when
 * finished the page goes to `url` or is loaded again.
 */

interface JobStatus {
  progress?: number;
  stage?: string;
  finished?: boolean;
  url?: string;
}

const EVERY_MS = 1500;

export function polling(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-poll]")) schedule(element);
}

function schedule(element: HTMLElement): void {
  setTimeout(() => void ask(element), Number(element.dataset.pollEvery ?? EVERY_MS));
}

async function ask(element: HTMLElement): Promise<void> {
  if (!element.isConnected) return;
  try {
    const response = await fetch(element.dataset.poll ?? "", { credentials: "same-origin" });
    if (!response.ok) throw new Error(String(response.status));
    if (response.headers.get("Content-Type")?.startsWith("application/json"))
      fill(element, await response.json());
    else replace(element, await response.text());
  } catch {
    schedule(element);
  }
}

function fill(element: HTMLElement, status: JobStatus): void {
  const bar = element.querySelector<HTMLProgressElement>("[data-poll-bar]");
  if (bar && status.progress !== undefined) bar.value = status.progress;
  const stage = element.querySelector("[data-poll-stage]");
  if (stage && status.stage !== undefined) stage.textContent = status.stage;
  if (!status.finished) schedule(element);
  else if (status.url) location.assign(status.url);
  else location.reload();
}

function replace(element: HTMLElement, html: string): void {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  const next = template.content.firstElementChild;
  element.replaceWith(template.content);
  if (next instanceof HTMLElement && next.dataset.poll !== undefined) schedule(next);
}
