/** The reader's signed-in session. When it ends, the password is asked for over the case, and nothing reloads. */

import { type Signal, signal } from "@preact/signals";
import { type Client, type Method, RefusedError } from "../contract/client";

/** What became of a password: signed in, or a sentence that says why not. */
export type SignInOutcome = { kind: "signed-in" } | { kind: "refused"; message: string };

export interface SessionPorts {
  client: Client;
  signIn(password: string): Promise<SignInOutcome>;
}

/** A client that waits, where the session has ended, until the same reader is signed in again. */
export class Session implements Client {
  /** True while the password is asked for. */
  readonly ended: Signal<boolean> = signal(false);
  readonly busy: Signal<boolean> = signal(false);
  readonly problem: Signal<string> = signal("");

  private waiting: (() => void)[] = [];

  constructor(private readonly ports: SessionPorts) {}

  async send<T>(method: Method, url: string, body?: unknown, options?: { keepalive?: boolean }): Promise<T> {
    for (;;) {
      try {
        return await this.ports.client.send<T>(method, url, body, options);
      } catch (error) {
        if (!(error instanceof RefusedError) || error.body.code !== "signed-out") throw error;
        await this.signedInAgain();
      }
    }
  }

  /** Tries a password; requests that waited go on after the right one. */
  async answer(password: string): Promise<void> {
    this.busy.value = true;
    const outcome = await this.ports.signIn(password);
    this.busy.value = false;
    if (outcome.kind === "refused") {
      this.problem.value = outcome.message;
      return;
    }
    this.problem.value = "";
    this.ended.value = false;
    const waiting = this.waiting;
    this.waiting = [];
    for (const goOn of waiting) goOn();
  }

  private signedInAgain(): Promise<void> {
    this.ended.value = true;
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }
}
