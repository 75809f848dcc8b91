/** Made-up planes and sites for the tests. */

import type { Half, Level, Site } from "../contract/reader";
import { cross, type ImagePlane, type Vec3 } from "./geometry";

export interface StackShape {
  count: number;
  spacing: number;
  /** Patient x of the first slice; slices go from left (+x) to right. */
  from: number;
  size?: number;
  pixel?: number;
  /** Turned about the head axis, in degrees. */
  yaw?: number;
}

/** Sagittal slices, columns front to back and rows head to foot, the field of view centred on y = z = 0. */
export function sagittalStack({
  count,
  spacing,
  from,
  size = 256,
  pixel = 1,
  yaw = 0,
}: StackShape): ImagePlane[] {
  const turn = (yaw * Math.PI) / 180;
  const along: Vec3 = [Math.sin(turn), Math.cos(turn), 0];
  const down: Vec3 = [0, 0, -1];
  const normal = cross(along, down);
  const half = ((size - 1) / 2) * pixel;
  return Array.from({ length: count }, (_, i) => {
    const shift = i * spacing;
    const origin: Vec3 = [
      from + normal[0] * shift - along[0] * half,
      normal[1] * shift - along[1] * half,
      half,
    ];
    return {
      origin,
      along,
      down,
      normal,
      columnSpacing: pixel,
      rowSpacing: pixel,
      columns: size,
      rows: size,
    };
  });
}

export const ALL_SITES: Site[] = (["L1", "L2", "L3", "L4", "L5", "S1"] as Level[]).flatMap((level) =>
  (["upper", "lower"] as Half[]).map((half) => ({ level, half })),
);
