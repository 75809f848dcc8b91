/** The coordinator's view of one exam: both series, the named levels, the Modic map if there is one. */

import { render } from "preact";
import { pageData, send } from "../contract/client";
import type { ExamConfig } from "../contract/exam";
import type { ModicMap } from "../contract/map";
import { actionFor, type Offer } from "../core/keyboard";
import { performOnImages } from "../grading/imageActions";
import { MapPanel } from "../grading/MapPanel";
import { MapLook } from "../grading/mapLook";
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
const look = new MapLook(pair);

function MapControls({ remarks }: { remarks: readonly string[] }) {
  return (
    <MapPanel
      remarks={remarks}
      visible={look.visible.value}
      opacity={look.opacity.value}
      types={look.types.value}
      onVisible={(visible) => look.show(visible)}
      onOpacity={(opacity) => look.setOpacity(opacity)}
      onType={(type, drawn) => look.setType(type, drawn)}
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
    if (action.do === "toggle-map") look.show(!look.visible.value);
    else if (!performOnImages(action, pair, look)) return;
    event.preventDefault();
  });
}

async function start(): Promise<void> {
  await pair.show(config);
  if (config.map_url !== null) {
    const map = await send<ModicMap>("GET", config.map_url);
    look.receive(map);
    render(<MapControls remarks={map.remarks} />, controls);
  }
  bindKeys(config.map_url !== null);
}

start().catch((error: unknown) => {
  pair.notice(error instanceof Error ? error.message : "The images could not be loaded.");
});
