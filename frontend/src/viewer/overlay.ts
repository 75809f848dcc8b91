/** What is drawn over an image on a plain 2D canvas: level names, the focused half, the scale and the Modic map. */

import type { MapRegion, ModicMap, ModicType } from "../contract/map";
import type { LevelPoint, Site } from "../contract/reader";
import type { Size } from "../core/camera";
import { cutOf, distanceFrom, type ImagePlane, type Vec3 } from "../core/geometry";
import { endplateNear } from "../core/ladder";
import { type Affine, mapSliceFor, pixelToCanvas, TYPE_COLOURS, tracePath } from "../core/modicmap";
import { type Ruler, rulerText } from "../core/ruler";
import { fitCanvas } from "./stage";

export type Project = (point: Vec3) => readonly [number, number];

export interface MapLayer {
  map: ModicMap;
  t1: readonly ImagePlane[];
  opacity: number;
  visible: boolean;
  types: ReadonlySet<ModicType>;
}

export interface Scene {
  plane: ImagePlane;
  size: Size;
  project: Project;
  pixelsPerMm: number;
  levels: readonly LevelPoint[];
  focus: Site | null;
  /** Patient positions shown as small rings, where a page asks for them. */
  marks: readonly Vec3[];
  layer: MapLayer | null;
  ruler: Ruler | null;
  /** Where the pointer is on the other image. */
  pointer: Vec3 | null;
  /** The other image's slice, drawn where it cuts this one at an angle; none while that is off. */
  other: () => ImagePlane | null;
}

const NAME_COLOUR = "#d3dae2";
/** Around what is written or marked, so that it is seen on bright fat as on black. */
const RIM_COLOUR = "rgb(0 0 0 / 75%)";
const FOCUS_COLOUR = "#ffffff";
const NAME_OFFSET_MM = 26;
const HALF_HEIGHT_MM = 13;
const OUTLINE_PX = 1.5;

/** The drawing canvas, fitted to its box and cleared. */
export function prepare(canvas: HTMLCanvasElement, size: Size): CanvasRenderingContext2D | null {
  const context = canvas.getContext("2d");
  if (!context) return null;
  fitCanvas(canvas, context, size);
  context.clearRect(0, 0, size.width, size.height);
  return context;
}

export function drawScene(context: CanvasRenderingContext2D, scene: Scene): void {
  if (scene.layer?.visible) drawMap(context, scene, scene.layer);
  for (const level of scene.levels) drawLevelName(context, scene, level);
  for (const point of scene.marks) drawMark(context, scene, point);
  const other = scene.other();
  if (other) drawCut(context, scene, other);
  if (scene.pointer) drawPointer(context, scene.project(scene.pointer));
  if (scene.ruler) drawRuler(context, scene, scene.ruler);
  drawScale(context, scene);
}

const pathCache = new WeakMap<MapRegion, Path2D>();

function pathOf(region: MapRegion): Path2D {
  let path = pathCache.get(region);
  if (!path) {
    path = new Path2D();
    tracePath(region, path);
    pathCache.set(region, path);
  }
  return path;
}

function drawMap(context: CanvasRenderingContext2D, scene: Scene, layer: MapLayer): void {
  const slice = mapSliceFor(scene.plane, layer.t1, layer.map);
  const source = slice && layer.t1[slice.instance];
  if (!slice || !source) return;
  const [a, b, c, d, e, f]: Affine = pixelToCanvas(source, scene.project);
  context.save();
  context.transform(a, b, c, d, e, f);
  context.lineJoin = "round";
  context.lineWidth = OUTLINE_PX / Math.sqrt(Math.abs(a * d - b * c));
  for (const region of slice.regions) {
    if (!layer.types.has(region.type)) continue;
    const path = pathOf(region);
    context.fillStyle = TYPE_COLOURS[region.type];
    context.strokeStyle = TYPE_COLOURS[region.type];
    context.globalAlpha = layer.opacity;
    context.fill(path, "evenodd");
    context.globalAlpha = 1;
    context.stroke(path);
  }
  context.restore();
}

/** Names grow with the image, from 14 to 20 CSS pixels. */
const nameSize = ({ height }: Size): number => Math.round(Math.min(20, Math.max(14, height / 60)));

/** Names stand in front of the bodies, clear of the marrow, and fade on slices away from the named point. */
function drawLevelName(
  context: CanvasRenderingContext2D,
  scene: Scene,
  { level, point_mm }: LevelPoint,
): void {
  const [x, y] = scene.project(point_mm);
  const mark = scene.focus?.level === level ? focusMark(scene, scene.focus, [x, y]) : null;
  let left = x - NAME_OFFSET_MM * scene.pixelsPerMm;
  for (const [markX, markY] of mark ?? []) if (Math.abs(markY - y) < 16) left = Math.min(left, markX - 6);
  context.save();
  context.font = `${mark ? "600 " : ""}${nameSize(scene.size)}px system-ui, sans-serif`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.globalAlpha = Math.abs(distanceFrom(scene.plane, point_mm)) > 30 ? 0.5 : 1;
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = RIM_COLOUR;
  context.strokeText(level, left, y);
  context.fillStyle = mark ? FOCUS_COLOUR : NAME_COLOUR;
  context.fillText(level, left, y);
  if (mark) drawFocus(context, mark);
  context.restore();
}

