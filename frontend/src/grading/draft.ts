/** Storing a draft, with every answer of the server turned into one of four outcomes. */

import { type Client, RefusedError } from "../contract/client";
import type { DraftRequest, DraftSaved } from "../contract/reader";
import type { SaveOutcome } from "../core/autosave";

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
    return { kind: "refused", message: detail };
  }
}
