/** From stored pixel values to grey, as DICOM defines it (PS3.3 C.11.1 and C.11.2.1.2.1, linear). */

import type { GreyWindow } from "./window";

export type StoredPixels = Uint8Array | Uint16Array | Int16Array | Float32Array;

/** What the header says about the pixels of one image. */
export interface PixelFacts {
  bitsAllocated: number;
  bitsStored: number;
  signed: boolean;
  slope: number;
  intercept: number;
  /** MONOCHROME1: the lowest value is white. */
  lowIsWhite: boolean;
}

/** One decoded image. `pixels` are rescaled to the units the window is given in, row by row. */
export interface Frame {
  pixels: StoredPixels;
  columns: number;
  rows: number;
  lowIsWhite: boolean;
}

/** Uncompressed bytes (little endian) as stored values; bits above BitsStored carry no value. */
export function storedPixels(bytes: ArrayBuffer, facts: PixelFacts): StoredPixels {
  const { bitsAllocated, bitsStored, signed } = facts;
  if (bitsAllocated !== 8 && bitsAllocated !== 16) throw new Error(`${bitsAllocated} bits per pixel`);
  const pixels =
    bitsAllocated === 8
      ? signed
        ? Int16Array.from(new Int8Array(bytes))
        : new Uint8Array(bytes)
      : signed
        ? new Int16Array(bytes)
        : new Uint16Array(bytes);
  const spare = 32 - bitsStored;
  if (bitsStored < bitsAllocated) {
    for (let i = 0; i < pixels.length; i += 1) {
      const value = (pixels[i] as number) << spare;
      pixels[i] = signed ? value >> spare : value >>> spare;
    }
  }
  return pixels;
}

/** Stored values rescaled; the same array where slope and intercept change nothing. */
export function rescaled(pixels: StoredPixels, { slope, intercept }: PixelFacts): StoredPixels {
  if (slope === 1 && intercept === 0) return pixels;
  return Float32Array.from(pixels, (value) => value * slope + intercept);
}

const OPAQUE = 0xff000000 | 0;
const RAMP = Int32Array.from({ length: 256 }, (_, grey) => OPAQUE | (grey * 0x010101));
const REVERSED = RAMP.toReversed();

/** Where the pixels of a picture fall on a frame: pixel coordinates of the first one's centre, and the steps. */
export interface Sampling {
  width: number;
  height: number;
  column: number;
  row: number;
  columnStep: number;
  rowStep: number;
}

/** Two neighbouring samples along one axis and the share of the second, for pixels from `first` up to `end`. */
interface Between {
  first: number;
  end: number;
  low: Int32Array;
  high: Int32Array;
  share: Float32Array;
}

function between(count: number, from: number, step: number, size: number): Between {
  const [low, high, share] = [new Int32Array(count), new Int32Array(count), new Float32Array(count)];
  let [first, end] = [count, 0];
  for (let i = 0; i < count; i += 1) {
    const at = from + i * step;
    if (at < -0.5 || at > size - 0.5) continue;
    first = Math.min(first, i);
    end = i + 1;
    const inside = Math.min(size - 1, Math.max(0, at));
    low[i] = Math.floor(inside);
    high[i] = Math.min(size - 1, (low[i] as number) + 1);
    share[i] = inside - (low[i] as number);
  }
  return { first, end, low, high, share };
}

/**
 * Paints a frame under a window into `out` (width × height words of RGBA): bilinear between stored values, then the
 * window, as a graphics card does it; black beyond the frame.
 */
export function paintGrey(
  { pixels, columns, rows, lowIsWhite }: Frame,
  { lower, upper }: GreyWindow,
  inverted: boolean,
  at: Sampling,
  out: Int32Array,
): void {
  const ramp = inverted === lowIsWhite ? RAMP : REVERSED;
  const perGrey = 255 / Math.max(upper - lower, 1e-6);
  const across = between(at.width, at.column, at.columnStep, columns);
  const down = between(at.height, at.row, at.rowStep, rows);
  const from = across.low[across.first] ?? 0;
  const to = across.end === 0 ? from : (across.high[across.end - 1] as number) + 1;
  const line = new Float64Array(columns);
  out.fill(OPAQUE);
  for (let y = down.first; y < down.end; y += 1) {
    const above = (down.low[y] as number) * columns;
    const below = (down.high[y] as number) * columns;
    const share = down.share[y] as number;
    for (let column = from; column < to; column += 1) {
      const top = pixels[above + column] as number;
      const value = top + ((pixels[below + column] as number) - top) * share;
      line[column] = (value - lower) * perGrey + 0.5;
    }
    paintLine(line, across, ramp, out, y * at.width);
  }
}

/** One line of the picture from a line of greys, each half a grey too high so that cutting off rounds. */
function paintLine(
  line: Float64Array,
  { first, end, low, high, share }: Between,
  ramp: Int32Array,
  out: Int32Array,
  start: number,
): void {
  for (let x = first; x < end; x += 1) {
    const left = line[low[x] as number] as number;
    const level = left + ((line[high[x] as number] as number) - left) * (share[x] as number);
    out[start + x] = ramp[level <= 0 ? 0 : level >= 255 ? 255 : level | 0] as number;
  }
}
