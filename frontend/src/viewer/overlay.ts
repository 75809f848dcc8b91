/** What is drawn over an image on a plain 2D canvas: level names, the focused half, the scale and the Modic map. */

import type { MapRegion, ModicMap } from "../contract/map";
import type { LevelPoint, Site } from "../contract/reader";
import { distanceFrom, type ImagePlane, type Vec3 } from "../core/geometry";
import { type Affine, mapSliceFor, pixelToCanvas, TYPE_COLOURS, tracePath } from "../core/modicmap";
import { fitCanvas } from "./stage";

export type Project = (point: Vec3) => readonly [number, number];

export interface MapLayer {
  map: ModicMap;
  t1: readonly ImagePlane[];
  opacity: number;
  visible: boolean;
}

export interface Scene {
  plane: ImagePlane;
  project: Project;
  pixelsPerMm: number;
  levels: readonly LevelPoint[];
  focus: Site | null;
  /** Patient positions shown as small rings, where a page asks for them. */
  marks: readonly Vec3[];
  layer: MapLayer | null;
}

const NAME_COLOUR = "#aeb7c2";
const FOCUS_COLOUR = "#ffffff";
const NAME_OFFSET_MM = 26;
const HALF_HEIGHT_MM = 13;
const OUTLINE_PX = 1.5;

/** The drawing canvas, fitted to its box and cleared. */
export function prepare(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const context = canvas.getContext("2d");
  if (!context) return null;
  fitCanvas(canvas, context);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}

export function drawScene(context: CanvasRenderingContext2D, scene: Scene): void {
  if (scene.layer?.visible) drawMap(context, scene, scene.layer);
  for (const level of scene.levels) drawLevelName(context, scene, level);
  for (const point of scene.marks) drawMark(context, scene, point);
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

/** Names stand in front of the bodies, clear of the marrow, and fade on slices away from the named point. */
function drawLevelName(
  context: CanvasRenderingContext2D,
  scene: Scene,
  { level, point_mm }: LevelPoint,
): void {
  const [x, y] = scene.project(point_mm);
  const left = x - NAME_OFFSET_MM * scene.pixelsPerMm;
  const focused = scene.focus?.level === level;
  context.save();
  context.font = `${focused ? "600 " : ""}14px system-ui, sans-serif`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.globalAlpha = Math.abs(distanceFrom(scene.plane, point_mm)) > 30 ? 0.5 : 1;
  context.shadowColor = "#000000";
  context.shadowBlur = 3;
  context.fillStyle = focused ? FOCUS_COLOUR : NAME_COLOUR;
  context.fillText(level, left, y);
  if (focused && scene.focus) drawFocusBracket(context, left + 5, y, scene.focus, scene.pixelsPerMm);
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

function drawFocusBracket(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  focus: Site,
  pixelsPerMm: number,
): void {
  const reach = HALF_HEIGHT_MM * pixelsPerMm * (focus.half === "upper" ? -1 : 1);
  context.strokeStyle = FOCUS_COLOUR;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x, y + reach);
  context.lineTo(x + 6, y + reach);
  context.stroke();
}

/** A bar of 5 cm with centimetre ticks in the lower right corner. */
function drawScale(context: CanvasRenderingContext2D, scene: Scene): void {
  const centimetre = 10 * scene.pixelsPerMm;
  const length = 5 * centimetre;
  const y = context.canvas.clientHeight - 12;
  const x = context.canvas.clientWidth - length - 52;
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
