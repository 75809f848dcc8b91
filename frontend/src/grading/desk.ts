/** What the grading room asks of the images, without knowing how they are drawn. */

import type { ModicMap, ModicType } from "../contract/map";
import type { Layout } from "../core/layout";
import type { ImagePair, LevelPoint, Site } from "../contract/reader";

export interface Shown {
  images: ImagePair;
  levels: readonly LevelPoint[];
  focus: Site | null;
  /** Whether it is the case that is on the screen already, read once more. */
  sameCase: boolean;
}

export interface ImageDesk {
  /** Resolves when both images are drawn, on the slice of the half in focus. */
  show(shown: Shown): Promise<void>;
  /** Resolves when every image of the shown case is here. */
  whole(): Promise<void>;
  /** Fetches the images of the case that comes next. */
  prepare(images: ImagePair): Promise<void>;
  setMap(map: ModicMap | null): void;
  setMapLook(visible: boolean, opacity: number, types: ReadonlySet<ModicType>): void;
  /** Lays T1 and T2 out; `front` is the one shown where it is one at a time. */
  arrange(layout: Layout, front: 0 | 1): void;
  focusOn(site: Site, jump: boolean): void;
  step(steps: number): void;
  goToEnd(last: boolean): void;
  zoom(factor: number): void;
  reset(): void;
  wholeImage(): void;
  invert(): void;
  /** Wider (factor above 1) or narrower windows. */
  widen(factor: number): void;
  /** Puts the ruler on the images, or away. */
  toggleRuler(): void;
  /** Shows or hides where each slice cuts the other image. */
  toggleLines(): void;
  moveRuler(acrossMm: number, downMm: number, endOnly: boolean): void;
}
