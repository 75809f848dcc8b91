/** Asks for the password over the case when the session has ended. What was entered stays as it is beneath. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Session } from "./session";

export function SignInAgain({ session, reader }: { session: Session; reader: string }) {
  const password = useRef<HTMLInputElement>(null);
  const ended = session.ended.value;
  useLayoutEffect(() => {
    if (ended) password.current?.focus();
  }, [ended]);
  if (!ended) return null;
  return (
    <form
      class="sign-in-again"
      aria-label="Sign in again"
      onSubmit={(event) => {
        event.preventDefault();
        const field = password.current;
        if (!field) return;
        void session.answer(field.value);
        field.value = "";
        field.focus();
      }}
    >
      <h2>Your session has ended</h2>
      <p>Nothing you entered is lost. Give your password to go on with this case.</p>
      <label>
        Name
        <input type="text" name="username" autocomplete="username" value={reader} readOnly />
      </label>
      <label>
        Password
        <input ref={password} type="password" name="password" autocomplete="current-password" required />
      </label>
      <p class="sign-in-problem" role="alert">
        {session.problem.value}
      </p>
      <button type="submit" class="submit" disabled={session.busy.value}>
        {session.busy.value ? "Signing in…" : "Go on"}
      </button>
    </form>
  );
}
