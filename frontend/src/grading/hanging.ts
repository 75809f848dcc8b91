/** How T1 and T2 hang on this display: chosen by key, remembered for the reader. */

import { type Signal, signal } from "@preact/signals";
import type { Client } from "../contract/client";
import type { ReadingConfig } from "../contract/reader";
import { type Layout, nextLayout, type Orientation, openingLayout } from "../core/layout";
import type { ImageDesk } from "./desk";

export type HangingConfig = Pick<ReadingConfig, "layout" | "layouts" | "layout_url">;

export class Hanging {
  readonly layout: Signal<Layout> = signal("side");
  /** Which image is in front where one is shown at a time: 0 for T1, 1 for T2. */
  readonly front: Signal<0 | 1> = signal(0);

  private own: Partial<Record<Orientation, Layout>>;
  private shape: Orientation = "landscape";

  constructor(
    private readonly desk: Pick<ImageDesk, "arrange">,
    private readonly client: Client,
    private readonly config: HangingConfig,
  ) {
    this.own = config.layouts ?? {};
  }

  /** The window has this shape, now or from the start. */
  fit(shape: Orientation, first = false): void {
    if (!first && shape === this.shape) return;
    this.shape = shape;
    this.lay(openingLayout({ protocol: this.config.layout ?? null, own: this.own }, shape));
  }

  /** The next layout. It is remembered, except where the protocol says how every case begins. */
  cycle(): void {
    const layout = nextLayout(this.layout.value);
    this.lay(layout);
    this.own = { ...this.own, [this.shape]: layout };
    if (this.config.layout || !this.config.layout_url) return;
    this.client
      .send("PUT", this.config.layout_url, { orientation: this.shape, layout })
      .catch(() => undefined);
  }

  /** The other image, where one is shown at a time. */
  turn(): void {
    if (this.layout.value !== "single") return;
    this.front.value = this.front.value === 0 ? 1 : 0;
    this.desk.arrange("single", this.front.value);
  }

  private lay(layout: Layout): void {
    this.layout.value = layout;
    this.desk.arrange(layout, this.front.value);
  }
}
