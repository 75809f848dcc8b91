/** Brings Cornerstone in, in whose viewports pictures come to rest, once the first of them is on the screen. */

import type { Pane } from "./pane";

const GRAPHICS_LOST =
  "The graphics were lost. Images are drawn without them; your answers are safe. Read on.";

export class Resting {
  private called = false;
  private forgetImages: () => void = () => undefined;

  constructor(private readonly panes: readonly Pane[]) {}

  /** Without WebGL 2 the canvas stays; where the scripts can't be fetched it stays until the next call. */
  async call(): Promise<void> {
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
    this.forgetImages = forgetImages;
    const lost = (): void => {
      for (const pane of this.panes) pane.standAlone(GRAPHICS_LOST);
    };
    for (const pane of this.panes) pane.settleIn((element, name) => new Viewport(element, name, lost));
  }

  /** Lets go of the images of a case that is closed. */
  forget(): void {
    this.forgetImages();
  }
}
