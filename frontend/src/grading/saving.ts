/** What this window tells the server of the read that is open: drafts as they come, and the submission. */

import { type Signal, signal } from "@preact/signals";
import { type Client, RefusedError } from "../contract/client";
import type { Input, NextCase, Read, Refusal, Site, SubmitRequest, Submitted } from "../contract/reader";
import { Autosave, type SaveState, waitAfter } from "../core/autosave";
import { randomUuid } from "../core/identity";
import { inputOf } from "../core/answers";
import { goesOnFrom, lastOf, type Pending, withState } from "../core/journal";
import { keepBeside, refusedWith, storeDraft } from "./draft";
import type { Journal } from "./journal/journal";

/** What became of a submission; `halted` is told by the state of saving. */
export type SubmitOutcome =
  | { kind: "handed-in"; next: NextCase | null }
  | { kind: "gaps"; gaps: readonly Site[] }
  | { kind: "comment"; message: string }
  | { kind: "halted" }
  | { kind: "unknown" };

const UNKNOWN =
  "The server does not answer: it is not known yet whether this case is handed in. Asking again.";

interface OpenRead {
  read: Read;
  autosave: Autosave;
  submission: SubmitRequest | null;
  /** Every state of the form since the server confirmed one. */
  states: Input[];
  enteredAt: string;
}

const later = (callback: () => void, milliseconds: number): (() => void) => {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
};

export class Saving {
  readonly state: Signal<SaveState> = signal({ kind: "idle" });

  private open: OpenRead | null = null;
  private givenUp = false;
  private endWait: (() => void) | null = null;

  constructor(
    private readonly client: Client,
    private readonly journal: Journal,
    private readonly enrolment: string,
    /** Active ms since the last beat. */
    private readonly active: () => number = () => 0,
  ) {}

  /** Input of the open read that the server has not confirmed; null if there is none. */
  get pending(): Pending | null {
    if (!this.open || this.open.autosave.unsaved === null) return null;
    const { autosave, states, enteredAt } = this.open;
    return { ...autosave.held, states, enteredAt };
  }

  /** From now on input belongs to this read. */
  begin(read: Read, replaces = false): void {
    const autosave = new Autosave(
      {
        store: (draft) => storeDraft(this.client, read.draft_url, draft),
        report: (state) => this.report(autosave, state),
        later,
      },
      { lease: read.lease, version: read.version },
      replaces,
    );
    this.open = { read, autosave, submission: null, states: [], enteredAt: "" };
    this.state.value = { kind: "idle" };
  }

  /** The same read opened again while input was still to be stored: it is, or the reader decides. */
  goOn(read: Read, pending: Pending): void {
    this.begin(read);
    const open = this.open as OpenRead;
    if (goesOnFrom(pending, { ...inputOf(read), version: read.version })) {
      open.states = pending.states.slice(0, -1);
      this.note(lastOf(pending));
      return;
    }
    open.states = pending.states;
    const { version, lease } = read;
    const theirs = { ...inputOf(read), version, lease };
    const message = "This case was saved in another tab or on another device since.";
    open.autosave.halt({ kind: "conflict", message, theirs });
    void keepBeside(this.client, read.draft_url, pending);
  }

  /** The reader has settled a conflict: `ours` takes the place of what is stored, or null lets that stand. */
  settle(read: Read, ours: Input | null): void {
    this.begin(read, ours !== null);
    if (ours) this.note(ours);
    else void this.journal.drop(read.id);
  }

  end(): void {
    this.open = null;
    this.state.value = { kind: "idle" };
  }

  note(input: Input): void {
    if (!this.open) return;
    this.open.states = withState(this.open.states, input);
    this.open.enteredAt = new Date().toISOString();
    this.write(this.open);
    this.open.autosave.note(input);
  }

  /** Sends unsaved input while the page goes away. */
  flush(): void {
    this.open?.autosave.flush();
  }

  /**
   * Hands the read in, and goes on asking until it is known what became of that, or `giveUp` is called.
   * Whatever fails, autosaving goes on where it may.
   */
  async submit(input: Input): Promise<SubmitOutcome> {
    const { autosave } = this.open as OpenRead;
    this.givenUp = false;
    await autosave.pause();
    let outcome = await this.tryToSubmit(input);
    for (let failures = 0; outcome.kind === "unknown" && !this.givenUp; failures += 1) {
      this.state.value = { kind: "retrying", message: UNKNOWN };
      await this.wait(waitAfter(failures));
      if (!this.givenUp) outcome = await this.tryToSubmit(input);
    }
    if (outcome.kind !== "handed-in") autosave.resume();
    return outcome;
  }

  /** Ends the attempts to hand in. Whether the last one arrived is then not known. */
  giveUp(): void {
    this.givenUp = true;
    this.endWait?.();
  }

  private wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = later(resolve, milliseconds);
      this.endWait = () => {
        callOff();
        resolve();
      };
    });
  }

  private async tryToSubmit(input: Input): Promise<SubmitOutcome> {
    const { autosave, read } = this.open as OpenRead;
    try {
      const submission = this.submission(input);
      const { next } = await this.client.send<Submitted>("POST", read.submit_url, submission);
      void this.journal.drop(read.id);
      return { kind: "handed-in", next };
    } catch (error) {
      if (!(error instanceof RefusedError)) return { kind: "unknown" };
      const { current } = error.body;
      if (current && autosave.adopt(current)) return this.tryToSubmit(input);
      return this.refused(error.body, autosave);
    }
  }

  private write({ read, autosave, states, enteredAt }: OpenRead): void {
    void this.journal.keep({
      ...autosave.held,
      states,
      enrolment: this.enrolment,
      read: read.id,
      draftUrl: read.draft_url,
      enteredAt,
    });
  }

  private report(autosave: Autosave, state: SaveState): void {
    const { open } = this;
    if (open?.autosave !== autosave) return;
    this.state.value = state;
    const isOver = state.kind === "refused" && state.over;
    if (state.kind === "saved") open.states = [];
    if (state.kind === "saved" || isOver) void this.journal.drop(open.read.id);
  }

  private refused(body: Refusal, autosave: Autosave): SubmitOutcome {
    if (body.gaps?.length) return { kind: "gaps", gaps: body.gaps };
    if (body.code === "comment") return { kind: "comment", message: body.detail };
    if (body.current) autosave.halt({ kind: "conflict", message: body.detail, theirs: body.current });
    else autosave.halt(refusedWith(body));
    return { kind: "halted" };
  }

  /** The same answers keep their key, so that a repeated submission counts once. */
  private submission(input: Input): SubmitRequest {
    const open = this.open as OpenRead;
    const now = { ...input, ...open.autosave.held, replaces: false };
    const { idempotency_key, active_ms, ...before } = open.submission ?? {
      idempotency_key: "",
      active_ms: 0,
    };
    if (open.submission && JSON.stringify(before) === JSON.stringify(now)) return open.submission;
    open.submission = { ...now, idempotency_key: randomUuid(), active_ms: this.active() };
    return open.submission;
  }
}
