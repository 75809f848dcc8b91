/** Grey windows, and the automatic one: the same rule for every reader, case and arm. */

import { type ImagePlane, toPixel, type Vec3 } from "./geometry";

export interface GreyWindow {
  lower: number;
  upper: number;
}

/** The lowest and highest value of a window given as DICOM's centre and width: the ends of its slope. */
export const windowOf = (centre: number, width: number): GreyWindow => ({
  lower: centre - 0.5 - (width - 1) / 2,
  upper: centre - 0.5 + (width - 1) / 2,
});

/** A window as DICOM's centre and width, for people. */
export const centreAndWidth = ({ lower, upper }: GreyWindow): { centre: number; width: number } => ({
  centre: (lower + upper) / 2 + 0.5,
  width: upper - lower + 1,
});

/** An ellipse of pixels: round in millimetres where pixels are not square. */
export interface Spot {
  column: number;
  row: number;
  across: number;
  down: number;
}

const LOW_PERCENTILE = 0.01;
const HIGH_PERCENTILE = 0.97;
/** The window's width in multiples of the marrow's grey above the lower end: marrow lies at 45 %. */
const MARROW_HEADROOM = 2.2;
const REGION_MM = 26;
const MARROW_MM = 12;

/** Where the window is measured: `marrow` within the bodies, `region` with discs and canal around them. */
export interface WindowArea {
  marrow: Spot[];
  region: Spot[];
}

/**
 * Around the centres of the named levels, clear of the fat next to the coil; the middle of the image where no
 * level is named.
 */
export function windowArea(plane: ImagePlane, points: readonly Vec3[]): WindowArea {
  if (points.length === 0) {
    const { columns, rows } = plane;
    const middle = { column: (columns - 1) / 2, row: (rows - 1) / 2, across: columns / 6, down: rows * 0.45 };
    return { marrow: [middle], region: [middle] };
  }
  const around = (radius: number): Spot[] =>
    points.map((point) => {
      const [column, row] = toPixel(plane, point);
      return { column, row, across: radius / plane.columnSpacing, down: radius / plane.rowSpacing };
    });
  return { marrow: around(MARROW_MM), region: around(REGION_MM) };
}

/**
 * From the region's 1st percentile to where median marrow lies at 45 % grey; where the region holds much that is
 * brighter (fluid on T2), half of the way further to its 97th percentile. In whole numbers, as it is captioned.
 */
export function automaticWindow(pixels: ArrayLike<number>, columns: number, area: WindowArea): GreyWindow {
  const region = valuesIn(area.region, pixels, columns);
  const lower = percentile(region, LOW_PERCENTILE);
  const marrow = percentile(valuesIn(area.marrow, pixels, columns), 0.5);
  const upper = lower + MARROW_HEADROOM * (marrow - lower);
  const wider = (upper + percentile(region, HIGH_PERCENTILE)) / 2;
  const { centre, width } = centreAndWidth({ lower, upper: Math.max(upper, wider, lower + 1) });
  return windowOf(Math.round(centre), Math.round(width));
}

const percentile = (values: Float64Array, fraction: number): number =>
  smallest(values, Math.round(fraction * (values.length - 1)));

/** The value that has so many below it in order of size; 0 where there are none. Moves the values about (quickselect). */
function smallest(values: Float64Array, place: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let [left, right] = [low, high];
    while (left <= right) {
      while ((values[left] as number) < pivot) left += 1;
      while ((values[right] as number) > pivot) right -= 1;
      if (left > right) break;
      const swapped = values[left] as number;
      values[left] = values[right] as number;
      values[right] = swapped;
      left += 1;
      right -= 1;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return values[place] ?? 0;
}

/** The pixels of all spots, one that lies in several as often as that. */
function valuesIn(spots: readonly Spot[], pixels: ArrayLike<number>, columns: number): Float64Array {
  const rows = pixels.length / columns;
  const room = spots.reduce((sum, { across, down }) => sum + (2 * across + 1) * (2 * down + 1), 0);
  const values = new Float64Array(Math.ceil(room));
  let count = 0;
  for (const { column, row, across, down } of spots) {
    const [left, right] = [Math.max(0, Math.ceil(column - across)), Math.min(columns, column + across)];
    for (let y = Math.max(0, Math.ceil(row - down)); y < Math.min(rows, row + down); y += 1) {
      const within = 1 - ((y - row) / down) ** 2;
      for (let x = left; x < right; x += 1) {
        if (((x - column) / across) ** 2 <= within) values[count++] = pixels[y * columns + x] as number;
      }
    }
  }
  return values.subarray(0, count);
}

/** A window moved by a mouse drag: right widens, down lowers the centre (darker images), in shares of the width. */
export function draggedWindow(window: GreyWindow, dx: number, dy: number): GreyWindow {
  const width = window.upper - window.lower;
  const centre = (window.upper + window.lower) / 2 + dy * width * 0.003;
  const half = Math.max(0.5, (width * Math.exp(dx * 0.004)) / 2);
  return { lower: centre - half, upper: centre + half };
}

/** A window made wider (factor above 1) or narrower around its centre. */
export function widened({ lower, upper }: GreyWindow, factor: number): GreyWindow {
  const centre = (upper + lower) / 2;
  const half = Math.max(0.5, ((upper - lower) / 2) * factor);
  return { lower: centre - half, upper: centre + half };
}
