import { beforeEach, describe, expect, it } from "vitest";
import type { Answer } from "../contract/reader";
import { Autosave, type SaveOutcome, type SaveState } from "./autosave";

const answers = (grade: 0 | 1 | 2 | 3): Answer[] => [
  { level: "L1", half: "upper", grade, not_gradable: null, in_bulk: false },
];

let timers: { callback: () => void; after: number }[];
let stored: { version: number; answers: Answer[] }[];
let states: SaveState[];
let outcomes: SaveOutcome[];

function open(version = 3): Autosave {
  return new Autosave(
    {
      store: async (at, given) => {
        stored.push({ version: at, answers: given });
        return outcomes.shift() ?? { kind: "saved", version: at + 1 };
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
    version,
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
    autosave.note(answers(1));
    autosave.note(answers(2));
    expect(timers.map(({ after }) => after)).toEqual([400]);
    await tick();
    expect(stored).toEqual([{ version: 3, answers: answers(2) }]);
    expect(autosave.currentVersion).toBe(4);
    expect(autosave.unsaved).toBeNull();
    expect(states.at(-1)).toEqual({ kind: "saved" });
  });

  it("never has two requests under way; what came in between follows", async () => {
    const autosave = open();
    autosave.note(answers(1));
    const [first] = timers;
    timers = [];
    first?.callback();
    autosave.note(answers(2));
    await tick();
    await tick();
    expect(stored.map(({ version }) => version)).toEqual([3, 4]);
    expect(stored.at(-1)?.answers).toEqual(answers(2));
  });

  it("tries again, less and less often, while the server is away", async () => {
    outcomes = [1, 2, 3, 4, 5].map(() => ({ kind: "unreachable", message: "away" }));
    const autosave = open();
    autosave.note(answers(1));
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      waits.push(timers[0]?.after ?? 0);
      await tick();
    }
    expect(waits).toEqual([400, 1000, 2000, 5000, 10000, 10000]);
    expect(autosave.unsaved).toBeNull();
  });

  it("keeps the input after a conflict and stops until it is settled", async () => {
    outcomes = [
      { kind: "conflict", message: "elsewhere", theirs: { version: 9, answers: answers(0), lease: "other" } },
    ];
    const autosave = open();
    autosave.note(answers(1));
    await tick();
    autosave.note(answers(2));
    expect(timers).toEqual([]);
    expect(autosave.unsaved).toEqual(answers(2));
    autosave.keepOurs(9, answers(2));
    await tick();
    expect(stored.at(-1)).toEqual({ version: 9, answers: answers(2) });
  });

  it("can take the other side's answers instead", async () => {
    outcomes = [
      { kind: "conflict", message: "elsewhere", theirs: { version: 9, answers: answers(0), lease: "other" } },
    ];
    const autosave = open();
    autosave.note(answers(1));
    await tick();
    autosave.takeTheirs(9);
    expect(autosave.unsaved).toBeNull();
    expect(autosave.currentVersion).toBe(9);
  });

  it("goes quiet before a submission", async () => {
    const autosave = open();
    autosave.note(answers(1));
    await autosave.pause();
    expect(timers).toEqual([]);
    expect(stored).toEqual([]);
  });
});
