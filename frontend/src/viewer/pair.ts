/** T1 and T2 side by side, linked in patient space: scrolling by position, zoom and pan in millimetres. */

import type { ModicMap, ModicType } from "../contract/map";
import type { Display, ImagePair, LevelPoint, Site } from "../contract/reader";
import { bringIn, fitImage, fitLevels, panned, type View, zoomed } from "../core/camera";
import { centreOf, dropOnto, meanPoint, middleOf, nearestSlice, type Vec3 } from "../core/geometry";
import { discPoint } from "../core/ladder";
import type { Layout } from "../core/layout";
import { movedBy, movedRuler, type Ruler, ruleAt } from "../core/ruler";
import { draggedWindow, widened } from "../core/window";
import { listenToGestures } from "./gestures";
import { CaseImages, type ShownCase } from "./images";
import { Pane } from "./pane";
import type { Series } from "./series";

const GRAPHICS_LOST =
  "The graphics were lost. Images are drawn without them; your answers are safe. Read on.";

export class LinkedPair {
  private readonly panes: readonly [Pane, Pane];
  /** The image that keys step through; the other follows. */
  private lead: Pane;
  private view: View | null = null;
  private levels: readonly LevelPoint[] = [];
  private focus: Site | null = null;
  private marks: readonly Vec3[] = [];
  private map: ModicMap | null = null;
  private mapVisible = true;
  private opacity = 0;
  private types: ReadonlySet<ModicType> = new Set();
  private ruler: Ruler | null = null;
  private pointer: { pane: Pane | null; at: Vec3 } | null = null;
  private shown: CaseImages | null = null;
  private ahead: CaseImages | null = null;
  private called = false;
  private forget: () => void = () => undefined;
  private arriving: Promise<unknown> = Promise.resolve();

  /** `onPoint` is told the patient position of each click on an image. */
  constructor(
    private readonly parent: HTMLElement,
    onPoint?: (point: Vec3) => void,
  ) {
    this.panes = [new Pane("T1", parent), new Pane("T2", parent)];
    this.lead = this.panes[0];
    for (const pane of this.panes) {
      listenToGestures(pane.element, {
        scroll: (steps) => this.scroll(pane, steps),
        window: (dx, dy) => pane.setWindow(draggedWindow(pane.window, dx, dy)),
        pan: (dx, dy) => this.pan(pane, dx, dy),
        zoom: (factor) => this.zoom(factor),
        measure: (from, to) => this.measure(pane.patientAt(...from), pane.patientAt(...to)),
        point: (at) => this.pointAt(pane, at && pane.patientAt(...at)),
        click: (x, y) => onPoint?.(pane.patientAt(x, y)),
      });
    }
    for (const pane of this.panes) new ResizeObserver(() => pane.resized()).observe(pane.element);
  }

  /** Fetches the images of the case that comes next, while this one is read. */
  prepare(images: ImagePair): Promise<void> {
    this.ahead?.close();
    this.ahead = new CaseImages(images);
    return this.ahead.fetchAll();
  }

  /** Replaces the case in place; resolves when both first images are drawn. */
  async show({ images, levels, focus = null, sameCase = false }: ShownCase): Promise<void> {
    const shown = this.take(images, sameCase);
    this.map = null;
    this.ruler = null;
    this.pointer = null;
    this.focus = focus;
    this.levels = levels;
    const both = await shown.series;
    const points = levels.map(({ point_mm }) => point_mm);
    const disc = focus && discPoint(focus, levels);
    const start = disc ?? meanPoint(points) ?? middleOf(both[0].planes);
    const first = both.map(({ planes }) => nearestSlice(planes, start).index) as [number, number];
    await Promise.all(both.map((series, i) => series.load(first[i] as number).catch(() => undefined)));
    this.panes.forEach((pane, i) => {
      pane.take(both[i] as Series, first[i] as number, points);
    });
    this.reset();
    if (disc) this.lookAt(disc);
    this.refresh();
    for (const pane of this.panes) pane.paint();
    void this.callCornerstone();
    this.arriving = Promise.all(both.map((series, i) => series.loadOutwards(first[i] as number, 3)));
  }

  /** The images of a case: those that are shown, those fetched ahead, or none of them yet. */
  private take(images: ImagePair, sameCase: boolean): CaseImages {
    if (sameCase && this.shown) {
      void this.shown.goOnAs(images).catch(() => undefined);
      return this.shown;
    }
    this.shown?.close();
    this.shown = this.ahead?.areOf(images) ? this.ahead : new CaseImages(images);
    if (this.ahead !== this.shown) this.ahead?.close();
    this.ahead = null;
    this.forget();
    return this.shown;
  }

  /**
   * Fetches Cornerstone once the first picture is on the screen. Without WebGL 2 the canvas stays; where the scripts
   * can't be fetched it stays until the next case.
   */
  private async callCornerstone(): Promise<void> {
    if (this.called) return;
    this.called = true;
    if (document.createElement("canvas").getContext("webgl2") === null) {
      for (const pane of this.panes) pane.standAlone("");
      return;
    }
    const cornerstone = await import("./cornerstone").catch(() => null);
    if (cornerstone === null) {
      this.called = false;
      return;
    }
    const { forgetImages, Viewport } = cornerstone;
    this.forget = forgetImages;
    const lost = (): void => {
      for (const pane of this.panes) pane.standAlone(GRAPHICS_LOST);
    };
    for (const pane of this.panes) pane.settleIn((element, name) => new Viewport(element, name, lost));
  }

  async whole(): Promise<void> {
    await this.arriving;
  }

  setMap(map: ModicMap | null): void {
    this.map = map;
    this.refresh();
  }

