/** One image: the grey picture, what is drawn over it, and its captions. */

import { pixelsPerMm, project, type Size, unproject, type View } from "../core/camera";
import { edgeLetters, type ImagePlane, type Vec3 } from "../core/geometry";
import { pixelToCanvas } from "../core/modicmap";
import { rulerText } from "../core/ruler";
import { automaticWindow, centreAndWidth, type GreyWindow, windowArea } from "../core/window";
import type { Viewport } from "./cornerstone";
import { drawScene, prepare, type Scene } from "./overlay";
import type { Series } from "./series";
import { onScreen, Stage } from "./stage";

const CORNERS = ["name", "slice", "window", "ruler", "left", "right", "top", "bottom", "notice"] as const;
type Corner = (typeof CORNERS)[number];

/** How long nothing moves before the picture is handed over to Cornerstone. */
const STILL_MS = 120;

export type Drawn = Omit<Scene, "plane" | "size" | "project" | "pixelsPerMm">;

export class Pane {
  readonly element: HTMLElement;
  private readonly stage = new Stage();
  private readonly canvas: HTMLCanvasElement;
  private readonly captions: Record<Corner, HTMLElement>;
  private box: Size | null = null;
  private series: Series | null = null;
  private index = 0;
  private wanted = 0;
  private view: View | null = null;
  private automatic: GreyWindow = { lower: 0, upper: 1 };
  private grey: GreyWindow = this.automatic;
  private inverted = false;
  private drawn: Drawn = {
    levels: [],
    focus: null,
    marks: [],
    layer: null,
    ruler: null,
    pointer: null,
    other: () => null,
  };
  private due = 0;
  /** Whether the picture, and not only what lies over it, is to be drawn again. */
  private stale = false;
  private readonly bed = document.createElement("div");
  private viewport: Viewport | null = null;
  private manner = "";
  /** Counts what was drawn, so that a picture that comes to rest late is not shown for a newer one. */
  private drawing = 0;
  private still: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly title: string,
    parent: HTMLElement,
  ) {
    this.element = document.createElement("section");
    this.element.className = "pane";
    this.element.setAttribute("aria-label", `${title} image`);
    this.canvas = document.createElement("canvas");
    this.canvas.className = "pane-drawing";
    this.canvas.setAttribute("aria-hidden", "true");
    this.bed.className = "pane-bed";
    this.element.append(this.bed, this.stage.canvas, this.canvas);
    this.captions = Object.fromEntries(CORNERS.map((corner) => [corner, this.caption(corner)])) as Record<
      Corner,
      HTMLElement
    >;
    parent.append(this.element);
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

  /** Measured once a size, as measuring lays out the page. */
  get size(): Size {
    this.box ??= { width: this.element.clientWidth, height: Math.max(1, this.element.clientHeight) };
    return this.box;
  }

  get drawnBy(): "canvas" | "cornerstone" {
    return this.viewport ? "cornerstone" : "canvas";
  }

  get aspect(): number {
    return this.size.width / this.size.height;
  }

  /** mm per CSS pixel. */
  get mmPerPixel(): number {
    return this.view ? 1 / pixelsPerMm(this.view, this.size) : 1;
  }

  /** Takes a series, one slice of which is there, with the automatic window; nothing is drawn yet. */
  take(series: Series, index: number, points: readonly Vec3[]): void {
    const plane = series.planes[index];
    const frame = series.frame(index);
    if (!plane || !frame) {
      throw new Error("The images could not be loaded. Check the connection, then try again.");
    }
    this.automatic = automaticWindow(frame.pixels, plane.columns, windowArea(plane, points));
    this.series = series;
    this.index = index;
    this.wanted = index;
    const named = series.description.includes(this.title);
    this.say("name", named ? series.description : `${this.title} · ${series.description}`);
    this.notice("");
    this.resetWindow();
  }

  /** Goes to a slice; one that is not there yet is shown when it comes, if it is still wanted. */
  goTo(index: number): void {
    const { series } = this;
    if (!series) return;
    this.wanted = Math.min(series.planes.length - 1, Math.max(0, index));
    const target = this.wanted;
    if (target === this.index) this.notice("");
    else if (series.frame(target)) this.arrive(target);
    else {
      series.load(target).then(
        () => this.series === series && this.wanted === target && this.arrive(target),
        () => this.series === series && this.notice("This slice could not be loaded."),
      );
    }
  }

  look(view: View): void {
    this.view = view;
    this.invalidate(true);
  }

  setWindow(grey: GreyWindow): void {
    this.grey = grey;
    this.captionWindow();
    this.invalidate(true);
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

  /** The box may have another size. */
  resized(): void {
    const before = this.box;
    this.box = null;
    if (before?.width !== this.size.width || before.height !== this.size.height) this.invalidate(true);
  }

  draw(drawn: Drawn): void {
    this.drawn = drawn;
    this.say("ruler", drawn.ruler ? `Ruler ${rulerText(drawn.ruler)}` : "");
    this.invalidate(false);
  }

  /** Patient position under a point of the image, in CSS pixels from its corner. */
  patientAt(x: number, y: number): Vec3 {
    const { plane, view } = this;
    return plane && view ? unproject(view, plane, this.size, x, y) : [0, 0, 0];
  }

  notice(text: string): void {
    this.say("notice", text);
  }

  /** From now on pictures come to rest in a Cornerstone viewport, made by `make` in the element it gets. */
  settleIn(make: (element: HTMLDivElement, name: string) => Viewport): void {
    this.viewport = make(this.bed, this.title);
    this.settleSoon();
  }

  /** The graphics are gone: the canvas shows what there is. */
  standAlone(why: string): void {
    this.viewport = null;
    this.manner = " · without WebGL";
    this.captionWindow();
    this.invalidate(true);
    this.notice(why);
  }

  /** Draws before the next frame of the screen, however much has changed until then. */
  private invalidate(picture: boolean): void {
    this.stale ||= picture;
    this.due ||= requestAnimationFrame(() => this.paint());
  }

  /** Draws at once. */
  paint(): void {
    cancelAnimationFrame(this.due);
    this.due = 0;
    const { plane, view, size } = this;
    const frame = this.series?.frame(this.index);
    if (!plane || !view || !frame) return;
    const onto = (point: Vec3): readonly [number, number] => project(view, plane, size, point);
    const onScreenAt = (point: Vec3): readonly [number, number] =>
      project(view, plane, onScreen(size), point);
    if (this.stale) {
      this.awake();
      this.stage.draw(frame, this.grey, this.inverted, pixelToCanvas(plane, onScreenAt), size);
      this.settleSoon();
    }
    this.stale = false;
    const context = prepare(this.canvas, size);
    const perMm = pixelsPerMm(view, size);
    if (context) drawScene(context, { ...this.drawn, plane, size, project: onto, pixelsPerMm: perMm });
    this.captionSlice(plane);
  }

  private awake(): void {
    this.drawing += 1;
    clearTimeout(this.still);
    this.stage.cover(true);
    this.element.dataset.picture = "canvas";
  }

  private settleSoon(): void {
    clearTimeout(this.still);
    if (this.viewport) this.still = setTimeout(() => void this.settle(), STILL_MS);
  }

  /** Hands the picture over to Cornerstone, unless something moves meanwhile. */
  private async settle(): Promise<void> {
    const { viewport, series, view, index, grey, inverted, drawing } = this;
    if (!viewport || !series?.frame(index) || !view) return;
    try {
      await viewport.rest({ series, index, view, grey, inverted });
    } catch {
      return;
    }
    if (this.drawing !== drawing || this.viewport !== viewport) return;
    this.stage.cover(false);
    this.element.dataset.picture = "cornerstone";
  }

  private arrive(index: number): void {
    this.index = index;
    this.notice("");
    this.invalidate(true);
  }

  private caption(corner: Corner): HTMLElement {
    const element = document.createElement("div");
    element.className = `pane-caption pane-${corner}`;
    this.element.append(element);
    return element;
  }

  /** Leaves a caption alone that says so already: any change lays out the page. */
  private say(corner: Corner, text: string): void {
    const caption = this.captions[corner];
    if (caption.textContent !== text) caption.textContent = text;
  }

  private captionSlice(plane: ImagePlane): void {
    this.say("slice", `${this.index + 1} / ${this.planes.length}`);
    const letters = edgeLetters(plane);
    for (const edge of ["left", "right", "top", "bottom"] as const) this.say(edge, letters[edge]);
  }

  private captionWindow(): void {
    const { centre, width } = centreAndWidth(this.grey);
    const turned = this.inverted ? " · inverted" : "";
    this.say("window", `W ${Math.round(width)} · L ${Math.round(centre)}${turned}${this.manner}`);
  }
}
