import { describe, expect, it } from "vitest";
import { bringIn, fitImage, fitLevels, panned, project, unproject, zoomed } from "./camera";
import { add, distanceFrom, scale, type Vec3 } from "./geometry";
import { sagittalStack } from "./testing";

const [plane] = sagittalStack({ count: 1, spacing: 4, from: 0, size: 300 });
if (!plane) throw new Error("no plane");
const spine: Vec3[] = [
  [0, -10, 80],
  [0, -20, 0],
  [0, 5, -90],
];

it("fits the whole image by its larger side", () => {
  expect(fitImage(plane, 1).halfHeight).toBe(150);
  expect(fitImage(plane, 0.5).halfHeight).toBe(300);
});

it("fits the named levels with a margin", () => {
  const view = fitLevels(plane, spine, 0.7);
  expect(view.halfHeight).toBeCloseTo((170 + 56) / 2, 9);
  expect(view.centre[2]).toBeCloseTo(-5, 9);
  const narrow = fitLevels(plane, spine, 0.4);
  expect(narrow.halfHeight).toBeCloseTo((25 + 95) / 2 / 0.4, 9);
});

it("falls back to the whole image without names", () => {
  expect(fitLevels(plane, [], 1)).toEqual(fitImage(plane, 1));
});

it("pans by millimetres against the drag and zooms within limits", () => {
  const view = { centre: [0, 0, 0] as Vec3, halfHeight: 100 };
  expect(panned(view, plane, 10, 5).centre).toEqual([0, -10, 5]);
  expect(zoomed(view, 2).halfHeight).toBe(50);
  expect(zoomed(view, 1e9).halfHeight).toBe(12);
});

it("moves only for points out of sight", () => {
  const view = { centre: [0, 0, 0] as Vec3, halfHeight: 100 };
  expect(bringIn(view, plane, [0, 10, 85], 1)).toBe(view);
  expect(bringIn(view, plane, [0, 10, 95], 1).centre).toEqual([0, 10, 95]);
});

describe("projection", () => {
  const size = { width: 600, height: 400 };

  it.each([0, 8, -15])("of a slice turned by %d degrees puts the view's centre in the middle", (yaw) => {
    const [first] = sagittalStack({ count: 1, spacing: 4, from: 6, yaw });
    if (!first) throw new Error("no plane");
    const view = { centre: [3, 5, -7] as const, halfHeight: 100 };
    expect(project(view, first, size, view.centre)).toEqual([300, 200]);
    const below = add(view.centre, scale(first.down, 50));
    expect(project(view, first, size, below)).toEqual([300, 300]);
  });

  it("and back is where it was, on the slice", () => {
    const [first] = sagittalStack({ count: 1, spacing: 4, from: 6, yaw: 11, pixel: 0.7 });
    if (!first) throw new Error("no plane");
    const view = { centre: [-20, 5, 9] as const, halfHeight: 80 };
    const point = unproject(view, first, size, 123, 321);
    expect(Math.abs(distanceFrom(first, point))).toBeLessThan(1e-9);
    const [x, y] = project(view, first, size, point);
    expect(x).toBeCloseTo(123, 9);
    expect(y).toBeCloseTo(321, 9);
  });
});
