/** From stored pixel values to grey, as DICOM defines it (PS3.3 C.11.1 and C.11.2.1.2.1, linear). */

import type { GreyWindow } from "./window";

export type StoredPixels = Uint8Array | Int8Array | Uint16Array | Int16Array | Float32Array;

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
        ? new Int8Array(bytes)
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

/** Writes a frame under a window as opaque grey RGBA into `out` (one 32-bit word per pixel). */
export function paintGrey(frame: Frame, grey: GreyWindow, inverted: boolean, out: Uint32Array): void {
  const ramp = inverted === frame.lowIsWhite ? RAMP : REVERSED;
  const { lower } = grey;
  const perGrey = 255 / Math.max(grey.upper - lower, 1e-6);
  const { pixels } = frame;
  for (let i = 0; i < pixels.length; i += 1) {
    const level = ((pixels[i] as number) - lower) * perGrey;
    out[i] = ramp[level <= 0 ? 0 : level >= 255 ? 255 : Math.round(level)] as number;
  }
}
