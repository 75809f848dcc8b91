import { beforeEach, describe, expect, it } from "vitest";
import type { DraftRequest, Input } from "../contract/reader";
import { unanswered } from "./answers";
import { Autosave, type SaveOutcome, type SaveState } from "./autosave";

const input = (grade: 0 | 1 | 2 | 3): Input => ({
  answers: [{ ...unanswered({ level: "L1", half: "upper" }), grade }],
  comment: "",
});

let timers: { callback: () => void; after: number }[];
let stored: DraftRequest[];
let states: SaveState[];
let outcomes: SaveOutcome[];

function open(version = 3, replaces = false): Autosave {
  return new Autosave(
    {
      store: async (draft) => {
        stored.push(draft);
        return outcomes.shift() ?? { kind: "saved", version: draft.version + 1 };
      },
      report: (state) => states.push(state),
      later: (callback, after) => {
        const timer = { callback, after };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    },
    { lease: "ours", version },
    replaces,
  );
}

/** Runs the timers that are due and lets their promises settle. */
async function tick(): Promise<void> {
  const due = timers;
  timers = [];
  for (const { callback } of due) callback();
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
}

beforeEach(() => {
  timers = [];
  stored = [];
  states = [];
  outcomes = [];
});

describe("autosave", () => {
  it("waits for a pause, then stores the last input once", async () => {
    const autosave = open();
    autosave.note(input(1));
    autosave.note(input(2));
    expect(timers.map(({ after }) => after)).toEqual([400]);
    await tick();
    expect(stored).toEqual([{ lease: "ours", version: 3, ...input(2), replaces: false }]);
    expect(autosave.held).toEqual({ lease: "ours", version: 4 });
    expect(autosave.unsaved).toBeNull();
    expect(states.at(-1)).toEqual({ kind: "saved" });
  });

  it("never has two requests under way; what came in between follows", async () => {
    const autosave = open();
    autosave.note(input(1));
    const [first] = timers;
    timers = [];
    first?.callback();
    autosave.note(input(2));
    await tick();
    await tick();
    expect(stored.map(({ version }) => version)).toEqual([3, 4]);
    expect(stored.at(-1)?.answers).toEqual(input(2).answers);
  });

  it("tries again, less and less often, while the server is away", async () => {
    outcomes = [1, 2, 3, 4, 5].map(() => ({ kind: "unreachable", message: "away" }));
    const autosave = open();
    autosave.note(input(1));
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      waits.push(timers[0]?.after ?? 0);
      await tick();
    }
    expect(waits).toEqual([400, 1000, 2000, 5000, 10000, 10000]);
    expect(autosave.unsaved).toBeNull();
  });

  it("keeps the input after a conflict and stops", async () => {
    outcomes = [
      { kind: "conflict", message: "elsewhere", theirs: { version: 9, ...input(0), lease: "other" } },
    ];
    const autosave = open();
    autosave.note(input(1));
    await tick();
    autosave.note(input(2));
    expect(timers).toEqual([]);
    expect(autosave.unsaved).toEqual(input(2));
  });

  it("says of the first draft alone that it takes the place of what is stored", async () => {
    const autosave = open(9, true);
    autosave.note(input(1));
    await tick();
    autosave.note(input(2));
    await tick();
    expect(stored.map(({ replaces }) => replaces)).toEqual([true, false]);
  });

  it("goes quiet before a submission", async () => {
    const autosave = open();
    autosave.note(input(1));
    await autosave.pause();
    expect(timers).toEqual([]);
    expect(stored).toEqual([]);
  });

  it("goes on after a submission that failed", async () => {
    const autosave = open();
    autosave.note(input(1));
    await autosave.pause();
    autosave.resume();
    await tick();
    expect(stored).toHaveLength(1);
    expect(states.at(-1)).toEqual({ kind: "saved" });
    autosave.resume();
    expect(timers).toEqual([]);
  });

  it("stays quiet after it was halted", async () => {
    const autosave = open();
    autosave.note(input(1));
    autosave.halt({ kind: "refused", message: "locked", kept: false, over: true });
    autosave.note(input(2));
    autosave.resume();
    autosave.flush();
    expect(timers).toEqual([]);
    expect(states.at(-1)).toEqual({ kind: "refused", message: "locked", kept: false, over: true });
  });
});

const held = (version: number, given: Input, lease = "ours"): SaveOutcome => ({
  kind: "conflict",
  message: "elsewhere",
  theirs: { ...given, version, lease },
});

describe("a draft whose answer got lost", () => {
  it("is recognised, and newer input goes on from it", async () => {
    outcomes = [{ kind: "unreachable", message: "away" }, held(4, input(1))];
    const autosave = open();
    autosave.note(input(1));
    await tick();
    autosave.note(input(2));
    await tick();
    expect(autosave.held.version).toBe(4);
    await tick();
    expect(stored.map(({ version }) => version)).toEqual([3, 3, 4]);
    expect(stored.at(-1)?.answers).toEqual(input(2).answers);
    expect(states.at(-1)).toEqual({ kind: "saved" });
  });

  it("needs no further request if nothing was entered since", async () => {
    outcomes = [{ kind: "unreachable", message: "away" }, held(4, input(1))];
    const autosave = open();
    autosave.note(input(1));
    await tick();
    await tick();
    expect(autosave.unsaved).toBeNull();
    expect(timers).toEqual([]);
    expect(states.some(({ kind }) => kind === "conflict")).toBe(false);
  });

  it.each([
    ["another window holds the lease", held(4, input(1), "other")],
    ["the answers are not ours", held(4, input(0))],
    ["somebody went on from it", held(5, input(1))],
  ])("is no excuse where %s", async (_, conflict) => {
    outcomes = [{ kind: "unreachable", message: "away" }, conflict];
    const autosave = open();
    autosave.note(input(1));
    await tick();
    await tick();
    expect(states.at(-1)?.kind).toBe("conflict");
  });
});

describe("sending at once", () => {
  it("does not wait for the pause", async () => {
    const autosave = open();
    autosave.note(input(1));
    autosave.flush();
    expect(stored).toHaveLength(1);
    expect(timers).toEqual([]);
    await tick();
    expect(autosave.unsaved).toBeNull();
  });

  it("never repeats a request that is under way with the same input", async () => {
    const autosave = open();
    autosave.note(input(1));
    autosave.flush();
    autosave.flush();
    expect(stored).toHaveLength(1);
  });

  it("goes behind a request under way, and is known again if the page lives on", async () => {
    const autosave = open();
    autosave.note(input(1));
    autosave.flush();
    autosave.note(input(2));
    autosave.flush();
    expect(stored.map(({ version }) => version)).toEqual([3, 4]);
    outcomes = [held(5, input(2))];
    await tick();
    await tick();
    expect(autosave.held.version).toBe(5);
    expect(autosave.unsaved).toBeNull();
    expect(states.at(-1)).toEqual({ kind: "saved" });
  });
});
