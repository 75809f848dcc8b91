/**
 * The release page's level names: choose a name and click its vertebral body, or shift all names along the spine.
 *
 * The page gives json_script "levels-config", an element #level-viewer, buttons `data-level-choice="L4"`,
 * `data-level-shift="-1"` (towards the head) and `"1"`, `data-level-clear`, and `<input data-levels-input>`,
 * which carries the names as JSON [{level, body, point_mm}].
 */

import { pageData } from "../contract/client";
import type { LevelsConfig, NamedLevel } from "../contract/exam";
import type { Level, PointMm } from "../contract/reader";
import { firstMissing, LEVEL_ORDER, nextBody, place, proposed, shift } from "../core/levels";
import "../styles/reading.css";
import { LinkedPair } from "../viewer/pair";

const config = pageData<LevelsConfig>("levels-config");
const viewer =
  document.getElementById("level-viewer") ?? document.body.appendChild(document.createElement("div"));
viewer.classList.add("exam-viewer");
const images = document.createElement("div");
images.className = "room-images";
viewer.append(images);

let named: NamedLevel[] = proposed(config.levels, config.bodies);
let chosen: Level | undefined = firstMissing(named);

let marker: PointMm | null = null;

function placeAt(point: PointMm): void {
  if (!chosen) return;
  named = place(named, chosen, point, config.bodies);
  chosen = firstMissing(named);
  update();
}

const pair = new LinkedPair(images, placeAt);

const choices = [...document.querySelectorAll<HTMLElement>("[data-level-choice]")];

function update(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("[data-levels-input]")) {
    input.value = JSON.stringify(named);
  }
  for (const choice of choices) {
    const level = choice.dataset.levelChoice;
    choice.setAttribute("aria-pressed", String(level === chosen));
    choice.dataset.placed = String(named.some((other) => other.level === level));
  }
  for (const status of document.querySelectorAll("[data-levels-status]")) {
    const names = named.map(({ level }) => level).join(", ") || "none";
    status.textContent = `Named: ${names}. ${chosen ? `Next: ${chosen}.` : "All levels are named."}`;
  }
  pair.setLevels(named);
  pair.setMarks([...config.bodies, ...named].map(({ point_mm }) => point_mm));
}

function choose(level: Level | undefined): void {
  chosen = level;
  update();
}

function shiftAll(step: 1 | -1): void {
  named = shift(named, step, config.bodies);
  update();
}

function goToBody(step: 1 | -1): void {
  const body = nextBody(marker, step, config.bodies);
  if (body) marker = pair.showPlace(body.point_mm);
}

function nudge(across: number, down: number, millimetres: number): void {
  marker = pair.movePlace(across * millimetres, down * millimetres);
}

/** All that the mouse does, by key, while the images have the focus. False for any other key. */
function onKey({ key, shiftKey }: KeyboardEvent): boolean {
  const millimetres = shiftKey ? 1 : 4;
  const level = LEVEL_ORDER[Number(key) - 1];
  if (key === "ArrowLeft") nudge(-1, 0, millimetres);
  else if (key === "ArrowRight") nudge(1, 0, millimetres);
  else if (key === "ArrowUp") nudge(0, -1, millimetres);
  else if (key === "ArrowDown") nudge(0, 1, millimetres);
  else if (key === "PageDown" || key === "PageUp") pair.step(key === "PageDown" ? 1 : -1);
  else if (key === "b" || key === "B") goToBody(key === "b" ? 1 : -1);
  else if (key === "[" || key === "]") shiftAll(key === "]" ? 1 : -1);
  else if (key === "+" || key === "-") pair.zoom(key === "+" ? 1.25 : 0.8);
  else if (key === "Enter" && marker) placeAt(marker);
  else if (level) choose(level);
  else return false;
  return true;
}

viewer.tabIndex = 0;
viewer.setAttribute("role", "application");
viewer.setAttribute("aria-label", "Images, to name levels on");
viewer.setAttribute("aria-describedby", "levels-keys");
viewer.addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.metaKey && !event.altKey && onKey(event)) event.preventDefault();
});

for (const choice of choices) {
  choice.addEventListener("click", () =>
    choose(LEVEL_ORDER.find((level) => level === choice.dataset.levelChoice)),
  );
}
for (const button of document.querySelectorAll<HTMLElement>("[data-level-shift]")) {
  button.addEventListener("click", () => shiftAll(button.dataset.levelShift === "-1" ? -1 : 1));
}
for (const button of document.querySelectorAll<HTMLElement>("[data-level-clear]")) {
  button.addEventListener("click", () => {
    named = [];
    chosen = firstMissing(named);
    update();
  });
}

async function start(): Promise<void> {
  update();
  await pair.show({ images: config.images, levels: named });
  pair.wholeImage();
}

start().catch((error: unknown) => {
  pair.notice(error instanceof Error ? error.message : "The images could not be loaded.");
});
