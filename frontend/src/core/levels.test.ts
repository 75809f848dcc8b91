import { expect, it } from "vitest";
import type { LevelsConfig, NamedLevel } from "../contract/exam";
import { firstMissing, LEVEL_ORDER, place, proposed, shift, nextBody } from "./levels";

const bodies: LevelsConfig["bodies"] = Array.from({ length: 8 }, (_, i) => ({
  body: i + 1,
  point_mm: [0, 0, 120 - 32 * i] as const,
}));
const names = (named: readonly NamedLevel[]): string =>
  named.map(({ level, body }) => `${level}:${body}`).join(" ");
const start = proposed(
  LEVEL_ORDER.map((level, i) => ({ level, point_mm: [1, 1, 120 - 32 * (i + 1)] })),
  bodies,
);

it("ties proposed names to found bodies", () => {
  expect(names(start)).toBe("L1:2 L2:3 L3:4 L4:5 L5:6 S1:7");
  expect(firstMissing(start)).toBeUndefined();
});

it("shifts all names along the spine and takes in the next body", () => {
  expect(names(shift(start, 1, bodies))).toBe("L1:3 L2:4 L3:5 L4:6 L5:7 S1:8");
  expect(names(shift(start, -1, bodies))).toBe("L1:1 L2:2 L3:3 L4:4 L5:5 S1:6");
  expect(names(shift(shift(start, 1, bodies), -1, bodies))).toBe(names(start));
});

it("drops a name that has no body to go to", () => {
  const twice = shift(shift(start, 1, bodies), 1, bodies);
  expect(names(twice)).toBe("L1:4 L2:5 L3:6 L4:7 L5:8");
  expect(firstMissing(twice)).toBe("S1");
});

it("gives the next body the name that came free, also where fewer are named", () => {
  expect(names(shift(start.slice(0, 4), 1, bodies))).toBe("L1:3 L2:4 L3:5 L4:6");
  expect(names(shift(start.slice(0, 4), -1, bodies))).toBe("L1:1 L2:2 L3:3 L4:4 L5:5");
});

it("places a name at a click, on the body if one is near", () => {
  expect(place(start, "L3", [3, -5, 58], bodies).find(({ level }) => level === "L3")).toEqual({
    level: "L3",
    body: 3,
    point_mm: [0, 0, 56],
  });
  expect(place([], "S1", [0, 40, -140], bodies)).toEqual([
    { level: "S1", body: null, point_mm: [0, 40, -140] },
  ]);
});

it("goes from body to body by key", () => {
  const bodies = [0, 1, 2].map((body) => ({ body, point_mm: [0, 0, 100 - 30 * body] as const }));
  expect(nextBody(null, 1, bodies)?.body).toBe(0);
  expect(nextBody([0, 3, 100], 1, bodies)?.body).toBe(1);
  expect(nextBody([0, 3, 85], 1, bodies)?.body).toBe(1);
  expect(nextBody([0, 3, 85], -1, bodies)?.body).toBe(0);
  expect(nextBody([0, 0, 40], 1, bodies)).toBeUndefined();
});
