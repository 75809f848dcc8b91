/** Reading what the viewer needs out of DICOM JSON. Source: DICOM PS3.18 annex F. */

import { cross, type ImagePlane, type Vec3 } from "./geometry";
import type { PixelFacts } from "./grey";

export type DicomJson = Record<string, { vr: string; Value?: unknown[] }>;

const POSITION = "00200032";
const ORIENTATION = "00200037";
const SPACING = "00280030";
const ROWS = "00280010";
const COLUMNS = "00280011";

function numbers(instance: DicomJson, tag: string, count: number): number[] {
  const values = (instance[tag]?.Value ?? []).map(Number);
  if (values.length !== count || values.some((value) => !Number.isFinite(value))) {
    throw new Error(`The image's metadata lack a usable attribute ${tag}.`);
  }
  return values;
}

const vec = (values: number[], from: number): Vec3 => [
  values[from] as number,
  values[from + 1] as number,
  values[from + 2] as number,
];

/** The plane of one instance. Throws if position, orientation, spacing or size is missing. */
export function planeOf(instance: DicomJson): ImagePlane {
  const orientation = numbers(instance, ORIENTATION, 6);
  const [rowSpacing, columnSpacing] = numbers(instance, SPACING, 2) as [number, number];
  const along = vec(orientation, 0);
  const down = vec(orientation, 3);
  return {
    origin: vec(numbers(instance, POSITION, 3), 0),
    along,
    down,
    normal: cross(along, down),
    columnSpacing,
    rowSpacing,
    columns: numbers(instance, COLUMNS, 1)[0] as number,
    rows: numbers(instance, ROWS, 1)[0] as number,
  };
}

function numberOr(instance: DicomJson, tag: string, otherwise: number): number {
  const value = Number(instance[tag]?.Value?.[0] ?? otherwise);
  return Number.isFinite(value) ? value : otherwise;
}

/** How the pixels of one instance are to be understood (PS3.3 C.7.6.3 and C.11.1). */
export function pixelFactsOf(instance: DicomJson): PixelFacts {
  const bitsAllocated = numberOr(instance, "00280100", 16);
  return {
    bitsAllocated,
    bitsStored: numberOr(instance, "00280101", bitsAllocated),
    signed: numberOr(instance, "00280103", 0) === 1,
    slope: numberOr(instance, "00281053", 1),
    intercept: numberOr(instance, "00281052", 0),
    lowIsWhite: instance["00280004"]?.Value?.[0] === "MONOCHROME1",
  };
}
