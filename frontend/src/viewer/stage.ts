/** A plain canvas that shows a slice at once: before Cornerstone is there, while a hand moves, and without WebGL. */

import type { Size } from "../core/camera";
import { type Frame, paintGrey } from "../core/grey";
import type { Affine } from "../core/modicmap";
import type { GreyWindow } from "../core/window";

/** Matches a canvas to its box and the screen's pixel ratio; drawing is then in CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, size: Size): void {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

export class Stage {
  readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d", { alpha: false });
  private picture: ImageData | null = null;

  constructor() {
    this.canvas.className = "pane-stage";
    this.canvas.setAttribute("aria-hidden", "true");
  }

  /** Shows `frame` in a box under a window; the affine takes pixel coordinates (centres whole) to CSS pixels. */
  draw(frame: Frame, grey: GreyWindow, inverted: boolean, [a, , , d, e, f]: Affine, size: Size): void {
    const { context, canvas } = this;
    if (!context) return;
    fitCanvas(canvas, context, size);
    const { width, height } = canvas;
    if (width === 0 || height === 0) return;
    if (this.picture?.width !== width || this.picture.height !== height) {
      this.picture = new ImageData(width, height);
    }
    const ratio = width / Math.max(1, size.width);
    const at = {
      width,
      height,
      column: (0.5 / ratio - e) / a,
      row: (0.5 / ratio - f) / d,
      columnStep: 1 / (ratio * a),
      rowStep: 1 / (ratio * d),
    };
    paintGrey(frame, grey, inverted, at, new Int32Array(this.picture.data.buffer));
    context.putImageData(this.picture, 0, 0);
  }

  /** Over what lies below it, or out of its way. */
  cover(covers: boolean): void {
    this.canvas.classList.toggle("pane-stage-away", !covers);
  }
}
