/** One image: a Cornerstone stack viewport with a drawing canvas and its captions. */

import { Enums, imageLoader, type RenderingEngine, type StackViewport } from "@cornerstonejs/core";
import type { View } from "../core/camera";
import { add, dropOnto, edgeLetters, type ImagePlane, scale, subtract, type Vec3 } from "../core/geometry";
import { automaticWindow, type GreyWindow, windowArea } from "../core/window";
import { drawScene, prepare, type Scene } from "./overlay";
import { loadOutwards, type Series } from "./series";

type Corner = "name" | "slice" | "window" | "left" | "right" | "top" | "bottom" | "notice";
const CORNERS: readonly Corner[] = ["name", "slice", "window", "left", "right", "top", "bottom", "notice"];

export type Drawn = Omit<Scene, "plane" | "project" | "pixelsPerMm">;

export class Pane {
  readonly element: HTMLElement;
  private readonly stage: HTMLDivElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly captions: Record<Corner, HTMLElement>;
  private readonly viewport: StackViewport;
  private series: Series | null = null;
  private index = 0;
  private wanted = 0;
  private turn: Promise<void> = Promise.resolve();
  private view: View | null = null;
  private automatic: GreyWindow = { lower: 0, upper: 1 };
  private grey: GreyWindow = this.automatic;
  private inverted = false;
  private drawn: Drawn = { levels: [], focus: null, marks: [], layer: null };

  constructor(
    engine: RenderingEngine,
    readonly title: string,
    parent: HTMLElement,
  ) {
    this.element = document.createElement("section");
    this.element.className = "pane";
    this.element.setAttribute("aria-label", `${title} image`);
    this.stage = document.createElement("div");
    this.stage.className = "pane-stage";
    this.canvas = document.createElement("canvas");
    this.canvas.className = "pane-drawing";
    this.canvas.setAttribute("aria-hidden", "true");
    this.element.append(this.stage, this.canvas);
    this.captions = Object.fromEntries(CORNERS.map((corner) => [corner, this.caption(corner)])) as Record<
      Corner,
      HTMLElement
    >;
    parent.append(this.element);
    engine.enableElement({
      viewportId: title,
      type: Enums.ViewportType.STACK,
      element: this.stage,
      defaultOptions: { background: [0, 0, 0] },
    });
    this.viewport = engine.getViewport(title) as StackViewport;
    this.stage.addEventListener(Enums.Events.IMAGE_RENDERED, () => this.redraw());
  }

  get planes(): readonly ImagePlane[] {
    return this.series?.planes ?? [];
  }

  get plane(): ImagePlane | null {
    return this.planes[this.index] ?? null;
  }

  get sliceIndex(): number {
    return this.wanted;
  }

  get aspect(): number {
    return this.stage.clientWidth / Math.max(1, this.stage.clientHeight);
  }

  /** mm per CSS pixel. */
  get mmPerPixel(): number {
    return this.view ? (2 * this.view.halfHeight) / Math.max(1, this.stage.clientHeight) : 1;
  }

  /** Shows a series at one slice with the automatic window; resolves when the slice is there. */
  async show(series: Series, index: number, points: readonly Vec3[]): Promise<void> {
    await this.turn;
    const plane = series.planes[index] as ImagePlane;
    const image = await imageLoader.loadAndCacheImage(series.imageIds[index] as string).catch(() => {
      throw new Error("The images could not be loaded. Check the connection, then try again.");
    });
    this.automatic = automaticWindow(image.getPixelData(), plane.columns, windowArea(plane, points));
    this.series = series;
    this.index = index;
    this.wanted = index;
    this.inverted = false;
    await this.viewport.setStack(series.imageIds, index);
    this.setWindow(this.automatic);
    const named = series.description.includes(this.title);
    this.captions.name.textContent = named ? series.description : `${this.title} · ${series.description}`;
    this.place();
  }

  loadRest(): void {
    const series = this.series;
    if (series) void loadOutwards(series, this.index, () => this.series === series);
  }

  /** Goes to a slice; requests that come faster than images are shown are merged into the last. */
  goTo(index: number): void {
    const last = this.planes.length - 1;
    this.wanted = Math.min(last, Math.max(0, index));
    this.turn = this.turn
      .then(() => this.catchUp())
      .catch(() => this.notice("This slice could not be loaded."));
  }

  look(view: View): void {
    this.view = view;
    this.place();
  }

  setWindow(grey: GreyWindow): void {
    this.grey = grey;
    this.viewport.setProperties({ voiRange: { ...grey }, invert: this.inverted });
    this.captionWindow();
    this.viewport.render();
  }

  get window(): GreyWindow {
    return this.grey;
  }

  resetWindow(): void {
    this.inverted = false;
    this.setWindow(this.automatic);
  }

  invert(): void {
    this.inverted = !this.inverted;
    this.setWindow(this.grey);
  }

  draw(drawn: Drawn): void {
    this.drawn = drawn;
    this.redraw();
  }

  /** Patient position under a point of the image, in CSS pixels from its corner. */
  patientAt(x: number, y: number): Vec3 {
    const [px, py, pz] = this.viewport.canvasToWorld([x, y]);
    return [px, py, pz];
  }

  notice(text: string): void {
    this.captions.notice.textContent = text;
  }

  private caption(corner: Corner): HTMLElement {
    const element = document.createElement("div");
    element.className = `pane-caption pane-${corner}`;
    this.element.append(element);
    return element;
  }

  private async catchUp(): Promise<void> {
    if (this.wanted === this.index || !this.series) return;
    const target = this.wanted;
    await this.viewport.setImageIdIndex(target);
    this.index = target;
    this.notice("");
    this.place();
  }

  /** Points the camera at the view's centre on the shown slice, at the view's scale. */
  private place(): void {
    const { plane, view } = this;
    if (!plane || !view) return;
    const before = this.viewport.getCamera();
    // Cornerstone sets the clipping range for its own distance from the slice, so that distance is kept.
    const distance = Math.hypot(...subtract(before.position as Vec3, before.focalPoint as Vec3));
    const focalPoint = dropOnto(plane, view.centre);
    const viewPlaneNormal = scale(plane.normal, -1);
    this.viewport.setCamera({
      focalPoint: [...focalPoint],
      position: [...add(focalPoint, scale(viewPlaneNormal, distance))],
      viewPlaneNormal: [...viewPlaneNormal],
      viewUp: [...scale(plane.down, -1)],
      parallelScale: view.halfHeight,
    });
    this.captionSlice();
    this.viewport.render();
  }

  private redraw(): void {
    const context = prepare(this.canvas);
    const { plane } = this;
    if (!context || !plane || !this.view) return;
    drawScene(context, {
      ...this.drawn,
      plane,
      project: (point) => this.viewport.worldToCanvas([...point]),
      pixelsPerMm: 1 / this.mmPerPixel,
    });
  }

  private captionSlice(): void {
    const { plane } = this;
    if (!plane) return;
    this.captions.slice.textContent = `${this.index + 1} / ${this.planes.length}`;
    const letters = edgeLetters(plane);
    for (const edge of ["left", "right", "top", "bottom"] as const)
      this.captions[edge].textContent = letters[edge];
  }

  private captionWindow(): void {
    const width = Math.round(this.grey.upper - this.grey.lower);
    const level = Math.round((this.grey.upper + this.grey.lower) / 2);
    this.captions.window.textContent = `W ${width} · L ${level}${this.inverted ? " · inverted" : ""}`;
  }
}
