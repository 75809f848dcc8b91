import { describe, expect, it } from "vitest";
import type { EndplateLabel, ModicMap, Ring } from "../contract/map";
import { mapSliceFor, pixelToCanvas, suggestionText, tracePath } from "./modicmap";
import { sagittalStack } from "./testing";

const square: Ring = [
  [9.5, 9.5],
  [12.5, 9.5],
  [12.5, 12.5],
  [9.5, 12.5],
];
const map: ModicMap = {
  slices: [{ instance: 3, regions: [{ type: 2, rings: [square] }] }],
  labels: [],
  remarks: [],
  sha256: "",
  model: {},
};
const t1 = sagittalStack({ count: 8, spacing: 4, from: 12 });

describe("map slices", () => {
  it("are drawn on their own T1 slice only", () => {
    const hits = t1.map((plane) => mapSliceFor(plane, t1, map) !== undefined);
    expect(hits).toEqual([false, false, false, true, false, false, false, false]);
  });

  it("are drawn on the T2 slice within half a T1 spacing, and not beyond", () => {
    const near = sagittalStack({ count: 1, spacing: 4, from: 1.9, size: 320, pixel: 0.7 })[0];
    const far = sagittalStack({ count: 1, spacing: 4, from: -18.5 })[0];
    if (!near || !far) throw new Error("no plane");
    expect(mapSliceFor(near, t1, map)?.instance).toBe(3);
    expect(mapSliceFor(far, t1, { ...map, slices: [{ instance: 7, regions: [] }] })).toBeUndefined();
  });
});

it("traces rings as closed paths in pixel coordinates", () => {
  const calls: string[] = [];
  tracePath(
    { type: 1, rings: [square] },
    {
      moveTo: (x, y) => calls.push(`M${x},${y}`),
      lineTo: (x, y) => calls.push(`L${x},${y}`),
      closePath: () => calls.push("Z"),
    },
  );
  expect(calls).toEqual(["M9.5,9.5", "L12.5,9.5", "L12.5,12.5", "L9.5,12.5", "Z"]);
});

it("carries T1 pixels to the canvas through patient coordinates", () => {
  const plane = sagittalStack({ count: 1, spacing: 4, from: 0, size: 101, pixel: 0.5 })[0];
  if (!plane) throw new Error("no plane");
  const matrix = pixelToCanvas(plane, ([, y, z]) => [300 + 2 * y, 400 - 2 * z]);
  expect(matrix.map((value) => Math.round(value * 1e6) / 1e6)).toEqual([1, 0, 0, 1, 250, 350]);
});

it("puts a finding in words", () => {
  const label: EndplateLabel = {
    level: "L4",
    half: "lower",
    types: [1, 2],
    suggestion: 2,
    secondary: 1,
    volume_mm3: { "1": 300, "2": 1310.4 },
    fraction: 0.2,
    largest_diameter_mm: 12,
    probability: 0.9,
  };
  expect(suggestionText({ ...label, probability: null })).toBe("Map: 2 (+1) · 1.3 cm³");
  expect(suggestionText(label)).toBe("Map: 2 (+1) · 1.3 cm³ · change 90 %");
  expect(suggestionText({ ...label, suggestion: 0, probability: null })).toBe("Map: none");
  expect(suggestionText({ ...label, suggestion: 0, probability: 0.125 })).toBe("Map: none · change 13 %");
});
