import { expect, it } from "vitest";
import { sagittalStack } from "./testing";
import { automaticWindow, draggedWindow, type Spot, widened, windowArea, windowOf } from "./window";

const COLUMNS = 100;

/** An image of one value with round spots of others, painted in order. */
function picture(ground: number, ...spots: [value: number, spot: Spot][]): Int16Array {
  const pixels = new Int16Array(COLUMNS * COLUMNS).fill(ground);
  for (const [value, { column, row, across, down }] of spots) {
    for (let y = 0; y < COLUMNS; y += 1) {
      for (let x = 0; x < COLUMNS; x += 1) {
        if (((x - column) / across) ** 2 + ((y - row) / down) ** 2 <= 1) pixels[y * COLUMNS + x] = value;
      }
    }
  }
  return pixels;
}

const spot = (radius: number): Spot => ({ column: 40, row: 50, across: radius, down: radius });
const area = { marrow: [spot(12)], region: [spot(26)] };

it("puts marrow at 45 % grey, whatever is bright outside the region", () => {
  const pixels = picture(4000, [100, spot(26)], [500, spot(15)]);
  expect(automaticWindow(pixels, COLUMNS, area)).toEqual(windowOf(541, 881));
});

it("goes half of the way to bright fluid where there is much of it", () => {
  const pixels = picture(900, [900, spot(26)], [60, spot(24)], [300, spot(20)]);
  expect(automaticWindow(pixels, COLUMNS, area)).toEqual(windowOf(403, 685));
});

it("does not move for a lesion that fills less than half of a body", () => {
  const small = { ...spot(6), column: 36 };
  const without = automaticWindow(picture(100, [500, spot(15)]), COLUMNS, area);
  expect(automaticWindow(picture(100, [500, spot(15)], [970, small]), COLUMNS, area)).toEqual(without);
});

it("takes the percentiles of the pixels in order of size, whatever order they lie in", () => {
  const pixels = Float32Array.from({ length: COLUMNS * COLUMNS }, (_, i) => ((i * 7919) % 1013) / 2 - 40);
  const inside = (radius: number): number[] =>
    [...pixels]
      .filter((_, i) => {
        const [x, y] = [(i % COLUMNS) - 40, Math.floor(i / COLUMNS) - 50];
        return x ** 2 + y ** 2 <= radius ** 2 && x < radius && y < radius;
      })
      .sort((a, b) => a - b);
  const at = (values: number[], fraction: number): number =>
    values[Math.round(fraction * (values.length - 1))] as number;
  const [region, marrow] = [inside(26), inside(12)];
  const lower = at(region, 0.01);
  const upper = lower + 2.2 * (at(marrow, 0.5) - lower);
  const width = Math.round(Math.max(upper, (upper + at(region, 0.97)) / 2) - lower + 1);
  const shown = automaticWindow(pixels, COLUMNS, area);
  expect(shown.upper - shown.lower + 1).toBe(width);
  expect(Math.abs(shown.lower - lower)).toBeLessThanOrEqual(1);
});

it("takes negative rescaled values, flat images and levels outside the picture", () => {
  expect(automaticWindow(picture(-7), COLUMNS, area)).toEqual({ lower: -7, upper: -6 });
  const outside = [{ ...spot(5), column: -90 }];
  expect(automaticWindow(picture(3), COLUMNS, { marrow: outside, region: outside })).toEqual({
    lower: 0,
    upper: 1,
  });
});

it("measures around the named levels, round in millimetres", () => {
  const [plane] = sagittalStack({ count: 1, spacing: 4, from: 0, size: 201, pixel: 0.5 });
  if (!plane) throw new Error("no plane");
  expect(windowArea(plane, [[0, 10, 20]]).region).toEqual([{ column: 120, row: 60, across: 52, down: 52 }]);
  expect(windowArea({ ...plane, rowSpacing: 1 }, [[0, 10, 20]]).marrow[0]).toMatchObject({
    across: 24,
    down: 12,
  });
  expect(windowArea(plane, []).region).toEqual([{ column: 100, row: 100, across: 33.5, down: 201 * 0.45 }]);
});

it("widens to the right and darkens downwards", () => {
  const before = { lower: 0, upper: 100 };
  const wider = draggedWindow(before, 50, 0);
  expect(wider.upper - wider.lower).toBeGreaterThan(100);
  expect(draggedWindow(before, 0, 50)).toEqual({ lower: 15, upper: 115 });
});

it("gets narrower and wider around its centre, and never empty", () => {
  expect(widened({ lower: 100, upper: 200 }, 2)).toEqual({ lower: 50, upper: 250 });
  expect(widened({ lower: 100, upper: 200 }, 0.5)).toEqual({ lower: 125, upper: 175 });
  expect(widened({ lower: 10, upper: 10 }, 0.5)).toEqual({ lower: 9.5, upper: 10.5 });
});
