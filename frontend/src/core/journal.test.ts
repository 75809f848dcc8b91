import { describe, expect, it } from "vitest";
import type { Input } from "../contract/reader";
import { unanswered } from "./answers";
import { goesOnFrom, lastOf, withState } from "./journal";

const input = (grade: 0 | 1 | 2 | 3): Input => ({
  answers: [{ ...unanswered({ level: "L1", half: "upper" }), grade }],
  comment: "",
});
const pending = { lease: "l", version: 3, enteredAt: "", states: [input(1), input(2)] };

describe("input that the server has not confirmed", () => {
  it("is the last state of the form", () => {
    expect(lastOf(pending)).toEqual(input(2));
    expect(lastOf({ ...pending, states: [] })).toEqual({ answers: [], comment: "" });
  });

  it.each([
    ["nobody saved since", { version: 3, ...input(0) }, true],
    ["the stored draft is one of its own", { version: 4, ...input(1) }, true],
    ["others saved other answers", { version: 4, ...input(0) }, false],
    ["the server is behind, as after a restore", { version: 2, ...input(1) }, false],
  ])("goes on where %s", (_, stored, goesOn) => {
    expect(goesOnFrom(pending, stored)).toBe(goesOn);
  });

  it("remembers a bounded number of states, the newest", () => {
    let states: Input[] = [];
    for (let i = 0; i < 200; i += 1) states = withState(states, input((i % 4) as 0 | 1 | 2 | 3));
    expect(states.length).toBeLessThanOrEqual(60);
    expect(states.at(-1)).toEqual(input(3));
  });
});
