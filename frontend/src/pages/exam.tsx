/** The coordinator's view of one exam: both series, the named levels, the Modic map if there is one. */

import { signal } from "@preact/signals";
import { render } from "preact";
import { pageData, send } from "../contract/client";
import type { ExamConfig } from "../contract/exam";
import type { ModicMap } from "../contract/map";
import { actionFor, type Offer } from "../core/keyboard";
import { DEFAULT_OPACITY } from "../core/modicmap";
import { MapPanel } from "../grading/MapPanel";
import "../styles/reading.css";
import { LinkedPair } from "../viewer/pair";

const config = pageData<ExamConfig>("exam-config");
const root =
  document.getElementById("exam-viewer") ?? document.body.appendChild(document.createElement("div"));
root.classList.add("exam-viewer");
const images = document.createElement("div");
images.className = "room-images";
const controls = document.createElement("div");
controls.className = "exam-controls";
root.append(images, controls);

const pair = new LinkedPair(images);
const look = signal({ visible: true, opacity: DEFAULT_OPACITY });

function setLook(visible: boolean, opacity: number): void {
  look.value = { visible, opacity: Math.min(1, Math.max(0, opacity)) };
  pair.setMapLook(look.value.visible, look.value.opacity);
}

function MapControls({ remarks }: { remarks: readonly string[] }) {
  const { visible, opacity } = look.value;
  return (
    <MapPanel
      remarks={remarks}
      visible={visible}
      opacity={opacity}
      onVisible={(next) => setLook(next, opacity)}
      onOpacity={(next) => setLook(visible, next)}
    />
  );
}

function bindKeys(hasMap: boolean): void {
  const offers: ReadonlySet<Offer> = new Set(hasMap ? ["map"] : []);
  window.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLElement && event.target.matches("input, select, textarea, button, a"))
      return;
    const action = actionFor(event, offers);
    if (!action) return;
    if (action.do === "slice") pair.step(action.step);
    else if (action.do === "end-slice") pair.goToEnd(action.last);
    else if (action.do === "zoom") pair.zoom(action.factor);
    else if (action.do === "reset") pair.reset();
    else if (action.do === "whole-image") pair.wholeImage();
    else if (action.do === "invert") pair.invert();
    else if (action.do === "toggle-map") setLook(!look.value.visible, look.value.opacity);
    else if (action.do === "opacity") setLook(look.value.visible, look.value.opacity + action.step);
    else return;
    event.preventDefault();
  });
}

async function start(): Promise<void> {
  await pair.show(config);
  if (config.map_url !== null) {
    const map = await send<ModicMap>("GET", config.map_url);
    pair.setMap(map);
    setLook(true, DEFAULT_OPACITY);
    render(<MapControls remarks={map.remarks} />, controls);
  }
  bindKeys(config.map_url !== null);
}

start().catch((error: unknown) => {
  pair.notice(error instanceof Error ? error.message : "The images could not be loaded.");
});
