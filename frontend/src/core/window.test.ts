import { expect, it } from "vitest";
import { sagittalStack } from "./testing";
import { draggedWindow, percentileWindow, windowBox } from "./window";

const box = { left: 0, right: 10, top: 0, bottom: 10 };

it("takes the 1st and 98.5th percentile of the box", () => {
  const pixels = Uint16Array.from({ length: 100 }, (_, i) => i);
  expect(percentileWindow(pixels, 10, box)).toEqual({ lower: 1, upper: 98 });
});

it("is not thrown off by a bright spot or by what lies outside the box", () => {
  const pixels = new Uint16Array(400).fill(4000);
  for (let row = 0; row < 10; row += 1)
    for (let column = 0; column < 10; column += 1) pixels[row * 20 + column] = 100 + column;
  pixels[5 * 20 + 5] = 4095;
  expect(percentileWindow(pixels, 20, box)).toEqual({ lower: 100, upper: 109 });
});

it("never has zero width, and takes negative rescaled values", () => {
  expect(percentileWindow(new Int16Array(100).fill(-7), 10, box)).toEqual({ lower: -7, upper: -6 });
});

it("looks around the named levels and stays inside the image", () => {
  const [plane] = sagittalStack({ count: 1, spacing: 4, from: 0, size: 200 });
  if (!plane) throw new Error("no plane");
  expect(windowBox(plane, [])).toEqual({ left: 50, right: 150, top: 0, bottom: 200 });
  const around = windowBox(plane, [
    [0, 0, 80],
    [0, 0, -80],
  ]);
  expect(around).toEqual({ left: 64, right: 135, top: 0, bottom: 200 });
});

it("widens to the right and darkens downwards", () => {
  const before = { lower: 0, upper: 100 };
  const wider = draggedWindow(before, 50, 0);
  expect(wider.upper - wider.lower).toBeGreaterThan(100);
  expect(draggedWindow(before, 0, 50)).toEqual({ lower: 15, upper: 115 });
});
