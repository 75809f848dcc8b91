/** Naming levels on the release page: placing, shifting along the spine, taking back. */

import type { LevelsConfig, NamedLevel } from "../contract/exam";
import type { Level, LevelPoint, PointMm } from "../contract/reader";

export const LEVEL_ORDER: readonly Level[] = ["L1", "L2", "L3", "L4", "L5", "S1"];

/** A click this close to a found body's centre means that body. */
const SNAP_MM = 14;

const apart = (a: PointMm, b: PointMm): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

type Bodies = LevelsConfig["bodies"];

const bodyAt = (point: PointMm, bodies: Bodies): Bodies[number] | undefined => {
  const [nearest] = [...bodies].sort((a, b) => apart(a.point_mm, point) - apart(b.point_mm, point));
  return nearest && apart(nearest.point_mm, point) <= SNAP_MM ? nearest : undefined;
};

export const proposed = (levels: readonly LevelPoint[], bodies: Bodies): NamedLevel[] =>
  levels.map(({ level, point_mm }) => ({ level, body: bodyAt(point_mm, bodies)?.body ?? null, point_mm }));

/** The names with one of them placed at a click; the click snaps to a found body. */
export function place(
  named: readonly NamedLevel[],
  level: Level,
  point: PointMm,
  bodies: Bodies,
): NamedLevel[] {
  const body = bodyAt(point, bodies);
  const here: NamedLevel = { level, body: body?.body ?? null, point_mm: body?.point_mm ?? point };
  return inOrder([...named.filter((other) => other.level !== level), here]);
}

/**
 * All names moved one body towards the head (-1) or the feet (+1). A name that leaves L1..S1 is dropped;
 * a found body next to the last named one takes the name that comes free.
 */
export function shift(named: readonly NamedLevel[], step: 1 | -1, bodies: Bodies): NamedLevel[] {
  const spots = inOrder(named);
  const moved = LEVEL_ORDER.flatMap((level, i): NamedLevel[] => {
    const before = spots.find((spot) => spot.level === LEVEL_ORDER[i + step]);
    return before ? [{ ...before, level }] : [];
  });
  const taken = new Set(spots.map((spot) => spot.body));
  const edge = step === 1 ? spots.at(-1) : spots[0];
  const unnamed = bodies.filter(
    ({ body, point_mm }) => edge && !taken.has(body) && isBeyond(point_mm, edge.point_mm, step),
  );
  const next = [...unnamed].sort((a, b) => step * (b.point_mm[2] - a.point_mm[2]))[0];
  if (next && edge) moved.push({ level: edge.level, body: next.body, point_mm: next.point_mm });
  return inOrder(moved);
}

/** Further towards the feet for step 1, towards the head for -1 (patient z grows towards the head). */
const isBeyond = (point: PointMm, edge: PointMm, step: 1 | -1): boolean => step * (edge[2] - point[2]) > 0;

const inOrder = (named: readonly NamedLevel[]): NamedLevel[] =>
  [...named].sort((a, b) => LEVEL_ORDER.indexOf(a.level) - LEVEL_ORDER.indexOf(b.level));

/** The name to place next: the first missing one, or none. */
export const firstMissing = (named: readonly NamedLevel[]): Level | undefined =>
  LEVEL_ORDER.find((level) => !named.some((other) => other.level === level));

/** The found body next to a place, head to foot for step 1 and back for -1; the last one stays. */
export function nextBody(at: PointMm | null, step: 1 | -1, bodies: Bodies): Bodies[number] | undefined {
  const down = [...bodies].sort((a, b) => b.point_mm[2] - a.point_mm[2]);
  if (!at) return step === 1 ? down[0] : down.at(-1);
  const beyond = down.filter(({ point_mm }) => step * (at[2] - point_mm[2]) > 0.5);
  return step === 1 ? beyond[0] : beyond.at(-1);
}
