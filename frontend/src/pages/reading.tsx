/** The reading room's page: images on the left, grading on the right, cases swapped in place. */

import { render } from "preact";
import { client, pageData } from "../contract/client";
import type { ReadingConfig } from "../contract/reader";
import { actionFor } from "../core/keyboard";
import { Header } from "../grading/Header";
import { KeySheet } from "../grading/KeySheet";
import { Panel } from "../grading/Panel";
import { askForCase, ReadingRoom } from "../grading/room";
import { Standstill } from "../grading/Standstill";
import "../styles/reading.css";
import { LinkedPair } from "../viewer/pair";

const config = pageData<ReadingConfig>("reading-config");
const root =
  document.getElementById("reading-room") ?? document.body.appendChild(document.createElement("div"));
root.className = "room";

function slot(name: string): HTMLDivElement {
  const element = document.createElement("div");
  element.className = `room-${name}`;
  root.append(element);
  return element;
}

/** What a key held down goes on doing. */
const REPEATING: ReadonlySet<string> = new Set(["slice", "move", "zoom", "opacity"]);

function bindKeys(room: ReadingRoom): void {
  window.addEventListener("keydown", (event) => {
    if (isTyping(event.target)) return;
    if (room.form.reasonsFor.value !== null && /^[4-9]$/.test(event.key)) {
      room.form.chooseReason(Number(event.key));
      return;
    }
    const action = actionFor(event, room.hasMap);
    if (isRadio(event.target) && event.key === " ") event.preventDefault();
    if (!action || leaveToButton(event)) return;
    event.preventDefault();
    if (!event.repeat || REPEATING.has(action.do)) room.perform(action);
  });
  window.addEventListener("keyup", (event) => {
    if (event.key === " ") room.map.release();
  });
  window.addEventListener("blur", () => room.map.release());
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !["radio", "checkbox", "range"].includes(target.type));

const isRadio = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type === "radio";

/** A focused button or link keeps its own Enter and Space; a slider keeps its arrows. */
function leaveToButton(event: KeyboardEvent): boolean {
  const { target, key } = event;
  if (target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement)
    return key === "Enter" || key === " ";
  if (target instanceof HTMLInputElement && target.type === "range") return key.startsWith("Arrow");
  return target instanceof HTMLInputElement && target.type === "checkbox" && key === " ";
}

async function start(): Promise<void> {
  const asked = askForCase(client, config.next_url);
  asked.catch(() => undefined);
  root.replaceChildren();
  const headerSlot = slot("top");
  const images = slot("images");
  const panelSlot = slot("side");
  const coverSlot = slot("cover");
  const room = new ReadingRoom(client, new LinkedPair(images), config);
  render(<Header room={room} homeUrl={config.home_url} />, headerSlot);
  render(<Panel room={room} />, panelSlot);
  render(
    <>
      <Standstill room={room} homeUrl={config.home_url} homeLabel={config.home_label} />
      <KeySheet room={room} />
    </>,
    coverSlot,
  );
  bindKeys(room);
  window.addEventListener("pagehide", () => room.flush());
  await room.receive(asked);
}

void start();
