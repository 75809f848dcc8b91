/** How the AI's output comes to the reader in this read: at once or when asked for, as a map or as labels. */

import type { Signal } from "@preact/signals";
import type { Client } from "../contract/client";
import type { ModicMap } from "../contract/map";
import type { Read } from "../contract/reader";
import type { MapLook } from "./mapLook";

export class Aid {
  /** `refused` is told, as a sentence, why a map that was asked for did not come. */
  constructor(
    private readonly client: Client,
    private readonly read: Signal<Read | null>,
    private readonly map: MapLook,
    private readonly refused: (error: unknown) => void,
  ) {}

  /** Whether the map appears only when asked for, each time kept by the server. */
  get onDemand(): boolean {
    return typeof this.read.value?.reveal_url === "string";
  }

  /** Whether contours are shown; where not, a map is its labels beside the halves alone. */
  get drawsMap(): boolean {
    return this.read.value?.shows?.includes("map") ?? true;
  }

  /** Whether the keys of the map do anything. */
  get offersMap(): boolean {
    return this.onDemand || (this.map.data.value !== null && this.drawsMap);
  }

  /** Asks for the map on demand, or puts it away; in other reads shows or hides the map that is there. */
  async toggle(): Promise<void> {
    const url = this.read.value?.reveal_url;
    if (!url) this.map.show(!this.map.visible.value);
    else if (this.map.data.value) this.map.receive(null);
    else await this.reveal(url);
  }

  private async reveal(url: string): Promise<void> {
    const asked = this.read.value?.id;
    try {
      const map = await this.client.send<ModicMap>("POST", url, {});
      if (this.read.value?.id === asked) this.map.receive(map);
    } catch (error) {
      this.refused(error);
    }
  }
}
