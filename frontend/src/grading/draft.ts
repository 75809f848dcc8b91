/** Storing a draft, with every answer of the server turned into one of four outcomes. */

import { type Client, RefusedError } from "../contract/client";
import type { DraftRequest, DraftSaved, Refusal } from "../contract/reader";
import type { SaveOutcome } from "../core/autosave";
import { lastOf, type Pending } from "../core/journal";

type Refused = Extract<SaveOutcome, { kind: "refused" }>;

/** The browser finishes the request even if the page goes away meanwhile. */
export async function storeDraft(client: Client, url: string, draft: DraftRequest): Promise<SaveOutcome> {
  try {
    const saved = await client.send<DraftSaved>("PUT", url, draft, { keepalive: true });
    return { kind: "saved", version: saved.version };
  } catch (error) {
    if (!(error instanceof RefusedError)) {
      return { kind: "unreachable", message: "Not saved: the server cannot be reached. Trying again." };
    }
    const { detail, current } = error.body;
    if (error.status === 409 && current) return { kind: "conflict", message: detail, theirs: current };
    return refusedWith(error.body);
  }
}

/** Sends input to a read that may not take it any more, so that the server keeps it beside the read. */
export function keepBeside(client: Client, url: string, pending: Pending): Promise<SaveOutcome> {
  const { lease, version, enteredAt } = pending;
  const draft = { ...lastOf(pending), lease, version, entered_at: enteredAt, replaces: false };
  return storeDraft(client, url, draft);
}

const OVER: ReadonlySet<string> = new Set(["submitted", "study-locked", "closed"]);

export const refusedWith = (body: Refusal): Refused => ({
  kind: "refused",
  message: body.detail,
  kept: body.kept === true,
  over: OVER.has(body.code ?? ""),
});
