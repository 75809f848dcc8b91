/** Signing in without leaving the page, by the sign-in form that every page uses. */

import { csrfToken, send } from "./client";
import type { JournalKeys, ReadingConfig } from "./reader";

export type SignedIn = { kind: "signed-in" } | { kind: "refused"; message: string };

const refused = (message: string): SignedIn => ({ kind: "refused", message });

/** The id of the journal key in use names the person who is signed in, without naming them. */
export const personOf = async (config: ReadingConfig): Promise<string[]> =>
  (await send<JournalKeys>("GET", config.journal_keys_url)).keys.map(({ id }) => id);

/** Signs `config.reader` in and nobody else: true only if the session is then theirs. */
export async function signInAs(config: ReadingConfig, person: string, password: string): Promise<SignedIn> {
  try {
    const response = await fetch(config.sign_in_url, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual",
      headers: { "X-CSRFToken": csrfToken() },
      body: new URLSearchParams({ username: config.reader, password }),
    });
    if (response.status === 401) return refused("This is not the password. Try again.");
    if (response.status === 429) return refused("Too many attempts. Wait a few minutes, then try again.");
    if (response.type !== "opaqueredirect")
      return refused("Signing in did not work here. Sign in in another tab, then try again.");
    if ((await personOf(config)).includes(person)) return { kind: "signed-in" };
    return refused(
      "Somebody else is signed in in this browser. Sign them out in another tab, then try again.",
    );
  } catch {
    return refused("The server cannot be reached. Your answers are kept; try again.");
  }
}
