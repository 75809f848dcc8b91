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

const OPAQUE = 0xff000000;
const RAMP = Uint32Array.from({ length: 256 }, (_, grey) => OPAQUE | (grey * 0x010101));
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

/** Two neighbouring samples along one axis and the share of the second; `low` is -1 beyond the frame's edge. */
interface Between {
  low: Int32Array;
  high: Int32Array;
  share: Float32Array;
}

function between(count: number, from: number, step: number, size: number): Between {
  const low = new Int32Array(count).fill(-1);
  const high = new Int32Array(count);
  const share = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const at = from + i * step;
    if (at < -0.5 || at > size - 0.5) continue;
    const inside = Math.min(size - 1, Math.max(0, at));
    low[i] = Math.floor(inside);
    high[i] = Math.min(size - 1, (low[i] as number) + 1);
    share[i] = inside - (low[i] as number);
  }
  return { low, high, share };
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
  out: Uint32Array,
): void {
  const ramp = inverted === lowIsWhite ? RAMP : REVERSED;
  const perGrey = 255 / Math.max(upper - lower, 1e-6);
  const across = between(at.width, at.column, at.columnStep, columns);
  const down = between(at.height, at.row, at.rowStep, rows);
  const { low, high, share } = across;
  let word = 0;
  for (let y = 0; y < at.height; y += 1) {
    const above = (down.low[y] as number) * columns;
    const below = (down.high[y] as number) * columns;
    const rowShare = down.share[y] as number;
    for (let x = 0; x < at.width; x += 1, word += 1) {
      const left = low[x] as number;
      if (above < 0 || left < 0) {
        out[word] = OPAQUE;
        continue;
      }
      const right = high[x] as number;
      const columnShare = share[x] as number;
      const a = pixels[above + left] as number;
      const c = pixels[below + left] as number;
      const top = a + ((pixels[above + right] as number) - a) * columnShare;
      const bottom = c + ((pixels[below + right] as number) - c) * columnShare;
      const level = (top + (bottom - top) * rowShare - lower) * perGrey;
      out[word] = ramp[level <= 0 ? 0 : level >= 255 ? 255 : (level + 0.5) | 0] as number;
    }
  }
}
