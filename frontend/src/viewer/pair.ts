/** T1 and T2 side by side, linked in patient space: scrolling by position, zoom and pan in millimetres. */

import type { ModicMap, ModicType } from "../contract/map";
import type { Display, ImagePair, LevelPoint, Site } from "../contract/reader";
import { bringIn, fitImage, fitLevels, panned, type View, zoomed } from "../core/camera";
import { centreOf, dropOnto, meanPoint, middleOf, nearestSlice, type Vec3 } from "../core/geometry";
import type { Layout } from "../core/layout";
import { movedBy, movedRuler, ruleAt } from "../core/ruler";
import { draggedWindow, widened } from "../core/window";
import { Drawings } from "./drawings";
import { listenToGestures } from "./gestures";
import { CaseImages, type ShownCase } from "./images";
import { Pane } from "./pane";
import { Resting } from "./resting";
import type { Series } from "./series";

export class LinkedPair {
  private readonly panes: readonly [Pane, Pane];
  private readonly drawings: Drawings;
  private readonly resting: Resting;
  /** The image that keys step through; the other follows. */
  private lead: Pane;
  private view: View | null = null;
  private shown: CaseImages | null = null;
  private ahead: CaseImages | null = null;
  private arriving: Promise<unknown> = Promise.resolve();

  /** `onPoint` is told the patient position of each click on an image. */
  constructor(
    private readonly parent: HTMLElement,
    onPoint?: (point: Vec3) => void,
  ) {
    this.panes = [new Pane("T1", parent), new Pane("T2", parent)];
    this.lead = this.panes[0];
    this.drawings = new Drawings(this.panes);
    this.resting = new Resting(this.panes);
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
    this.drawings.change({ map: null, ruler: null, pointer: null, focus, levels });
    const both = await shown.series;
    const points = levels.map(({ point_mm }) => point_mm);
    const disc = this.drawings.focusPoint;
    const start = disc ?? meanPoint(points) ?? middleOf(both[0].planes);
    const first = both.map(({ planes }) => nearestSlice(planes, start).index) as [number, number];
    await Promise.all(both.map((series, i) => series.load(first[i] as number).catch(() => undefined)));
    this.panes.forEach((pane, i) => {
      pane.take(both[i] as Series, first[i] as number, points);
    });
    this.reset();
    if (disc) this.lookAt(disc);
    this.drawings.refresh();
    for (const pane of this.panes) pane.paint();
    void this.resting.call();
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
    this.resting.forget();
    return this.shown;
  }

  async whole(): Promise<void> {
    await this.arriving;
  }

  setMap(map: ModicMap | null): void {
    this.drawings.change({ map });
  }

  setMapLook(mapVisible: boolean, opacity: number, types: ReadonlySet<ModicType>): void {
    this.drawings.change({ mapVisible, opacity, types });
  }

  setLevels(levels: readonly LevelPoint[]): void {
    this.drawings.change({ levels });
  }

  setMarks(marks: readonly Vec3[]): void {
    this.drawings.change({ marks });
  }

  /** Marks a half; goes to its disc's slice, and moves the view if the disc is out of sight. */
  focusOn(focus: Site, jump: boolean): void {
    this.drawings.change({ focus });
    const point = jump ? this.drawings.focusPoint : undefined;
    if (point) this.lookAt(point);
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
    const { shown, focusPoint } = this.drawings;
    const centre = focusPoint ?? this.view?.centre;
    this.drawings.change({ ruler: shown.ruler || !plane || !centre ? null : ruleAt(plane, centre) });
  }

  moveRuler(acrossMm: number, downMm: number, endOnly: boolean): void {
    const { plane } = this.panes[0];
    const { ruler } = this.drawings.shown;
    if (ruler && plane) this.drawings.change({ ruler: movedRuler(ruler, plane, acrossMm, downMm, endOnly) });
  }

  /** Shows or hides where each slice cuts the other image. */
  toggleLines(): void {
    this.drawings.change({ lines: !this.drawings.shown.lines });
  }

  /** Shows a place on both images, moved by (across, down) mm on T1's slice; without one, from the middle. */
  movePlace(acrossMm: number, downMm: number): Vec3 | null {
    const { plane } = this.panes[0];
    if (!plane || !this.view) return null;
    const from = dropOnto(plane, this.drawings.shown.pointer?.at ?? this.view.centre);
    return this.showPlace(movedBy(from, plane, acrossMm, downMm));
  }

  showPlace(at: Vec3): Vec3 {
    this.lookAt(at);
    this.drawings.change({ pointer: { pane: null, at } });
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
    const points = this.drawings.shown.levels.map(({ point_mm }) => point_mm);
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
    this.drawings.refresh();
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
    if (!this.drawings.shown.ruler) return false;
    this.drawings.change({ ruler: { from, to } });
    return true;
  }

  /** Shows the place under the pointer on the other image. */
  private pointAt(pane: Pane, at: Vec3 | null): void {
    this.drawings.change({ pointer: at && { pane, at } });
  }
}
