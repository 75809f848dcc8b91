import { describe, expect, it } from "vitest";
import type { Answer, Half, Level, Site } from "../contract/reader";
import {
  answerAt,
  asAnswers,
  clear,
  cycleConfidence,
  firstDifference,
  gaps,
  judge,
  neighbour,
  nextGap,
  noneForRemaining,
  openSheet,
  redo,
  sameInput,
  toggleSecondary,
  unanswered,
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
      { ...unanswered(site("L3", "upper")), grade: 0 },
      unanswered(site("L4", "upper")),
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

describe("more about a half", () => {
  const at = site("L4", "lower");
  const mixed = toggleSecondary(judge(empty, at, { grade: 2 }), at, 1);

  it("keeps the other type of a mixed lesion, until it is taken back or the half is graded anew", () => {
    expect(answerAt(mixed, at)).toMatchObject({ grade: 2, secondary: 1 });
    expect(answerAt(toggleSecondary(mixed, at, 1), at)?.secondary).toBeNull();
    expect(answerAt(toggleSecondary(mixed, at, 3), at)?.secondary).toBe(3);
    expect(answerAt(judge(mixed, at, { grade: 1 }), at)).toMatchObject({ grade: 1, secondary: null });
    expect(answerAt(undo(mixed), at)?.secondary).toBeNull();
  });

  it("has no other type where there is no predominant one, or the same", () => {
    expect(toggleSecondary(empty, at, 1)).toBe(empty);
    const none = judge(empty, at, { grade: 0 });
    expect(toggleSecondary(none, at, 1)).toBe(none);
    expect(toggleSecondary(mixed, at, 2)).toBe(mixed);
  });

  it("goes through how sure the reader is", () => {
    let sheet = judge(empty, at, { grade: 0 });
    const seen = [1, 2, 3, 4].map(() => {
      sheet = cycleConfidence(sheet, at);
      return answerAt(sheet, at)?.confidence;
    });
    expect(seen).toEqual([1, 2, 3, null]);
    expect(cycleConfidence(empty, at)).toBe(empty);
  });
});

describe("all remaining none", () => {
  it("fills the gaps alone, marks them, and is one step back", () => {
    const begun = judge(empty, site("L2", "upper"), { grade: 3 });
    const all = noneForRemaining(begun);
    expect(gaps(all)).toEqual([]);
    expect(asAnswers(all).filter(({ in_bulk }) => in_bulk)).toHaveLength(11);
    expect(answerAt(all, site("L2", "upper"))).toMatchObject({ grade: 3, in_bulk: false });
    expect(asAnswers(undo(all))).toEqual(asAnswers(begun));
    expect(noneForRemaining(all)).toBe(all);
  });
});

it("tells whether two inputs say the same", () => {
  const one = { answers: asAnswers(judge(empty, site("L4", "lower"), { grade: 2 })), comment: "" };
  const given = one.answers.filter(({ grade }) => grade !== null);
  expect(sameInput(one, { answers: [...given].reverse(), comment: "" })).toBe(true);
  expect(sameInput(one, { ...one, comment: "a word" })).toBe(false);
  expect(sameInput(one, { answers: given.map((a) => ({ ...a, secondary: 1 })), comment: "" })).toBe(false);
});
