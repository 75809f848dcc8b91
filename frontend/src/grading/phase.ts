/** What the room is about just now, and what the server's answers make of it. */

import { RefusedError } from "../contract/client";
import type { NextCase } from "../contract/reader";

export interface RecallChoice {
  value: number;
  label: string;
}

/** Where the study is read instead; nothing more is known of a device that has just taken the case over. */
export type OtherDevice = { where: string; since: string } | "took over";

/** What is to be done before the next case: the rule's name, and the page where it is done. */
export interface Gate {
  code: string;
  url: string;
}

export type Phase =
  | { kind: "loading" }
  | { kind: "reading" }
  | { kind: "submitting" }
  | { kind: "waiting"; opensAt: string; message: string }
  | { kind: "complete"; message: string }
  | {
      kind: "recall";
      message: string;
      choices: readonly RecallChoice[];
      chosen: number | null;
      answerUrl: string;
    }
  | { kind: "elsewhere"; device?: OtherDevice }
  | { kind: "gate"; message: string; gate: Gate }
  | { kind: "stopped"; message: string };

/** The phase that an answer without a case begins. */
export function phaseOf(next: Exclude<NextCase, { status: "reading" }>): Phase {
  if (next.status === "elsewhere") return { kind: "elsewhere", device: next };
  const { message } = next;
  if (next.status === "gate") return { kind: "gate", message, gate: { code: next.code, url: next.url } };
  if (next.status === "waiting") return { kind: "waiting", opensAt: next.opens_at, message };
  if (next.status === "complete") return { kind: "complete", message };
  return { kind: "recall", message, choices: next.choices, chosen: null, answerUrl: next.answer_url };
}

/** The phase that a failure begins; a refusal may name the page that lifts it. */
export function phaseAfter(error: unknown): Phase {
  const message = sentenceOf(error);
  const { url, code = "" } = error instanceof RefusedError ? error.body : {};
  return url ? { kind: "gate", message, gate: { code, url } } : { kind: "stopped", message };
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong. Reload the page.";
}
