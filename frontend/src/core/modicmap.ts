/** Where and how the Modic map is drawn, and how its findings are put in words. */

import type { EndplateLabel, MapRegion, MapSlice, ModicMap, ModicType } from "../contract/map";
import type { Site } from "../contract/reader";
import { centreOf, type ImagePlane, nearestSlice, sliceSpacing, toPatient, type Vec3 } from "./geometry";

/** Okabe-Ito colours: told apart with any colour vision, and always beside a text. */
export const TYPE_COLOURS: Record<ModicType, string> = { 1: "#D55E00", 2: "#F0E442", 3: "#56B4E9" };
export const MODIC_TYPES: readonly ModicType[] = [1, 2, 3];
export const DEFAULT_OPACITY = 0.35;

export interface PathSink {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
}

/** Draws a region's rings, in pixel coordinates, into a path. */
export function tracePath(region: MapRegion, sink: PathSink): void {
  for (const ring of region.rings) {
    ring.forEach(([column, row], i) => {
      if (i === 0) sink.moveTo(column, row);
      else sink.lineTo(column, row);
    });
    sink.closePath();
  }
}

/** The map's slice that belongs to a shown plane: the nearest T1 slice within half its spacing; else none. */
export function mapSliceFor(
  shown: ImagePlane,
  t1: readonly ImagePlane[],
  map: ModicMap,
): MapSlice | undefined {
  const { index, distance } = nearestSlice(t1, centreOf(shown));
  const reach = sliceSpacing(t1) / 2 || 0.5;
  if (distance > reach + 1e-6) return undefined;
  return map.slices.find((slice) => slice.instance === index);
}

/** A 2D affine map as canvas takes it: x' = a·x + c·y + e, y' = b·x + d·y + f. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** From pixels of `plane` to canvas points, given where patient positions fall on the canvas. */
export function pixelToCanvas(
  plane: ImagePlane,
  project: (point: Vec3) => readonly [number, number],
): Affine {
  const [e, f] = project(toPatient(plane, 0, 0));
  const [ax, ay] = project(toPatient(plane, 1, 0));
  const [dx, dy] = project(toPatient(plane, 0, 1));
  return [ax - e, ay - f, dx - e, dy - f, e, f];
}

export function labelFor(map: ModicMap, site: Site): EndplateLabel | undefined {
  return map.labels.find((label) => label.level === site.level && label.half === site.half);
}

/** Whole mm³ up to 1 cm³, then cm³ with one decimal. */
export const volumeText = (mm3: number): string =>
  mm3 < 1000 ? `${Math.round(mm3)} mm³` : `${(mm3 / 1000).toFixed(1)} cm³`;

/** "Map: 2 (+1) · 310 mm³", or "Map: none"; with the model's probability of a change where the arm shows it. */
export function suggestionText(label: EndplateLabel): string {
  const sure = label.probability === null ? "" : ` · change ${Math.round(label.probability * 100)} %`;
  if (label.suggestion === 0) return `Map: none${sure}`;
  const secondary = label.secondary === null ? "" : ` (+${label.secondary})`;
  const volume = volumeText(label.volume_mm3[String(label.suggestion)] ?? 0);
  return `Map: ${label.suggestion}${secondary} · ${volume}${sure}`;
}
