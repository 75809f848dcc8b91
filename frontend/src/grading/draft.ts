/** Storing a draft, with every answer of the server turned into one of four outcomes. */

import { type Client, RefusedError } from "../contract/client";
import type { Answer, DraftRequest, DraftSaved, Read } from "../contract/reader";
import type { SaveOutcome } from "../core/autosave";

export async function storeDraft(
  client: Client,
  read: Pick<Read, "draft_url" | "lease">,
  version: number,
  answers: Answer[],
  options: { keepalive?: boolean } = {},
): Promise<SaveOutcome> {
  const body: DraftRequest = { lease: read.lease, version, answers };
  try {
    const saved = await client.send<DraftSaved>("PUT", read.draft_url, body, options);
    return { kind: "saved", version: saved.version };
  } catch (error) {
    if (!(error instanceof RefusedError)) {
      return { kind: "unreachable", message: "Not saved: the server cannot be reached. Trying again." };
    }
    const { detail, current } = error.body;
    if (error.status === 409 && current) return { kind: "conflict", message: detail, theirs: current };
    return { kind: "refused", message: detail };
  }
}
