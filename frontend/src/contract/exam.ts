/** What the coordinator's pages hand to the viewer. */

import type { ImagePair, Level, LevelPoint, PointMm } from "./reader";

export interface ExamConfig {
  images: ImagePair;
  map_url: string | null;
  levels: LevelPoint[];
}

/** The release page: names to confirm. `bodies` are found vertebral bodies, head to foot, if there are any. */
export interface LevelsConfig {
  images: ImagePair;
  levels: LevelPoint[];
  bodies: { body: number; point_mm: PointMm }[];
}

/** What the page's form sends back: one entry per named level. */
export interface NamedLevel {
  level: Level;
  body: number | null;
  point_mm: PointMm;
}
