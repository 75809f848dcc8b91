import { describe, expect, it } from "vitest";
import { planeOf } from "./dicomjson";
import {
  add,
  centreOf,
  crossing,
  distanceFrom,
  edgeLetters,
  meanPoint,
  middleOf,
  nearestSlice,
  scale,
  sliceSpacing,
  toPatient,
  toPixel,
  type Vec3,
} from "./geometry";
import { sagittalStack } from "./testing";

const t1 = sagittalStack({ count: 15, spacing: 4, from: 28 });
const t2 = sagittalStack({ count: 11, spacing: 5, from: 24.5, size: 320, pixel: 0.8, yaw: 4 });

describe("geometry", () => {
  it("goes from pixel to patient and back", () => {
    const plane = t2[3];
    if (!plane) throw new Error("no plane");
    const [column, row] = toPixel(plane, toPatient(plane, 17.25, 201.5));
    expect(column).toBeCloseTo(17.25, 9);
    expect(row).toBeCloseTo(201.5, 9);
  });

  it("puts the first pixel's centre at ImagePositionPatient and steps by PixelSpacing", () => {
    const plane = planeOf({
      "00200032": { vr: "DS", Value: [10, -120, 95] },
      "00200037": { vr: "DS", Value: [0, 1, 0, 0, 0, -1] },
      "00280030": { vr: "DS", Value: [0.5, 0.75] },
      "00280010": { vr: "US", Value: [400] },
      "00280011": { vr: "US", Value: [320] },
    });
    expect(toPatient(plane, 0, 0)).toEqual([10, -120, 95]);
    expect(toPatient(plane, 2, 4)).toEqual([10, -118.5, 93]);
  });

  it("refuses metadata without a position", () => {
    expect(() => planeOf({})).toThrow("00200037");
  });

  it("finds the slice at the same place in a stack of other spacing, count and obliquity", () => {
    for (const plane of t1) {
      const point: Vec3 = [plane.origin[0], 0, 0];
      const found = nearestSlice(t2, point);
      const shown = t2[found.index];
      if (!shown) throw new Error("no slice");
      const others = t2.map((other) => Math.abs(distanceFrom(other, point)));
      expect(found.distance).toBeCloseTo(Math.min(...others), 9);
      expect(Math.abs(distanceFrom(shown, point))).toBeLessThanOrEqual(
        Math.max(2.5, Math.abs(point[0]) - 24.5) + 1e-9,
      );
    }
  });

  it("follows to the end slice beyond the other stack's reach", () => {
    expect(nearestSlice(t2, [90, 0, 0]).index).toBe(0);
    expect(nearestSlice(t2, [-90, 0, 0]).index).toBe(10);
    expect(nearestSlice([], [0, 0, 0]).index).toBe(-1);
  });

  it("measures the spacing", () => {
    expect(sliceSpacing(t1)).toBeCloseTo(4, 9);
    expect(sliceSpacing(t1.slice(0, 1))).toBe(0);
  });

  it("names the edges of a sagittal image", () => {
    const plane = t2[0];
    if (!plane) throw new Error("no plane");
    expect(edgeLetters(plane)).toEqual({ left: "A", right: "P", top: "H", bottom: "F" });
    expect(centreOf(plane)[2]).toBeCloseTo(0, 9);
  });
});

describe("the line where two planes cross", () => {
  it.each([5, -20, 90])("lies on both, at %d degrees", (yaw) => {
    const [a] = sagittalStack({ count: 1, spacing: 4, from: 6 });
    const [b] = sagittalStack({ count: 1, spacing: 4, from: -3, yaw });
    if (!a || !b) throw new Error("no plane");
    const line = crossing(a, b);
    if (!line) throw new Error("no line");
    for (const steps of [-80, 0, 120]) {
      const point = add(line.point, scale(line.direction, steps));
      expect(distanceFrom(a, point)).toBeCloseTo(0, 6);
      expect(distanceFrom(b, point)).toBeCloseTo(0, 6);
    }
    expect(Math.abs(line.direction[2])).toBeCloseTo(1, 9);
  });

  it("is not drawn for planes that are all but parallel", () => {
    const [a] = sagittalStack({ count: 1, spacing: 4, from: 6 });
    const [b] = sagittalStack({ count: 1, spacing: 4, from: -3, yaw: 2 });
    if (!a || !b) throw new Error("no plane");
    expect(crossing(a, b)).toBeUndefined();
  });
});

it("finds the middle of a stack and of points", () => {
  const stack = sagittalStack({ count: 5, spacing: 4, from: 8 });
  expect(middleOf(stack).map((mm) => Math.round(mm) + 0)).toEqual([0, 0, 0]);
  expect(middleOf(stack.slice(0, 3)).map((mm) => Math.round(mm) + 0)).toEqual([4, 0, 0]);
  expect(middleOf([])).toEqual([0, 0, 0]);
  expect(
    meanPoint([
      [0, 2, 4],
      [2, 4, 12],
    ]),
  ).toEqual([1, 3, 8]);
  expect(meanPoint([])).toBeUndefined();
});
