/** What lies over both images: names, the half in focus, the map, the ruler, and where the one image cuts the other. */

import type { ModicMap, ModicType } from "../contract/map";
import type { LevelPoint, Site } from "../contract/reader";
import type { Vec3 } from "../core/geometry";
import { discPoint } from "../core/ladder";
import type { Ruler } from "../core/ruler";
import type { Pane } from "./pane";

interface Over {
  levels: readonly LevelPoint[];
  focus: Site | null;
  marks: readonly Vec3[];
  map: ModicMap | null;
  mapVisible: boolean;
  opacity: number;
  types: ReadonlySet<ModicType>;
  ruler: Ruler | null;
  /** A place shown on both images, or on the other one where a pointer is on `pane`. */
  pointer: { pane: Pane | null; at: Vec3 } | null;
  /** Whether each image shows where the other's slice cuts it. */
  lines: boolean;
}

export class Drawings {
  private over: Over = {
    levels: [],
    focus: null,
    marks: [],
    map: null,
    mapVisible: true,
    opacity: 0,
    types: new Set(),
    ruler: null,
    pointer: null,
    lines: true,
  };

  constructor(private readonly panes: readonly [Pane, Pane]) {}

  get shown(): Readonly<Over> {
    return this.over;
  }

  /** The disc of the half in focus, where it is named. */
  get focusPoint(): Vec3 | undefined {
    const { focus, levels } = this.over;
    return focus ? discPoint(focus, levels) : undefined;
  }

  /** Changes some of it, and draws. */
  change(some: Partial<Over>): void {
    this.over = { ...this.over, ...some };
    this.refresh();
  }

  /** Draws what there is. */
  refresh(): void {
    const { levels, focus, marks, map, mapVisible, opacity, types, ruler, pointer, lines } = this.over;
    const [left, right] = this.panes;
    const layer = map && { map, t1: left.planes, opacity, types, visible: mapVisible };
    for (const pane of this.panes) {
      pane.draw({
        levels,
        focus,
        marks,
        layer,
        ruler,
        pointer: pointer && pointer.pane !== pane ? pointer.at : null,
        other: () => (lines ? (pane === left ? right : left).plane : null),
      });
    }
  }
}
