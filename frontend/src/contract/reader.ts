/**
 * What the server and the reading room say to each other, named for the rooms that use it.
 *
 * The shapes are generated from the server's OpenAPI document (`npm run contract`). Only coordinates are
 * narrowed here, to the tuples they are. Millimetres are patient coordinates (LPS).
 */

import type { components } from "./openapi";

type Layout = components["schemas"]["LayoutEnum"];
type Orientation = components["schemas"]["OrientationEnum"];

export type Schemas = components["schemas"];

export type Level = Schemas["LevelEnum"];
export type Half = Schemas["HalfEnum"];
export type GradeValue = Schemas["ModicTypeEnum"];
export type NotGradable = Schemas["NotGradableEnum"];
export type Arm = Schemas["ArmEnum"];
export type Site = Schemas["Site"];
export type GradeChoice = Schemas["GradeChoice"];
export type SeriesImages = Schemas["SeriesImages"];
export type ImagePair = Schemas["ImagePair"];
export type Answer = Schemas["Answer"];
export type Confidence = Schemas["ConfidenceEnum"];
/** What a reader enters for one case. */
export interface Input {
  answers: Answer[];
  comment: string;
}
export type Display = Omit<Schemas["BeatRequest"], "lease" | "active_ms" | "leaving">;
export type ReportRequest = Schemas["ReportRequest"];
export type Reports = Schemas["Reports"];
export type ReportKind = Schemas["ReportKind"]["value"];
export type DraftRequest = Schemas["DraftRequest"];
export type DraftSaved = Schemas["DraftSaved"];
export type SubmitRequest = Schemas["SubmitRequest"];
/** What the server holds when it refuses a stale draft; `lease` lets this window go on from there. */
export type StoredDraft = Schemas["Current"];
/** Every refusal carries a sentence that says what to do. */
export type Refusal = Schemas["Conflict"] & Schemas["Gaps"] & Schemas["WashoutRefusal"] & Schemas["Gate"];

export type JournalKey = Schemas["JournalKey"];
export type JournalKeys = Schemas["JournalKeys"];

export type PointMm = readonly [x: number, y: number, z: number];
export type LevelPoint = Omit<Schemas["LevelPoint"], "point_mm"> & { point_mm: PointMm };
export type Read = Omit<Schemas["Read"], "levels"> & { levels: LevelPoint[] };
export type NextCase =
  | { status: Schemas["NextReading"]["status"]; read: Read }
  | Schemas["NextWaiting"]
  | Schemas["NextRecall"]
  | Schemas["NextComplete"]
  | Schemas["NextElsewhere"]
  | Schemas["NextGate"];
export type NextRequest = Schemas["NextRequestRequest"];

/** The answer to a submission: what comes next is open already; null where something is asked of the reader first. */
export type Submitted = Omit<Schemas["Submitted"], "next"> & { next: NextCase | null };
/** Images of the case after this one, if they may be sent ahead. */
export type Ahead = Schemas["Ahead"];

export interface TypePictures {
  t1: string;
  t2: string;
}

/** Handed over in the page itself. */
export interface ReadingConfig {
  enrolment: string;
  next_url: string;
  ahead_url: string;
  home_url: string;
  /** Synthetic pictures of the grades, type 0 first. */
  pictures?: readonly TypePictures[];
  /** How T1 and T2 lie by the protocol, or null; and as this reader chose for a display of each shape. */
  layout?: Layout | null;
  layouts?: Partial<Record<Orientation, Layout>>;
  layout_url?: string;
  /** The user name of whoever opened the page: nobody else goes on in it. */
  reader: string;
  /** Who that is, as the id of their journal key. */
  person: string;
  sign_in_url: string;
  journal_keys_url: string;
  /** What is said of a room in which nothing is kept: practice, or a preview. */
  rehearsal?: string;
  /** What is said beside a map instead of that a model made it. */
  map_note?: string;
  /** Words of the link home where it leads elsewhere than to the reader's own page. */
  home_label?: string;
}