function drawMark(context: CanvasRenderingContext2D, scene: Scene, point: Vec3): void {
  const [x, y] = scene.project(point);
  context.save();
  context.strokeStyle = FOCUS_COLOUR;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.stroke();
  context.restore();
}

/** The mark lies in front of the body, clear of the marrow: how far off, how long its tick, how far it goes back. */
const EDGE_MM = 21;
const TICK_MM = 6;
const BACK_MM = 8;

type Place = readonly [x: number, y: number];

/**
 * The half in focus: a tick at the front end of its endplate and a stroke from there towards its body's middle. Where
 * the endplate is, the named centres tell about.
 */
function focusMark({ levels, project, pixelsPerMm }: Scene, focus: Site, [x, y]: Place): readonly Place[] {
  const up = focus.half === "upper" ? -1 : 1;
  const plate = endplateNear(focus, levels);
  const [plateX, plateY] = plate ? project(plate) : [x, y + up * HALF_HEIGHT_MM * pixelsPerMm];
  const length = Math.max(1, Math.hypot(plateX - x, plateY - y));
  const away = [(plateX - x) / length, (plateY - y) / length] as const;
  const at = (frontMm: number, backMm: number): Place => [
    plateX - (away[1] * up * frontMm + away[0] * backMm) * pixelsPerMm,
    plateY + (away[0] * up * frontMm - away[1] * backMm) * pixelsPerMm,
  ];
  return [at(EDGE_MM, 0), at(EDGE_MM + TICK_MM, 0), at(EDGE_MM + TICK_MM, BACK_MM)];
}

function drawFocus(context: CanvasRenderingContext2D, mark: readonly Place[]): void {
  context.beginPath();
  for (const place of mark) context.lineTo(...place);
  for (const [colour, width] of [
    [RIM_COLOUR, 5],
    [FOCUS_COLOUR, 2],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

/** Thin and dashed, so that it is not taken for anatomy. */
function drawCut(context: CanvasRenderingContext2D, scene: Scene, other: ImagePlane): void {
  const cut = cutOf(scene.plane, other);
  if (!cut) return;
  context.save();
  context.strokeStyle = NAME_COLOUR;
  context.setLineDash([6, 5]);
  context.beginPath();
  context.moveTo(...scene.project(cut[0]));
  context.lineTo(...scene.project(cut[1]));
  context.stroke();
  context.restore();
}

/** A small cross with an open middle, so that it hides nothing it points at. */
function drawPointer(context: CanvasRenderingContext2D, [x, y]: readonly [number, number]): void {
  context.save();
  context.strokeStyle = FOCUS_COLOUR;
  context.shadowColor = "#000000";
  context.shadowBlur = 3;
  context.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    context.moveTo(x + 4 * dx, y + 4 * dy);
    context.lineTo(x + 11 * dx, y + 11 * dy);
  }
  context.stroke();
  context.restore();
}

const RULER_CAP_PX = 5;

function drawRuler(context: CanvasRenderingContext2D, scene: Scene, ruler: Ruler): void {
  const from = scene.project(ruler.from);
  const to = scene.project(ruler.to);
  const length = Math.max(1, Math.hypot(to[0] - from[0], to[1] - from[1]));
  const across = [(-(to[1] - from[1]) * RULER_CAP_PX) / length, ((to[0] - from[0]) * RULER_CAP_PX) / length];
  const [ax, ay] = across as [number, number];
  context.save();
  context.shadowColor = "#000000";
  context.shadowBlur = 4;
  context.strokeStyle = FOCUS_COLOUR;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  for (const [x, y] of [from, to]) {
    context.moveTo(x - ax, y - ay);
    context.lineTo(x + ax, y + ay);
  }
  context.stroke();
  context.fillStyle = FOCUS_COLOUR;
  context.font = "600 14px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillText(rulerText(ruler), Math.max(from[0], to[0]) + 10, (from[1] + to[1]) / 2);
  context.restore();
}

/** A bar of 5 cm with centimetre ticks in the lower right corner. */
function drawScale(context: CanvasRenderingContext2D, scene: Scene): void {
  const centimetre = 10 * scene.pixelsPerMm;
  const length = 5 * centimetre;
  const y = scene.size.height - 12;
  const x = scene.size.width - length - 52;
  context.save();
  context.fillStyle = "rgb(0 0 0 / 55%)";
  context.fillRect(x - 6, y - 12, length + 52, 18);
  context.strokeStyle = NAME_COLOUR;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + length, y);
  for (let tick = 0; tick <= 5; tick += 1) {
    const at = x + tick * centimetre;
    context.moveTo(at, y);
    context.lineTo(at, y - (tick % 5 === 0 ? 7 : 4));
  }
  context.stroke();
  context.fillStyle = NAME_COLOUR;
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "bottom";
  context.fillText("5 cm", x + length + 7, y + 4);
  context.restore();
}
