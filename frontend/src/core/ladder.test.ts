import { expect, it } from "vitest";
import type { LevelPoint } from "../contract/reader";
import { siteName } from "./answers";
import { discOf, discPoint, discRows } from "./ladder";
import { ALL_SITES } from "./testing";

it("pairs the halves on either side of each disc", () => {
  const rows = discRows(ALL_SITES).map(({ name, above, below }) => [
    name,
    above && siteName(above),
    below && siteName(below),
  ]);
  expect(rows[0]).toEqual(["T12/L1", null, "L1 superior"]);
  expect(rows[4]).toEqual(["L4/5", "L4 inferior", "L5 superior"]);
  expect(rows[6]).toEqual(["S1/2", "S1 inferior", null]);
  expect(discRows(ALL_SITES.slice(0, 11))).toHaveLength(6);
});

it("knows the same disc from both sides", () => {
  expect(discOf({ level: "L4", half: "lower" })).toBe(discOf({ level: "L5", half: "upper" }));
});

it("points between the two bodies, or at the one that is named", () => {
  const levels: LevelPoint[] = [
    { level: "L4", point_mm: [2, 0, 10] },
    { level: "L5", point_mm: [4, 6, -20] },
  ];
  expect(discPoint({ level: "L4", half: "lower" }, levels)).toEqual([3, 3, -5]);
  expect(discPoint({ level: "L5", half: "lower" }, levels)).toEqual([4, 6, -20]);
  expect(discPoint({ level: "L1", half: "upper" }, levels)).toBeUndefined();
});
