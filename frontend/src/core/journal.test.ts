import { describe, expect, it } from "vitest";
import type { Answer } from "../contract/reader";
import { goesOnFrom, lastOf, withState } from "./journal";

const answers = (grade: 0 | 1 | 2 | 3): Answer[] => [
  { level: "L1", half: "upper", grade, not_gradable: null, in_bulk: false },
];
const pending = { lease: "l", version: 3, enteredAt: "", states: [answers(1), answers(2)] };

describe("input that the server has not confirmed", () => {
  it("is the last state of the form", () => {
    expect(lastOf(pending)).toEqual(answers(2));
    expect(lastOf({ ...pending, states: [] })).toEqual([]);
  });

  it.each([
    ["nobody saved since", { version: 3, answers: answers(0) }, true],
    ["the stored draft is one of its own", { version: 4, answers: answers(1) }, true],
    ["others saved other answers", { version: 4, answers: answers(0) }, false],
    ["the server is behind, as after a restore", { version: 2, answers: answers(1) }, false],
  ])("goes on where %s", (_, stored, goesOn) => {
    expect(goesOnFrom(pending, stored)).toBe(goesOn);
  });

  it("remembers a bounded number of states, the newest", () => {
    let states: Answer[][] = [];
    for (let i = 0; i < 200; i += 1) states = withState(states, answers((i % 4) as 0 | 1 | 2 | 3));
    expect(states.length).toBeLessThanOrEqual(60);
    expect(states.at(-1)).toEqual(answers(3));
  });
});
