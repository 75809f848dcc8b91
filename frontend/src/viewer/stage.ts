/** A plain canvas that shows a slice at once: before Cornerstone is there, while a hand moves, and without WebGL. */

import type { Size } from "../core/camera";
import { type Frame, paintGrey } from "../core/grey";
import type { Affine } from "../core/modicmap";
import type { GreyWindow } from "../core/window";

/** A box of CSS pixels in pixels of the screen, which are whole. */
export const onScreen = ({ width, height }: Size): Size => ({
  width: Math.round(width * window.devicePixelRatio),
  height: Math.round(height * window.devicePixelRatio),
});

/** Matches a canvas to its box and the screen's pixel ratio; drawing is then in CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, size: Size): void {
  const { width, height } = onScreen(size);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(window.devicePixelRatio, 0, 0, window.devicePixelRatio, 0, 0);
}

export class Stage {
  readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d", { alpha: false });
  private picture: ImageData | null = null;

  constructor() {
    this.canvas.className = "pane-stage";
    this.canvas.setAttribute("aria-hidden", "true");
  }

  /** Shows `frame` in a box under a window; the affine takes pixel coordinates (centres whole) to screen pixels. */
  draw(frame: Frame, grey: GreyWindow, inverted: boolean, [a, , , d, e, f]: Affine, size: Size): void {
    const { context, canvas } = this;
    if (!context) return;
    fitCanvas(canvas, context, size);
    const { width, height } = canvas;
    if (width === 0 || height === 0) return;
    if (this.picture?.width !== width || this.picture.height !== height) {
      this.picture = new ImageData(width, height);
    }
    const at = {
      width,
      height,
      column: (0.5 - e) / a,
      row: (0.5 - f) / d,
      columnStep: 1 / a,
      rowStep: 1 / d,
    };
    paintGrey(frame, grey, inverted, at, new Int32Array(this.picture.data.buffer));
    context.putImageData(this.picture, 0, 0);
  }

  /** Over what lies below it, or out of its way. */
  cover(covers: boolean): void {
    this.canvas.classList.toggle("pane-stage-away", !covers);
  }
}
