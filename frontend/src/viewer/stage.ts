/** The canvas an image is shown on. Greys are computed here, not by a graphics driver: the same on every machine. */

import { type Frame, paintGrey } from "../core/grey";
import type { Affine } from "../core/modicmap";
import type { GreyWindow } from "../core/window";

/** Matches a canvas to its box and the screen's pixel ratio; drawing is then in CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): void {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("This browser cannot draw images.");
  return context;
}

export class Stage {
  readonly canvas = document.createElement("canvas");
  private readonly context = contextOf(this.canvas);
  private readonly native = document.createElement("canvas");
  private readonly nativeContext = contextOf(this.native);
  private buffer: ImageData | null = null;
  private painted: { frame: Frame; grey: GreyWindow; inverted: boolean } | null = null;

  constructor() {
    this.canvas.className = "pane-stage";
    this.canvas.setAttribute("aria-hidden", "true");
  }

  /** Shows `frame` under a window, its pixel centres where `toCanvas` takes whole pixel coordinates. */
  draw(frame: Frame, grey: GreyWindow, inverted: boolean, toCanvas: Affine): void {
    this.paint(frame, grey, inverted);
    const { context, canvas } = this;
    fitCanvas(canvas, context);
    context.fillStyle = "#000000";
    context.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    context.transform(...toCanvas);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "medium";
    context.drawImage(this.native, -0.5, -0.5);
  }

  /** The frame in grey at its own size, kept while nothing about it changes. */
  private paint(frame: Frame, grey: GreyWindow, inverted: boolean): void {
    const before = this.painted;
    if (before?.frame === frame && before.grey === grey && before.inverted === inverted) return;
    const { columns, rows } = frame;
    if (this.buffer?.width !== columns || this.buffer.height !== rows) {
      this.native.width = columns;
      this.native.height = rows;
      this.buffer = new ImageData(columns, rows);
    }
    paintGrey(frame, grey, inverted, new Uint32Array(this.buffer.data.buffer));
    this.nativeContext.putImageData(this.buffer, 0, 0);
    this.painted = { frame, grey, inverted };
  }
}
