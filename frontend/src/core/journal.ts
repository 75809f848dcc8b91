/** What this machine keeps of input that the server does not have yet, and what becomes of it later. */

import type { Input, ReportKind, StoredDraft } from "../contract/reader";
import { sameInput } from "./answers";

/** Input for one read since the server last confirmed a version of it. Nothing of the case or of a model. */
export interface Pending {
  lease: string;
  version: number;
  /** Every state of the form since then, oldest first; the last one is what the reader sees. */
  states: Input[];
  /** When the last of them was entered, by this machine's clock, ISO 8601. */
  enteredAt: string;
}

export interface Entry extends Pending {
  enrolment: string;
  read: string;
  draftUrl: string;
}

/** A report to the coordinator that was begun and has not been sent. */
export interface BegunReport {
  enrolment: string;
  read: string;
  reportsUrl: string;
  kind: ReportKind;
  text: string;
  /** Sent along, so that the same report counts once however often it is sent. */
  idempotencyKey: string;
  enteredAt: string;
}

/** Earlier states are only needed to recognise an own draft; so many are enough. */
const MAX_STATES = 60;

export const withState = (states: Input[], next: Input): Input[] => [...states, next].slice(-MAX_STATES);

/** What the reader last entered. */
export const lastOf = ({ states }: Pending): Input => states.at(-1) ?? { answers: [], comment: "" };

/**
 * Whether pending input goes on from what the server holds: nobody saved since, or what is stored is one of
 * our own states whose answer got lost.
 */
export const goesOnFrom = (pending: Pending, stored: Omit<StoredDraft, "lease">): boolean =>
  pending.version === stored.version ||
  (pending.version < stored.version && pending.states.some((state) => sameInput(state, stored)));