  setMapLook(visible: boolean, opacity: number, types: ReadonlySet<ModicType>): void {
    this.mapVisible = visible;
    this.opacity = opacity;
    this.types = types;
    this.refresh();
  }

  setLevels(levels: readonly LevelPoint[]): void {
    this.levels = levels;
    this.refresh();
  }

  setMarks(points: readonly Vec3[]): void {
    this.marks = points;
    this.refresh();
  }

  /** Marks a half; goes to its disc's slice, and moves the view if the disc is out of sight. */
  focusOn(site: Site, jump: boolean): void {
    this.focus = site;
    const point = jump ? discPoint(site, this.levels) : undefined;
    if (point) this.lookAt(point);
    this.refresh();
  }

  /** Where images come to rest. */
  get drawnBy(): Display["drawn_by"] {
    return this.lead.drawnBy;
  }

  /** Lays the panes out; the view is fitted anew where their shape changes. */
  arrange(layout: Layout, front: 0 | 1): void {
    const { aspect } = this.panes[0];
    this.lead = this.panes[layout === "single" ? front : 0];
    Object.assign(this.parent.dataset, { layout, front: front === 0 ? "t1" : "t2" });
    for (const pane of this.panes) pane.resized();
    if (this.view && this.panes[0].aspect !== aspect) this.fit();
  }

  step(steps: number): void {
    this.scroll(this.lead, steps);
  }

  goToEnd(last: boolean): void {
    const { length } = this.lead.planes;
    this.scroll(this.lead, last ? length : -length);
  }

  zoom(factor: number): void {
    if (this.view) this.look(zoomed(this.view, factor));
  }

  invert(): void {
    for (const pane of this.panes) pane.invert();
  }

  widen(factor: number): void {
    for (const pane of this.panes) pane.setWindow(widened(pane.window, factor));
  }

  /** Five millimetres at the disc in focus, or in the middle; or none any more. */
  toggleRuler(): void {
    const { plane } = this.panes[0];
    const disc = this.focus ? discPoint(this.focus, this.levels) : undefined;
    this.ruler = this.ruler || !plane || !this.view ? null : ruleAt(plane, disc ?? this.view.centre);
    this.refresh();
  }

  moveRuler(acrossMm: number, downMm: number, endOnly: boolean): void {
    const { plane } = this.panes[0];
    if (!this.ruler || !plane) return;
    this.ruler = movedRuler(this.ruler, plane, acrossMm, downMm, endOnly);
    this.refresh();
  }

  /** Shows a place on both images, moved by (across, down) mm on T1's slice; without one, from the middle. */
  movePlace(acrossMm: number, downMm: number): Vec3 | null {
    const { plane } = this.panes[0];
    if (!plane || !this.view) return null;
    const from = dropOnto(plane, this.pointer?.at ?? this.view.centre);
    return this.showPlace(movedBy(from, plane, acrossMm, downMm));
  }

  showPlace(at: Vec3): Vec3 {
    this.lookAt(at);
    this.pointer = { pane: null, at };
    this.refresh();
    return at;
  }

  /** Automatic windows, and the named levels fitted into the viewports. */
  reset(): void {
    for (const pane of this.panes) pane.resetWindow();
    this.fit();
  }

  private fit(): void {
    const [left] = this.panes;
    if (!left.plane) return;
    const points = this.levels.map(({ point_mm }) => point_mm);
    this.look(fitLevels(left.plane, points, left.aspect));
  }

  wholeImage(): void {
    const [left] = this.panes;
    if (left.plane) this.look(fitImage(left.plane, left.aspect));
  }

  notice(text: string): void {
    for (const pane of this.panes) pane.notice(text);
  }

  private scroll(driver: Pane, steps: number): void {
    driver.goTo(driver.sliceIndex + steps);
    const plane = driver.planes[driver.sliceIndex];
    if (!plane) return;
    const point = dropOnto(plane, this.view?.centre ?? centreOf(plane));
    for (const pane of this.panes) if (pane !== driver) pane.goTo(nearestSlice(pane.planes, point).index);
    this.refresh();
  }

  /** Goes to a point's slice, and moves the view if the point is out of sight. */
  private lookAt(point: Vec3): void {
    const [left] = this.panes;
    if (!left.plane || !this.view) return;
    for (const pane of this.panes) pane.goTo(nearestSlice(pane.planes, point).index);
    const next = bringIn(this.view, left.plane, point, left.aspect);
    if (next !== this.view) this.look(next);
  }

  private pan(pane: Pane, dx: number, dy: number): void {
    if (this.view && pane.plane) {
      this.look(panned(this.view, pane.plane, dx * pane.mmPerPixel, dy * pane.mmPerPixel));
    }
  }

  private look(view: View): void {
    this.view = view;
    for (const pane of this.panes) pane.look(view);
  }

  /** Draws the ruler while there is one. */
  private measure(from: Vec3, to: Vec3): boolean {
    if (!this.ruler) return false;
    this.ruler = { from, to };
    this.refresh();
    return true;
  }

  /** Shows the place under the pointer on the other image. */
  private pointAt(pane: Pane, at: Vec3 | null): void {
    this.pointer = at && { pane, at };
    this.refresh();
  }

  private refresh(): void {
    const { levels, focus, marks, map, opacity, types, ruler, pointer } = this;
    const t1 = this.panes[0].planes;
    const layer = map && { map, t1, opacity, types, visible: this.mapVisible };
    const [left, right] = this.panes;
    for (const pane of this.panes) {
      pane.draw({
        levels,
        focus,
        marks,
        layer,
        ruler,
        pointer: pointer && pointer.pane !== pane ? pointer.at : null,
        other: () => (pane === left ? right : left).plane,
      });
    }
  }
}
