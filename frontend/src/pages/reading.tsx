/** The reading room's page: images on the left, grading on the right, cases swapped in place. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { client, pageData } from "../contract/client";
import type { JournalKeys, ReadingConfig } from "../contract/reader";
import { signInAs } from "../contract/signIn";
import { actionFor } from "../core/keyboard";
import { type Orientation, orientationOf } from "../core/layout";
import { BEAT_MS } from "../grading/beats";
import { deviceId } from "../grading/device";
import { DisplayCheck } from "../grading/display";
import { DisplayStrip } from "../grading/DisplayStrip";
import { Header } from "../grading/Header";
import { Journal } from "../grading/journal/journal";
import { openShelf } from "../grading/journal/shelf";
import { KeySheet } from "../grading/KeySheet";
import { Keys } from "../grading/keys";
import { OneWindow } from "../grading/oneWindow";
import { Panel } from "../grading/Panel";
import { ReadingRoom } from "../grading/room";
import { SignInAgain } from "../grading/SignInAgain";
import { Standstill } from "../grading/Standstill";
import { Session } from "../grading/session";
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

/** From this height on, the definitions have a place of their own and are there from the start. */
const ROOMY_PX = 1100;

/** What a key held down goes on doing. */
const REPEATING: ReadonlySet<string> = new Set(["slice", "move", "zoom", "opacity"]);

function bindKeys(room: ReadingRoom): void {
  let holding: string | null = null;
  window.addEventListener("keydown", (event) => {
    if (keys.take(event)) {
      event.preventDefault();
      return;
    }
    if (signedIn.ended.value || isTyping(event.target)) return;
    if (!event.repeat && room.probe.press(event.key)) {
      event.preventDefault();
      return;
    }
    if (room.form.reasonsFor.value !== null && /^[4-9]$/.test(event.key)) {
      room.form.chooseReason(Number(event.key));
      return;
    }
    const action = actionFor(event, room.offers, keys.settings.value);
    if (isRadio(event.target) && event.key === " ") event.preventDefault();
    if (!action || leaveToButton(event)) return;
    event.preventDefault();
    if (!event.repeat || REPEATING.has(action.do)) room.perform(action);
    if (action.do === "hold-map") holding = event.code;
  });
  window.addEventListener("keyup", (event) => {
    if (event.code === holding) room.map.release();
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

const signedIn = new Session({
  client,
  signIn: (password) => signInAs(config, config.person, password),
});
const journal = new Journal();
const keys = new Keys(config.person, window.localStorage);
const check = new DisplayCheck(window.sessionStorage);

/** Lets nothing but the password be reached while the session has ended. */
function guardSlots(slots: readonly HTMLElement[]): void {
  effect(() => {
    for (const element of slots) element.inert = signedIn.ended.value;
  });
}

/** Input that is nowhere but on this screen holds the window; what the journal has does not. */
function warnBeforeLosing(room: ReadingRoom): void {
  window.addEventListener("beforeunload", (event) => {
    if (journal.problem.value && (room.saving.pending || room.pen.isUnsent)) event.preventDefault();
  });
}

/** Counts while the page is seen and its reader not idle, and tells the server now and then. */
function countAttention({ beats }: ReadingRoom): void {
  const { attention } = beats;
  const touch = (): void => attention.touch(performance.now());
  for (const event of ["pointermove", "pointerdown", "keydown", "wheel"])
    window.addEventListener(event, touch, { passive: true, capture: true });
  const follow = (): void => {
    if (document.visibilityState === "visible") attention.show(performance.now());
    else attention.hide(performance.now());
  };
  document.addEventListener("visibilitychange", follow);
  follow();
  setInterval(() => document.visibilityState === "visible" && void beats.beat(), BEAT_MS);
  window.addEventListener("pagehide", () => void beats.beat(true));
  window.addEventListener("resize", () => check.measure());
  check.measure();
}

function build(): void {
  root.replaceChildren();
  const [header, strip] = [slot("top"), slot("check")];
  const [images, panel, cover] = [slot("images"), slot("side"), slot("cover")];
  const pair = new LinkedPair(images);
  const device = deviceId(window.localStorage);
  const room = new ReadingRoom(
    signedIn,
    pair,
    config,
    journal,
    () => ({ ...check.facts, drawn_by: pair.drawnBy }),
    device,
  );
  const oneWindow = new OneWindow(config.enrolment, () => room.yieldTo());
  const enter = async (takeOver: boolean): Promise<void> => {
    if (await oneWindow.enter(takeOver)) await room.next(takeOver);
    else room.yieldTo();
  };
  render(<Header room={room} homeUrl={config.home_url} />, header);
  render(<DisplayStrip check={check} />, strip);
  room.definitions.value = window.innerHeight >= ROOMY_PX;
  render(<Panel room={room} check={check} />, panel);
  render(
    <>
      <Standstill
        room={room}
        homeUrl={config.home_url}
        homeLabel={config.home_label}
        onTakeOver={() => void enter(true)}
      />
      <KeySheet room={room} keys={keys} />
      <SignInAgain session={signedIn} reader={config.reader} />
    </>,
    cover,
  );
  guardSlots([header, strip, images, panel]);
  bindKeys(room);
  warnBeforeLosing(room);
  countAttention(room);
  window.addEventListener("pagehide", () => room.flush());
  const shape = (): Orientation => orientationOf(window.innerWidth, window.innerHeight);
  room.hanging.fit(shape(), true);
  window.addEventListener("resize", () => room.hanging.fit(shape()));
  void enter(false);
}

if (!config.rehearsal)
  void journal.open(
    async () => (await signedIn.send<JournalKeys>("GET", config.journal_keys_url)).keys,
    openShelf,
  );
build();
