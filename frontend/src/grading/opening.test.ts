import { expect, it } from "vitest";
import { unanswered } from "../core/answers";
import { ALL_SITES } from "../core/testing";
import { firstFocus, goesOnWith } from "./opening";
import { makeRead } from "./testing";

it("looks at the first gap, at the first half where there is none, and nowhere without halves", () => {
  const [first, second, third] = ALL_SITES.map((site) => ({ ...unanswered(site), grade: 0 as const }));
  if (!first || !second || !third) throw new Error("no sites");
  expect(firstFocus(makeRead())).toEqual(ALL_SITES[0]);
  expect(firstFocus(makeRead({ answers: [first, third] }))).toEqual(ALL_SITES[1]);
  expect(firstFocus(makeRead({ sites: ALL_SITES.slice(0, 2), answers: [first, second] }))).toEqual(
    ALL_SITES[0],
  );
  expect(firstFocus(makeRead({ sites: [] }))).toBeNull();
});

it("goes on with the same case only in the second part that was announced", () => {
  const first = makeRead({ map_follows: true });
  const second = makeRead({ id: "read-2", part: 2 });
  expect(goesOnWith(first, second)).toBe(true);
  expect(goesOnWith(null, second)).toBe(false);
  expect(goesOnWith(makeRead(), second)).toBe(false);
  expect(goesOnWith(first, { ...second, part: 1 })).toBe(false);
  expect(goesOnWith(first, { ...second, position: 2 })).toBe(false);
  expect(goesOnWith(first, { ...second, period: { ...second.period, number: 2 } })).toBe(false);
});
