/** The spine ladder: the form's rows by disc, as radiologists speak (L4 inferior beside L5 superior). */

import type { Half, Level, LevelPoint, Site } from "../contract/reader";
import { add, scale, subtract, type Vec3 } from "./geometry";

export interface DiscRow {
  /** "L4/5", or the free end's name. */
  name: string;
  above: Site | null;
  below: Site | null;
}

const LEVELS: readonly Level[] = ["L1", "L2", "L3", "L4", "L5", "S1"];
const DISC_NAMES = ["T12/L1", "L1/2", "L2/3", "L3/4", "L4/5", "L5/S1", "S1/2"] as const;

/** Which of the seven discs a half borders, T12/L1 first. */
export const discOf = (site: Site): number => LEVELS.indexOf(site.level) + (site.half === "lower" ? 1 : 0);

/** Rows head to foot; a disc without any of the asked halves is left out. */
export function discRows(sites: readonly Site[]): DiscRow[] {
  const find = (disc: number, half: Half): Site | null =>
    sites.find((site) => site.half === half && discOf(site) === disc) ?? null;
  return DISC_NAMES.map((name, disc) => ({
    name,
    above: find(disc, "lower"),
    below: find(disc, "upper"),
  })).filter((row) => row.above !== null || row.below !== null);
}

/** Middle of the disc a half borders, from the confirmed centres of its bodies; undefined where not named. */
export function discPoint(site: Site, levels: readonly LevelPoint[]): Vec3 | undefined {
  const disc = discOf(site);
  const bodies = levels.filter(({ level }) => [disc - 1, disc].includes(LEVELS.indexOf(level)));
  const [first, second] = bodies;
  if (!first) return undefined;
  if (!second) return first.point_mm;
  const mean = (axis: 0 | 1 | 2): number => (first.point_mm[axis] + second.point_mm[axis]) / 2;
  return [mean(0), mean(1), mean(2)];
}

/** From a body's centre to its endplate, of the way to the next body's centre: 13 of about 37 mm. */
const ENDPLATE_SHARE = 0.35;

/**
 * About where a half's endplate is, estimated from the confirmed centres of its body and the next; undefined where no
 * other is named. What a model found of the body's edge is AI output, which an unaided reader is not sent.
 */
export function endplateNear({ level, half }: Site, levels: readonly LevelPoint[]): Vec3 | undefined {
  const at = (index: number): Vec3 | undefined =>
    levels.find((point) => LEVELS.indexOf(point.level) === index)?.point_mm;
  const own = LEVELS.indexOf(level);
  const step = half === "upper" ? -1 : 1;
  const [centre, next, opposite] = [at(own), at(own + step), at(own - step)];
  if (!centre) return undefined;
  if (next) return add(centre, scale(subtract(next, centre), ENDPLATE_SHARE));
  return opposite && add(centre, scale(subtract(centre, opposite), ENDPLATE_SHARE));
}
