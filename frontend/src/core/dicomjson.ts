/** Reading what the viewer needs out of DICOM JSON. Source: DICOM PS3.18 annex F. */

import { cross, type ImagePlane, type Vec3 } from "./geometry";

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
