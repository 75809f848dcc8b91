/** What part of the patient is looked at: shared by both images, so that zoom and pan are linked in millimetres. */

import { add, centreOf, dot, dropOnto, type ImagePlane, scale, subtract, type Vec3 } from "./geometry";

export interface View {
  /** Patient position at the middle of the viewport. */
  centre: Vec3;
  /** Half of the viewport's height in mm. */
  halfHeight: number;
}

const ABOVE_BELOW_MM = 28;
const IN_FRONT_MM = 45;
const BEHIND_MM = 50;
const NEAREST_MM = 12;
const FURTHEST_MM = 400;

/** All of one slice in a viewport of this width / height. */
export function fitImage(plane: ImagePlane, aspect: number): View {
  const halfWidth = (plane.columns * plane.columnSpacing) / 2;
  const halfHeight = (plane.rows * plane.rowSpacing) / 2;
  return { centre: centreOf(plane), halfHeight: Math.max(halfHeight, halfWidth / aspect) };
}

/** The named levels with a margin for the canal behind and the vessels in front; the whole slice without names. */
export function fitLevels(plane: ImagePlane, points: readonly Vec3[], aspect: number): View {
  if (points.length < 2) return fitImage(plane, aspect);
  const across = points.map((point) => dot(subtract(point, plane.origin), plane.along));
  const down = points.map((point) => dot(subtract(point, plane.origin), plane.down));
  const front = Math.min(...across) - IN_FRONT_MM;
  const back = Math.max(...across) + BEHIND_MM;
  const top = Math.min(...down) - ABOVE_BELOW_MM;
  const bottom = Math.max(...down) + ABOVE_BELOW_MM;
  const centre = add(
    add(plane.origin, scale(plane.along, (front + back) / 2)),
    scale(plane.down, (top + bottom) / 2),
  );
  return { centre, halfHeight: Math.max((bottom - top) / 2, (back - front) / 2 / aspect) };
}

export function zoomed(view: View, factor: number): View {
  return { ...view, halfHeight: Math.min(FURTHEST_MM, Math.max(NEAREST_MM, view.halfHeight / factor)) };
}

/** Moved by a drag of (dx, dy) in mm on the slice. */
export function panned(view: View, plane: ImagePlane, dxMm: number, dyMm: number): View {
  const shift = add(scale(plane.along, dxMm), scale(plane.down, dyMm));
  return { ...view, centre: subtract(view.centre, shift) };
}

/** Brings a point into the middle if it lies outside the inner nine tenths of the viewport; else the view stays. */
export function bringIn(view: View, plane: ImagePlane, point: Vec3, aspect: number): View {
  const offset = subtract(point, view.centre);
  const x = Math.abs(dot(offset, plane.along)) / (view.halfHeight * aspect);
  const y = Math.abs(dot(offset, plane.down)) / view.halfHeight;
  return x > 0.9 || y > 0.9 ? { ...view, centre: point } : view;
}

/** A viewport in CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

export const pixelsPerMm = (view: View, size: Size): number => size.height / (2 * view.halfHeight);

/** Where a patient position falls on a slice shown in a viewport: CSS pixels from its corner, right and down. */
export function project(view: View, plane: ImagePlane, size: Size, point: Vec3): readonly [number, number] {
  const offset = subtract(point, view.centre);
  const perMm = pixelsPerMm(view, size);
  return [
    size.width / 2 + dot(offset, plane.along) * perMm,
    size.height / 2 + dot(offset, plane.down) * perMm,
  ];
}

/** The position on the slice that is shown at (x, y). */
export function unproject(view: View, plane: ImagePlane, size: Size, x: number, y: number): Vec3 {
  const perMm = pixelsPerMm(view, size);
  const across = scale(plane.along, (x - size.width / 2) / perMm);
  const down = scale(plane.down, (y - size.height / 2) / perMm);
  return add(add(dropOnto(plane, view.centre), across), down);
}
