/** What stands where the images would be when there is nothing to read now. */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { LeftReports } from "./LeftReports";
import type { Gate, OtherDevice } from "./phase";
import { Recall } from "./Recall";
import type { ReadingRoom } from "./room";

function bothClocks(iso: string): string {
  const moment = new Date(iso);
  const local = moment.toLocaleString(undefined, { dateStyle: "full", timeStyle: "short" });
  return `${local} (${moment.toISOString().slice(0, 16).replace("T", " ")} UTC)`;
}

/** What Enter does is in focus as soon as it is there: no key that is pressed at it is lost. */
function useFirstFocus<T extends HTMLElement>(there: unknown = true): RefObject<T | null> {
  const element = useRef<T>(null);
  useLayoutEffect(() => element.current?.focus(), [there]);
  return element;
}

export interface StandstillProps {
  room: ReadingRoom;
  homeUrl: string;
  homeLabel?: string | undefined;
  /** The reader wants to read in this window instead of the one that does. */
  onTakeOver(): void;
}

export function Standstill({ room, homeUrl, homeLabel = "To my reading page", onTakeOver }: StandstillProps) {
  const phase = room.phase.value;
  if (phase.kind === "reading" || phase.kind === "submitting") return null;
  if (phase.kind === "loading") {
    return (
      <p class="loading" role="status">
        {room.read.value ? "Next case…" : "Opening the reading room…"}
      </p>
    );
  }
  return (
    <section class="standstill" role="status">
      {phase.kind === "waiting" && (
        <Waiting opensAt={phase.opensAt} message={phase.message} onGoOn={() => void room.next()} />
      )}
      <Recall room={room} />
      {phase.kind === "complete" && (
        <>
          <h2>All done</h2>
          <p>{phase.message}</p>
        </>
      )}
      {phase.kind === "elsewhere" && <Elsewhere device={phase.device} onTakeOver={onTakeOver} />}
      {phase.kind === "gate" && <AtGate message={phase.message} gate={phase.gate} />}
      {phase.kind === "stopped" && <Stopped message={phase.message} onGoOn={() => void room.next()} />}
      <LeftReports room={room} />
      <a href={homeUrl}>{homeLabel}</a>
    </section>
  );
}

const GATE_WORDS: Record<string, string> = {
  instructions: "To the instructions",
  calibration: "To the calibration",
};

/** Something is to be done on another page before the next case is opened. */
function AtGate({ message, gate }: { message: string; gate: Gate }) {
  const link = useFirstFocus<HTMLAnchorElement>();
  return (
    <>
      <h2>Before the next case</h2>
      <p>{message}</p>
      <a class="standstill-way" href={gate.url} ref={link}>
        {GATE_WORDS[gate.code] ?? "Go there"} <kbd>Enter</kbd>
      </a>
    </>
  );
}

function Stopped({ message, onGoOn }: { message: string; onGoOn(): void }) {
  const button = useFirstFocus<HTMLButtonElement>();
  return (
    <>
      <h2>Reading is not possible just now</h2>
      <p>{message}</p>
      <button type="button" ref={button} onClick={onGoOn}>
        Try again <kbd>Enter</kbd>
      </button>
    </>
  );
}

interface ElsewhereProps {
  /** The other device; a window of this browser where there is none. */
  device: OtherDevice | undefined;
  onTakeOver(): void;
}

/** Reading goes on in one place. One key, Enter on the button in focus, brings it here. */
function Elsewhere({ device, onTakeOver }: ElsewhereProps) {
  const button = useFirstFocus<HTMLButtonElement>();
  return (
    <>
      <h2>{device ? "You are reading on another device" : "You are reading in another window"}</h2>
      {typeof device === "object" && (
        <p>
          {device.where}, since <time dateTime={device.since}>{bothClocks(device.since)}</time>.
        </p>
      )}
      <p>
        One {device ? "device" : "window"} reads a study at a time. Go on there, or take the case over here:
        the other one then says so, and nothing that was entered is lost.
      </p>
      <button type="button" ref={button} onClick={onTakeOver}>
        Read here instead <kbd>Enter</kbd>
      </button>
    </>
  );
}

interface WaitingProps {
  opensAt: string;
  message: string;
  onGoOn(): void;
}

/** Longer waits than this are not sat out in front of the page. */
const SAT_OUT_MS = 12 * 3600 * 1000;

/** A washout, a break or a cap: when it is over, one key goes on; the server decides whether it is. */
function Waiting({ opensAt, message, onGoOn }: WaitingProps) {
  const [isOver, setOver] = useState(false);
  const button = useFirstFocus<HTMLButtonElement>(isOver);
  useEffect(() => {
    const left = Date.parse(opensAt) - Date.now();
    if (left > SAT_OUT_MS) return undefined;
    const timer = setTimeout(() => setOver(true), Math.max(0, left) + 1000);
    return () => clearTimeout(timer);
  }, [opensAt]);
  return (
    <>
      <h2>{isOver ? "You can go on" : "Nothing to read now"}</h2>
      <p>{message}</p>
      <p>
        Opens <time dateTime={opensAt}>{bothClocks(opensAt)}</time>
      </p>
      {isOver && (
        <button type="button" ref={button} onClick={onGoOn}>
          Go on reading <kbd>Enter</kbd>
        </button>
      )}
    </>
  );
}
