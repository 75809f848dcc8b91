import { describe, expect, it } from "vitest";
import type { Answer, Half, Level, Site } from "../contract/reader";
import {
  answerAt,
  asAnswers,
  clear,
  firstDifference,
  gaps,
  judge,
  neighbour,
  nextGap,
  openSheet,
  redo,
  undo,
} from "./answers";
import { ALL_SITES } from "./testing";

const site = (level: Level, half: Half): Site => ({ level, half });
const empty = openSheet(ALL_SITES, []);

describe("answers", () => {
  it("start empty: nothing is preset and ungraded is not 0", () => {
    expect(gaps(empty)).toEqual(ALL_SITES);
    expect(asAnswers(empty).every(({ grade, not_gradable }) => grade === null && not_gradable === null)).toBe(
      true,
    );
  });

  it("take up a stored draft, without the halves that had no answer", () => {
    const draft: Answer[] = [
      { level: "L3", half: "upper", grade: 0, not_gradable: null, in_bulk: false },
      { level: "L4", half: "upper", grade: null, not_gradable: null, in_bulk: false },
    ];
    const sheet = openSheet(ALL_SITES, draft);
    expect(gaps(sheet)).toHaveLength(11);
    expect(answerAt(sheet, site("L3", "upper"))?.grade).toBe(0);
  });

  it("hold a grade or a reason, never both", () => {
    const graded = judge(empty, site("L4", "lower"), { grade: 2 });
    const refused = judge(graded, site("L4", "lower"), { notGradable: "artefact" });
    expect(answerAt(refused, site("L4", "lower"))).toMatchObject({ grade: null, not_gradable: "artefact" });
    expect(answerAt(judge(refused, site("L4", "lower"), { grade: 0 }), site("L4", "lower"))).toMatchObject({
      grade: 0,
      not_gradable: null,
    });
  });

  it("do not change for the same grade twice", () => {
    const graded = judge(empty, site("L1", "upper"), { grade: 1 });
    expect(judge(graded, site("L1", "upper"), { grade: 1 })).toBe(graded);
    expect(clear(empty, site("L1", "upper"))).toBe(empty);
  });

  it("undo and redo every step, and a new step drops the redone", () => {
    const one = judge(empty, site("L1", "upper"), { grade: 1 });
    const two = judge(one, site("L1", "upper"), { grade: 3 });
    expect(answerAt(undo(two), site("L1", "upper"))?.grade).toBe(1);
    expect(gaps(undo(undo(two)))).toHaveLength(12);
    expect(undo(empty)).toBe(empty);
    expect(answerAt(redo(undo(two)), site("L1", "upper"))?.grade).toBe(3);
    expect(redo(judge(undo(two), site("L2", "upper"), { grade: 0 })).future).toEqual([]);
    expect(firstDifference(two, undo(two))).toEqual(site("L1", "upper"));
  });
});

describe("moving", () => {
  it("goes to the next gap, past answered halves and around the end", () => {
    let sheet = judge(empty, site("L1", "lower"), { grade: 0 });
    expect(nextGap(sheet, site("L1", "upper"))).toEqual(site("L2", "upper"));
    sheet = judge(sheet, site("S1", "lower"), { grade: 0 });
    expect(nextGap(sheet, site("S1", "lower"))).toEqual(site("L1", "upper"));
  });

  it("stays where it is when nothing is missing", () => {
    const full = ALL_SITES.reduce((sheet, each) => judge(sheet, each, { grade: 0 }), empty);
    expect(gaps(full)).toEqual([]);
    expect(nextGap(full, site("L3", "lower"))).toEqual(site("L3", "lower"));
  });

  it("steps to neighbours and stops at the ends", () => {
    expect(neighbour(empty, site("L1", "lower"), 1)).toEqual(site("L2", "upper"));
    expect(neighbour(empty, site("L1", "upper"), -1)).toEqual(site("L1", "upper"));
    expect(neighbour(empty, site("S1", "lower"), 1)).toEqual(site("S1", "lower"));
  });
});
