/** The Modic map of an assisted read: whether there is one, whether it is shown, and how strongly. */

import { type Signal, signal } from "@preact/signals";
import type { ModicMap, ModicType } from "../contract/map";
import { DEFAULT_OPACITY, MODIC_TYPES } from "../core/modicmap";
import type { ImageDesk } from "./desk";

export class MapLook {
  readonly data: Signal<ModicMap | null> = signal(null);
  readonly visible: Signal<boolean> = signal(true);
  readonly opacity: Signal<number> = signal(DEFAULT_OPACITY);

  /** The types that are drawn. */
  readonly types: Signal<ReadonlySet<ModicType>> = signal(new Set(MODIC_TYPES));

  private held = false;

  constructor(private readonly desk: Pick<ImageDesk, "setMap" | "setMapLook">) {}

  /** A case's map, or null where there is none. A new map is shown. */
  receive(map: ModicMap | null): void {
    this.data.value = map;
    this.desk.setMap(map);
    this.types.value = new Set(MODIC_TYPES);
    if (map) this.show(true);
  }

  show(visible: boolean): void {
    this.visible.value = visible;
    this.tell();
  }

  /** Hides a shown map until `release`. */
  hold(): void {
    if (!this.visible.value) return;
    this.held = true;
    this.show(false);
  }

  release(): void {
    if (this.held) this.show(true);
    this.held = false;
  }

  setOpacity(opacity: number): void {
    this.opacity.value = Math.min(1, Math.max(0, Math.round(opacity * 20) / 20));
    this.tell();
  }

  setType(type: ModicType, drawn: boolean): void {
    const types = new Set(this.types.value);
    if (drawn) types.add(type);
    else types.delete(type);
    this.types.value = types;
    this.tell();
  }

  private tell(): void {
    this.desk.setMapLook(this.visible.value, this.opacity.value, this.types.value);
  }
}
