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
import { firstMissing, LEVEL_ORDER, place, proposed, shift } from "../core/levels";
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

const pair = new LinkedPair(images, (point: PointMm) => {
  if (!chosen) return;
  named = place(named, chosen, point, config.bodies);
  chosen = firstMissing(named);
  update();
});

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
  pair.setLevels(named);
  pair.setMarks([...config.bodies, ...named].map(({ point_mm }) => point_mm));
}

for (const choice of choices) {
  choice.addEventListener("click", () => {
    chosen = LEVEL_ORDER.find((level) => level === choice.dataset.levelChoice);
    update();
  });
}
for (const button of document.querySelectorAll<HTMLElement>("[data-level-shift]")) {
  button.addEventListener("click", () => {
    named = shift(named, button.dataset.levelShift === "-1" ? -1 : 1, config.bodies);
    update();
  });
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
