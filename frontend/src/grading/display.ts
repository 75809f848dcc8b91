/** What a case is shown on, and whether the reader can tell both ends of the grey scale apart. */

import { type Signal, signal } from "@preact/signals";
import type { Display } from "../contract/reader";

/** CSS pixels under which two series and the form don't fit side by side. */
export const LEAST = { width: 1000, height: 640 };

export class DisplayCheck {
  /** Null until the reader has said. */
  readonly patternSeen: Signal<boolean | null>;
  /** Whether the window is too small for two series and the form side by side. */
  readonly tooSmall: Signal<boolean> = signal(false);

  private graphics: Graphics | null = null;

  constructor(private readonly store: Pick<Storage, "getItem" | "setItem">) {
    const said = store.getItem("grey steps seen");
    this.patternSeen = signal(said === null ? null : said === "yes");
  }

  /** Holds until the window is closed: the display may be another one next time. */
  say(seen: boolean): void {
    this.patternSeen.value = seen;
    this.store.setItem("grey steps seen", seen ? "yes" : "no");
  }

  /** After the window has changed its size. */
  measure(): void {
    this.tooSmall.value = isTooSmall({ width: window.innerWidth, height: window.innerHeight });
  }

  get facts(): Omit<Display, "drawn_by"> {
    this.graphics ??= graphicsHere();
    return {
      ...this.graphics,
      width: window.innerWidth,
      height: window.innerHeight,
      pixel_ratio: window.devicePixelRatio,
      colour_depth: window.screen.colorDepth,
      pattern_seen: this.patternSeen.value,
    };
  }
}

type Graphics = Pick<Display, "webgl2" | "renderer">;

const LONGEST_NAME = 200;

/** Whether the browser has WebGL 2, and what it says draws it: a card, or a program that stands in for one. */
function graphicsHere(): Graphics {
  const context = document.createElement("canvas").getContext("webgl2");
  if (!context) return { webgl2: false, renderer: "" };
  const named = context.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(context.getParameter(named?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER));
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return { webgl2: true, renderer: renderer.slice(0, LONGEST_NAME) };
}

export const isTooSmall = ({ width, height }: Pick<Display, "width" | "height">): boolean =>
  width < LEAST.width || height < LEAST.height;
