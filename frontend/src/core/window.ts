/** The automatic window: the same rule for every reader, case and arm. */

import { type ImagePlane, toPixel, type Vec3 } from "./geometry";

export interface GreyWindow {
  lower: number;
  upper: number;
}

export interface PixelBox {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const LOW_PERCENTILE = 0.01;
const HIGH_PERCENTILE = 0.985;
const MARGIN_MM = 35;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Pixels around the named levels, or the middle half of the image's width where there are none. */
export function windowBox(plane: ImagePlane, points: readonly Vec3[]): PixelBox {
  if (points.length === 0) {
    return {
      left: Math.floor(plane.columns / 4),
      right: Math.ceil((plane.columns * 3) / 4),
      top: 0,
      bottom: plane.rows,
    };
  }
  const pixels = points.map((point) => toPixel(plane, point));
  const columns = pixels.map(([column]) => column);
  const rows = pixels.map(([, row]) => row);
  const across = MARGIN_MM / plane.columnSpacing;
  const along = MARGIN_MM / plane.rowSpacing;
  return {
    left: clamp(Math.floor(Math.min(...columns) - across), 0, plane.columns - 1),
    right: clamp(Math.ceil(Math.max(...columns) + across), 1, plane.columns),
    top: clamp(Math.floor(Math.min(...rows) - along), 0, plane.rows - 1),
    bottom: clamp(Math.ceil(Math.max(...rows) + along), 1, plane.rows),
  };
}

/** Window from the 1st to the 98.5th percentile of the pixels in the box; never of zero width. */
export function percentileWindow(pixels: ArrayLike<number>, columns: number, box: PixelBox): GreyWindow {
  const values: number[] = [];
  for (let row = box.top; row < box.bottom; row += 1) {
    for (let column = box.left; column < box.right; column += 1) {
      values.push(pixels[row * columns + column] as number);
    }
  }
  const sorted = Float64Array.from(values).sort();
  const at = (fraction: number): number => sorted[Math.round(fraction * (sorted.length - 1))] ?? 0;
  const lower = at(LOW_PERCENTILE);
  return { lower, upper: Math.max(at(HIGH_PERCENTILE), lower + 1) };
}

/** A window moved by a mouse drag: right widens, down lowers the centre (darker images), in shares of the width. */
export function draggedWindow(window: GreyWindow, dx: number, dy: number): GreyWindow {
  const width = window.upper - window.lower;
  const centre = (window.upper + window.lower) / 2 + dy * width * 0.003;
  const half = Math.max(0.5, (width * Math.exp(dx * 0.004)) / 2);
  return { lower: centre - half, upper: centre + half };
}
