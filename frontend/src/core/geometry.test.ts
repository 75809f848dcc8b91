import { describe, expect, it } from "vitest";
import { planeOf } from "./dicomjson";
import {
  centreOf,
  cutOf,
  distanceFrom,
  edgeLetters,
  type ImagePlane,
  meanPoint,
  middleOf,
  nearestSlice,
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

describe("the line where another picture cuts this one", () => {
  const one = (from: number, yaw = 0, size = 256): ImagePlane => {
    const [plane] = sagittalStack({ count: 1, spacing: 4, from, yaw, size });
    if (!plane) throw new Error("no plane");
    return plane;
  };

  it.each([5, -20, 90])("lies on both, at %d degrees, and ends at the pictures' edges", (yaw) => {
    const [a, b] = [one(6), one(-3, yaw)];
    const cut = cutOf(a, b);
    if (!cut) throw new Error("no line");
    for (const end of cut) {
      expect(distanceFrom(a, end)).toBeCloseTo(0, 6);
      expect(distanceFrom(b, end)).toBeCloseTo(0, 6);
    }
    const feet = cut.map((end) => end[2]).sort((x, y) => x - y);
    expect(feet[0]).toBeCloseTo(-128, 6);
    expect(feet[1]).toBeCloseTo(128, 6);
  });

  it("is no longer than the smaller of the two pictures", () => {
    const cut = cutOf(one(6), one(6, 20, 100));
    expect(cut?.map((end) => Math.abs(end[2]))).toEqual([expect.closeTo(50, 6), expect.closeTo(50, 6)]);
  });

  it("is none for planes that are parallel or all but, and for pictures that don't meet", () => {
    expect(cutOf(one(6), one(-3))).toBeUndefined();
    expect(cutOf(one(6), one(-3, 2))).toBeUndefined();
    expect(cutOf(one(0), one(30, 5))).toBeUndefined();
    expect(cutOf(one(0), one(10, 5))).toBeDefined();
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
