/** A straight measurement in patient space: begins as the 5 mm that a lesion must reach, then is drawn or moved. */

import { add, dropOnto, type ImagePlane, scale, subtract, type Vec3 } from "./geometry";

export interface Ruler {
  from: Vec3;
  to: Vec3;
}

/** The least diameter of a lesion that counts (mm). */
export const RULE_MM = 5;

export const lengthOf = ({ from, to }: Ruler): number => Math.hypot(...subtract(to, from));

export const rulerText = (ruler: Ruler): string => `${lengthOf(ruler).toFixed(1)} mm`;

/** Five millimetres from head to foot on a slice, its middle at the point nearest to `middle`. */
export function ruleAt(plane: ImagePlane, middle: Vec3): Ruler {
  const centre = dropOnto(plane, middle);
  const half = scale(plane.down, RULE_MM / 2);
  return { from: subtract(centre, half), to: add(centre, half) };
}

/** Moved by (across, down) in mm on a slice: all of it, or its second end alone. */
export function movedRuler(
  { from, to }: Ruler,
  plane: ImagePlane,
  across: number,
  down: number,
  endOnly: boolean,
): Ruler {
  const moved = (point: Vec3): Vec3 => movedBy(point, plane, across, down);
  return { from: endOnly ? from : moved(from), to: moved(to) };
}

/** A point moved by (across, down) in mm along a slice. */
export const movedBy = (point: Vec3, plane: ImagePlane, across: number, down: number): Vec3 =>
  add(point, add(scale(plane.along, across), scale(plane.down, down)));
