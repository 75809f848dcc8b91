/** Cornerstone3D's viewports, where an image comes to rest. The only module that knows its renderer; fetched late. */

import {
  cache,
  Enums,
  eventTarget,
  imageLoader,
  init,
  RenderingEngine,
  type StackViewport,
  utilities,
} from "@cornerstonejs/core";
import type { View } from "../core/camera";
import { add, dropOnto, type ImagePlane, scale, subtract, type Vec3 } from "../core/geometry";
import type { GreyWindow } from "../core/window";
import { placeExactly } from "./placement";
import type { Series } from "./series";
import { onScreen } from "./stage";

export interface Resting {
  series: Series;
  index: number;
  view: View;
  grey: GreyWindow;
  inverted: boolean;
}

let engine: RenderingEngine | null = null;

/** One engine per page. `onLost` is called when a graphics context is lost. */
function renderingEngine(onLost: () => void): RenderingEngine {
  if (engine === null) {
    init({ rendering: { webGlContextCount: 2 } } as never);
    engine = new RenderingEngine("images");
    eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_LOST, onLost);
  }
  return engine;
}

/** Drops pixels and metadata of the case before. */
export function forgetImages(): void {
  cache.purgeCache();
  utilities.genericMetadataProvider.clear();
}

export class Viewport {
  private readonly engine: RenderingEngine;
  private readonly viewport: StackViewport;
  private series: Series | null = null;
  private imageIds: string[] = [];

  constructor(
    private readonly element: HTMLDivElement,
    private readonly name: string,
    onLost: () => void,
  ) {
    this.engine = renderingEngine(onLost);
    const type = Enums.ViewportType.STACK;
    this.engine.enableElement({
      viewportId: name,
      type,
      element,
      defaultOptions: { background: [0, 0, 0] },
    });
    this.viewport = this.engine.getViewport(name) as StackViewport;
  }

  /** Shows one slice that is loaded; resolves when it is drawn. */
  async rest({ series, index, view, grey, inverted }: Resting): Promise<void> {
    this.fit();
    this.offer(series, index);
    if (this.series !== series) {
      this.series = series;
      await this.viewport.setStack(this.imageIds, index);
    } else await this.viewport.setImageIdIndex(index);
    const lowIsWhite = series.frame(index)?.lowIsWhite ?? false;
    this.viewport.setProperties({ voiRange: { ...grey }, invert: inverted !== lowIsWhite });
    this.look(series.planes[index] as ImagePlane, view);
    this.placeExactly();
    const drawn = new Promise<void>((resolve) => {
      this.element.addEventListener(Enums.Events.IMAGE_RENDERED, () => resolve(), { once: true });
    });
    this.viewport.render();
    await drawn;
    if (this.viewport.getActors().length === 0) throw new Error("Cornerstone did not take the image.");
  }

  private fit(): void {
    const { canvas } = this.viewport;
    const { width, height } = onScreen({ width: canvas.clientWidth, height: canvas.clientHeight });
    if (width !== canvas.width || height !== canvas.height) this.engine.resize(true, true);
  }

  private placeExactly(): void {
    const { width, height } = this.viewport.canvas;
    for (const { actor } of this.viewport.getActors()) placeExactly(actor.getMapper(), width, height);
  }

  /** Hands Cornerstone the slice's pixels (the same array) and its place; ids change with the case. */
  private offer(series: Series, index: number): void {
    if (this.series !== series) {
      const address = `${this.name}/${series.key}`;
      this.imageIds = series.planes.map((_, i) => `local:${address}/${i}`);
    }
    const imageId = this.imageIds[index] as string;
    const frame = series.frame(index);
    if (!frame || cache.getImage(imageId)) return;
    const { origin, along, down, columnSpacing, rowSpacing, columns, rows } = series.planes[
      index
    ] as ImagePlane;
    utilities.genericMetadataProvider.add(imageId, {
      type: Enums.MetadataModules.GENERAL_SERIES,
      metadata: { modality: "MR" },
    });
    const image = imageLoader.createAndCacheLocalImage(imageId, {
      scalarData: frame.pixels as Uint16Array,
      dimensions: [columns, rows],
      spacing: [columnSpacing, rowSpacing],
      origin: [...origin],
      direction: [...along, ...down] as never,
    });
    // Without a window of its own, an image's first one would run from high to low and show it inverted.
    image.windowWidth = Math.max(2, image.maxPixelValue - image.minPixelValue);
    image.windowCenter = image.minPixelValue + image.windowWidth / 2;
  }

  private look(plane: ImagePlane, view: View): void {
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
  }
}
