/** A made-up case, a client that answers from a script and a desk that takes notes, for this room's tests. */

import { type Client, type Method, RefusedError, UnreachableError } from "../contract/client";
import type { ModicMap } from "../contract/map";
import type { Display, NextCase, Read, Refusal } from "../contract/reader";
import { siteName } from "../core/answers";
import { ALL_SITES } from "../core/testing";
import type { ImageDesk } from "./desk";
import { Journal } from "./journal/journal";
import { ReadingRoom } from "./room";

export function makeRead(changes: Partial<Read> = {}): Read {
  const images = { metadata_url: "/m", frame_urls: ["/f/1"], description: "sagittal" };
  return {
    id: "read-1",
    state: "opened",
    version: 0,
    period: { number: 1, name: "Period 1", arm: "unaided" },
    position: 1,
    total: 3,
    synthetic: true,
    sites: ALL_SITES,
    grades: [0, 1, 2, 3].map((value) => ({ value: value as 0 | 1 | 2 | 3, label: `Grade ${value}` })),
    not_gradable_reasons: [
      { value: "artefact", label: "Artefact" },
      { value: "fracture", label: "Fracture" },
    ],
    bulk_none: false,
    asks_confidence: false,
    comment: "",
    levels: [],
    images: { t1: images, t2: images },
    part: 1,
    map_follows: false,
    map_url: null,
    reveal_url: null,
    shows: null,
    answers: [],
    lease: "lease-1",
    draft_url: "/draft",
    beat_url: "/beat",
    submit_url: "/submit",
    reports_url: "/reports/",
    ...changes,
  };
}

export const DISPLAY: Display = {
  width: 1440,
  height: 900,
  pixel_ratio: 1,
  colour_depth: 24,
  pattern_seen: null,
  webgl2: true,
  renderer: "a card",
  drawn_by: "cornerstone",
};

export const MAP: ModicMap = {
  slices: [],
  labels: [
    {
      level: "L4",
      half: "lower",
      types: [2],
      suggestion: 2,
      secondary: null,
      volume_mm3: { "2": 310 },
      fraction: 0.1,
      largest_diameter_mm: 9,
      probability: 0.8,
    },
  ],
  remarks: ["The T2 images are fat-suppressed."],
  sha256: "",
  model: {},
};

export interface Call {
  method: Method;
  url: string;
  body: unknown;
}

export interface Stage {
  room: ReadingRoom;
  calls: Call[];
  shown: string[];
}

export const refusal =
  (status: number, body: Refusal): (() => never) =>
  () => {
    throw new RefusedError(status, body);
  };

export const unreachable = (): never => {
  throw new UnreachableError("The server cannot be reached.");
};

/** Requests are answered by URL; each list is used up front to back, its last entry for ever. */
export function clientOf(answers: Record<string, (() => unknown)[]>): { client: Client; calls: Call[] } {
  const calls: Call[] = [];
  const client: Client = {
    async send<T>(method: Method, url: string, body?: unknown): Promise<T> {
      calls.push({ method, url, body });
      const list = answers[url] ?? [];
      const answer = list.length > 1 ? list.shift() : list[0];
      if (!answer) throw new Error(`nothing is scripted for ${url}`);
      return answer() as T;
    },
  };
  return { client, calls };
}

/** A room whose requests are answered from a script. `whole`: when its images are all here. */
export function stage(
  answers: Record<string, (() => unknown)[]>,
  { journal = new Journal(), whole = new Promise<void>(() => undefined) } = {},
): Stage {
  const { client, calls } = clientOf(answers);
  const shown: string[] = [];
  const note =
    (what: string) =>
    (...values: unknown[]): void => {
      shown.push([what, ...values.map((value) => JSON.stringify(value))].join(" "));
    };
  const desk: ImageDesk = {
    show: async () => note("show")(),
    whole: () => whole,
    prepare: async (images) => note("prepare")(images.t1.metadata_url),
    arrange: note("arrange"),
    setMap: (map) => note("map")(map !== null),
    setMapLook: (visible, opacity, types) => note("look")(visible, opacity, [...types]),
    focusOn: note("focus"),
    step: note("step"),
    goToEnd: note("end"),
    zoom: note("zoom"),
    reset: note("reset"),
    wholeImage: note("whole"),
    invert: note("invert"),
    widen: note("widen"),
    toggleRuler: note("ruler"),
    toggleLines: note("lines"),
    moveRuler: note("move-ruler"),
  };
  const room = new ReadingRoom(
    client,
    desk,
    { enrolment: "study-1", next_url: "/next", ahead_url: "/ahead" },
    journal,
    () => DISPLAY,
  );
  return { room, calls, shown };
}

export const reading =
  (read: Read): (() => NextCase) =>
  () => ({ status: "reading", read });

export const waiting = { status: "waiting", opens_at: "2026-12-24T09:30:00Z", message: "The washout runs." };

/** Where the focus is, as it is spoken. */
export const focused = ({ room }: Stage): string =>
  room.form.focus.value ? siteName(room.form.focus.value) : "nowhere";

export function gradeAll({ room }: Stage): void {
  for (const _ of ALL_SITES) room.perform({ do: "grade", value: 0 });
}

/** A room with a case open. */
export async function opened(answers: Parameters<typeof stage>[0] = {}): Promise<Stage> {
  const set = stage({ "/next": [reading(makeRead())], "/draft": [() => ({ version: 1 })], ...answers });
  await set.room.next();
  return set;
}
