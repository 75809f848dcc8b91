/** The Modic map and its endplate labels as the server sends them, in assisted reads and to coordinators. */

import type { GradeValue, Half, Level } from "./reader";

export type ModicType = 1 | 2 | 3;

/** A closed polygon on pixel edges: [column, row] with pixel centres at whole numbers. */
export type Ring = readonly (readonly [column: number, row: number])[];

export interface MapRegion {
  type: ModicType;
  /** Filled by the even-odd rule, so that holes are rings too. */
  rings: Ring[];
}

export interface MapSlice {
  /** Index of the T1 frame this slice belongs to. */
  instance: number;
  regions: MapRegion[];
}

export interface EndplateLabel {
  level: Level;
  half: Half;
  types: ModicType[];
  suggestion: GradeValue;
  secondary: ModicType | null;
  volume_mm3: Record<string, number>;
  fraction: number;
  largest_diameter_mm: number;
  probability: number;
}

export interface ModicMap {
  slices: MapSlice[];
  labels: EndplateLabel[];
  sha256: string;
  model: Record<string, string>;
}
