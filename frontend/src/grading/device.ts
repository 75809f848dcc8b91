/** The name by which the server tells this browser from another device; it says nothing else. */

import { randomUuid } from "../core/identity";

const NAME = "reading device";

/** This browser's own id, the same until its storage is cleared; a fresh one where it keeps nothing. */
export function deviceId(store: Pick<Storage, "getItem" | "setItem">): string {
  try {
    const held = store.getItem(NAME) ?? randomUuid();
    store.setItem(NAME, held);
    return held;
  } catch {
    return randomUuid();
  }
}
