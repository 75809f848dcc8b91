import { expect, it } from "vitest";
import type { LevelPoint } from "../contract/reader";
import { siteName } from "./answers";
import { discOf, discPoint, discRows, endplateNear } from "./ladder";
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

it("estimates an endplate between its body's centre and the next, and beyond the last named one", () => {
  const levels: LevelPoint[] = [
    { level: "L4", point_mm: [0, 0, 0] },
    { level: "L5", point_mm: [0, 10, -100] },
  ];
  const near = (level: "L3" | "L4" | "L5", half: "upper" | "lower") => endplateNear({ level, half }, levels);
  expect(near("L4", "lower")).toEqual([0, expect.closeTo(3.5), expect.closeTo(-35)]);
  expect(near("L5", "upper")).toEqual([0, expect.closeTo(6.5), expect.closeTo(-65)]);
  expect(near("L4", "upper")).toEqual([0, expect.closeTo(-3.5), expect.closeTo(35)]);
  expect(near("L5", "lower")).toEqual([0, expect.closeTo(13.5), expect.closeTo(-135)]);
  expect(near("L3", "lower")).toBeUndefined();
  expect(endplateNear({ level: "L4", half: "upper" }, levels.slice(0, 1))).toBeUndefined();
});
