/** Image planes in patient space (DICOM LPS, millimetres). Source: DICOM PS3.3 C.7.6.2.1.1. */

export type Vec3 = readonly [number, number, number];

/** One slice. `along` is the direction of increasing column, `down` of increasing row; both unit vectors. */
export interface ImagePlane {
  origin: Vec3;
  along: Vec3;
  down: Vec3;
  normal: Vec3;
  columnSpacing: number;
  rowSpacing: number;
  columns: number;
  rows: number;
}

export const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const subtract = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vec3, s: number): Vec3 => [a[0] * s, a[1] * s, a[2] * s];
export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** Patient position of a pixel; pixel centres are whole numbers. */
export function toPatient(plane: ImagePlane, column: number, row: number): Vec3 {
  const across = scale(plane.along, column * plane.columnSpacing);
  return add(add(plane.origin, across), scale(plane.down, row * plane.rowSpacing));
}

/** [column, row] of a patient position dropped onto the plane. */
export function toPixel(plane: ImagePlane, point: Vec3): readonly [number, number] {
  const offset = subtract(point, plane.origin);
  return [dot(offset, plane.along) / plane.columnSpacing, dot(offset, plane.down) / plane.rowSpacing];
}

/** Signed distance in mm of a point from the plane, along its normal. */
export const distanceFrom = (plane: ImagePlane, point: Vec3): number =>
  dot(subtract(point, plane.origin), plane.normal);

/** The point on the plane nearest to `point`. */
export const dropOnto = (plane: ImagePlane, point: Vec3): Vec3 =>
  subtract(point, scale(plane.normal, distanceFrom(plane, point)));

export const centreOf = (plane: ImagePlane): Vec3 =>
  toPatient(plane, (plane.columns - 1) / 2, (plane.rows - 1) / 2);

/** Centre of the middle slice; the origin of the patient's axes where there is none. */
export function middleOf(planes: readonly ImagePlane[]): Vec3 {
  const plane = planes[Math.floor(planes.length / 2)];
  return plane ? centreOf(plane) : [0, 0, 0];
}

export function meanPoint(points: readonly Vec3[]): Vec3 | undefined {
  if (points.length === 0) return undefined;
  const mean = (axis: 0 | 1 | 2): number =>
    points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  return [mean(0), mean(1), mean(2)];
}

/** Index of the slice nearest to a patient position, and how far off it lies (mm, unsigned); index -1 if none. */
export function nearestSlice(
  planes: readonly ImagePlane[],
  point: Vec3,
): { index: number; distance: number } {
  let index = -1;
  let distance = Number.POSITIVE_INFINITY;
  planes.forEach((plane, i) => {
    const here = Math.abs(distanceFrom(plane, point));
    if (here < distance) {
      index = i;
      distance = here;
    }
  });
  return { index, distance };
}

/** Median distance between neighbouring slices in mm; 0 for fewer than two. */
export function sliceSpacing(planes: readonly ImagePlane[]): number {
  const gaps: number[] = [];
  for (let i = 1; i < planes.length; i += 1) {
    const [before, after] = [planes[i - 1], planes[i]];
    if (before && after) gaps.push(Math.abs(distanceFrom(before, after.origin)));
  }
  gaps.sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? 0;
}

const AXES: readonly (readonly [negative: string, positive: string])[] = [
  ["R", "L"],
  ["A", "P"],
  ["F", "H"],
];

/** The letter of the patient side a direction points to: L, R, A, P, H or F. */
export function sideOf(direction: Vec3): string {
  const sizes = direction.map(Math.abs);
  const axis = sizes.indexOf(Math.max(...sizes));
  const letters = AXES[axis] ?? ["", ""];
  return (direction[axis] ?? 0) < 0 ? letters[0] : letters[1];
}

/** Letters for the four edges of a displayed slice. */
export function edgeLetters(plane: ImagePlane): { left: string; right: string; top: string; bottom: string } {
  return {
    left: sideOf(scale(plane.along, -1)),
    right: sideOf(plane.along),
    top: sideOf(scale(plane.down, -1)),
    bottom: sideOf(plane.down),
  };
}

const LEAST_ANGLE_SINE = Math.sin((3 * Math.PI) / 180);

/** Where two planes cross: a point of the line and its direction (unit vector); undefined where all but parallel. */
function crossing(a: ImagePlane, b: ImagePlane): { point: Vec3; direction: Vec3 } | undefined {
  const across = cross(a.normal, b.normal);
  const sine = Math.hypot(...across);
  if (sine < LEAST_ANGLE_SINE) return undefined;
  const offsetA = dot(a.normal, a.origin);
  const offsetB = dot(b.normal, b.origin);
  const point = scale(
    cross(subtract(scale(b.normal, offsetA), scale(a.normal, offsetB)), across),
    1 / (sine * sine),
  );
  return { point, direction: scale(across, 1 / sine) };
}

/** From where to where, in mm along a line, lies within a picture; empty (from beyond to) where none of it does. */
function stretchWithin(picture: ImagePlane, point: Vec3, direction: Vec3): [from: number, to: number] {
  const { origin, along, down, columns, rows, columnSpacing, rowSpacing } = picture;
  const sides = [
    [along, columns, columnSpacing],
    [down, rows, rowSpacing],
  ] as const;
  let [from, to] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const [axis, count, spacing] of sides) {
    const start = dot(subtract(point, origin), axis);
    const rate = dot(direction, axis);
    const edges = [-0.5 * spacing - start, (count - 0.5) * spacing - start] as const;
    if (Math.abs(rate) < 1e-9) {
      if (edges[0] > 0 || edges[1] < 0) return [1, 0];
      continue;
    }
    const [near, far] = rate > 0 ? edges : [edges[1], edges[0]];
    from = Math.max(from, near / rate);
    to = Math.min(to, far / rate);
  }
  return [from, to];
}

/**
 * Where another picture cuts this one: the ends, in patient space, of the line that lies in both pictures.
 *
 * Undefined where they don't meet, and for planes less than 3° apart, whose line would tell nothing. T1 and T2, both
 * sagittal, are taken with up to 30° between them (inference/dicom/series.py), so most pairs have no such line.
 */
export function cutOf(picture: ImagePlane, other: ImagePlane): readonly [Vec3, Vec3] | undefined {
  const line = crossing(picture, other);
  if (!line) return undefined;
  const { point, direction } = line;
  const [here, there] = [picture, other].map((one) => stretchWithin(one, point, direction));
  if (!here || !there) return undefined;
  const [from, to] = [Math.max(here[0], there[0]), Math.min(here[1], there[1])];
  if (from >= to) return undefined;
  return [add(point, scale(direction, from)), add(point, scale(direction, to))];
}
