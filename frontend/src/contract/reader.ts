/** What the server and the reading room say to each other. Millimetres are patient coordinates (LPS). */

export type Level = "L1" | "L2" | "L3" | "L4" | "L5" | "S1";
export type Half = "upper" | "lower";
export type GradeValue = 0 | 1 | 2 | 3;
export type Arm = "unaided" | "assisted";
export type PointMm = readonly [x: number, y: number, z: number];

export interface Site {
  level: Level;
  half: Half;
}

export interface GradeChoice {
  value: GradeValue;
  label: string;
}

export interface Reason {
  value: string;
  label: string;
}

export interface LevelPoint {
  level: Level;
  point_mm: PointMm;
}

/** One series: frames ordered by position from the patient's left to right, one metadata object per frame. */
export interface SeriesImages {
  metadata_url: string;
  frame_urls: string[];
  description: string;
}

export interface ImagePair {
  t1: SeriesImages;
  t2: SeriesImages;
}

export interface Answer extends Site {
  grade: GradeValue | null;
  not_gradable: string | null;
  in_bulk: boolean;
}

export interface Period {
  number: number;
  name: string;
  arm: Arm;
}

export interface Read {
  id: string;
  state: string;
  version: number;
  period: Period;
  position: number;
  total: number;
  synthetic: boolean;
  sites: Site[];
  grades: GradeChoice[];
  not_gradable_reasons: Reason[];
  levels: LevelPoint[];
  images: ImagePair;
  map_url: string | null;
  answers: Answer[];
  lease: string;
  draft_url: string;
  submit_url: string;
}

export type NextCase =
  | { status: "reading"; read: Read }
  | { status: "waiting"; opens_at: string; message: string }
  | { status: "complete"; message: string };

export interface DraftRequest {
  lease: string;
  version: number;
  answers: Answer[];
}

export interface DraftSaved {
  version: number;
}

export interface SubmitRequest extends DraftRequest {
  idempotency_key: string;
}

/** What the server holds when it refuses a stale draft; `lease` lets this window go on from there. */
export interface StoredDraft {
  version: number;
  answers: Answer[];
  lease: string;
}

/** Every refusal carries a sentence that says what to do. */
export interface Refusal {
  detail: string;
  code?: string;
  opens_at?: string;
  gaps?: Site[];
  current?: StoredDraft;
}

export interface ReadingConfig {
  enrolment: string;
  next_url: string;
  home_url: string;
}
