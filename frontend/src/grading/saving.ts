/** What this window tells the server of the read that is open: drafts as they come, and the submission. */

import { type Signal, signal } from "@preact/signals";
import { type Client, RefusedError } from "../contract/client";
import type { Answer, NextCase, Read, Site, SubmitRequest, Submitted } from "../contract/reader";
import { Autosave, type SaveState } from "../core/autosave";
import { randomUuid } from "../core/identity";
import { storeDraft } from "./draft";

/** What became of a submission; `halted` is told by the state of saving. */
export type SubmitOutcome =
  | { kind: "handed-in"; next: NextCase | null }
  | { kind: "gaps"; gaps: readonly Site[] }
  | { kind: "halted" }
  | { kind: "unreachable"; message: string };

interface OpenRead {
  read: Read;
  autosave: Autosave;
  submission: SubmitRequest | null;
}

export class Saving {
  readonly state: Signal<SaveState> = signal({ kind: "idle" });

  private open: OpenRead | null = null;

  constructor(private readonly client: Client) {}

  get unsaved(): Answer[] | null {
    return this.open?.autosave.unsaved ?? null;
  }

  /** From now on input belongs to this read. */
  begin(read: Read): void {
    const autosave = new Autosave(
      {
        store: (draft) => storeDraft(this.client, read.draft_url, draft),
        report: (state) => {
          if (this.open?.autosave === autosave) this.state.value = state;
        },
        later: (callback, milliseconds) => {
          const timer = setTimeout(callback, milliseconds);
          return () => clearTimeout(timer);
        },
      },
      { lease: read.lease, version: read.version },
    );
    this.open = { read, autosave, submission: null };
    this.state.value = { kind: "idle" };
  }

  /** The same read opened again while `answers` were still to be stored: they are, or the reader decides. */
  beginAgain(read: Read, answers: Answer[]): void {
    const before = this.open?.autosave;
    this.begin(read);
    const theirs = { version: read.version, answers: read.answers, lease: read.lease };
    if (before?.held.version === read.version || before?.sentAs(theirs)) this.note(answers);
    else {
      const message = "This case was saved elsewhere since. Your input is still here.";
      this.open?.autosave.halt({ kind: "conflict", message, theirs });
    }
  }

  end(): void {
    this.open = null;
    this.state.value = { kind: "idle" };
  }

  note(answers: Answer[]): void {
    this.open?.autosave.note(answers);
  }

  /** Sends unsaved input while the page goes away. */
  flush(): void {
    this.open?.autosave.flush();
  }

  /** Hands the read in. Whatever fails, autosaving goes on where it may. */
  async submit(answers: Answer[]): Promise<SubmitOutcome> {
    const { autosave, read } = this.open as OpenRead;
    await autosave.pause();
    try {
      const submission = this.submission(answers);
      const { next } = await this.client.send<Submitted>("POST", read.submit_url, submission);
      return { kind: "handed-in", next };
    } catch (error) {
      const current = error instanceof RefusedError ? error.body.current : undefined;
      if (current && autosave.adopt(current)) return this.submit(answers);
      const outcome = this.failed(error, autosave);
      autosave.resume();
      return outcome;
    }
  }

  /** After a conflict: what is on this screen counts. */
  keepOurs(answers: Answer[]): void {
    if (this.state.value.kind === "conflict") {
      this.open?.autosave.keepOurs(this.state.value.theirs, answers);
    }
  }

  /** After a conflict: what the server holds counts; null where there is none. */
  takeTheirs(): Answer[] | null {
    if (this.state.value.kind !== "conflict") return null;
    const { theirs } = this.state.value;
    this.open?.autosave.takeTheirs(theirs);
    return theirs.answers;
  }

  private failed(error: unknown, autosave: Autosave): SubmitOutcome {
    if (!(error instanceof RefusedError)) {
      const message = error instanceof Error ? error.message : "Something went wrong.";
      return { kind: "unreachable", message: `${message} Your answers are still here.` };
    }
    const { gaps, current, detail } = error.body;
    if (gaps?.length) return { kind: "gaps", gaps };
    if (current) autosave.halt({ kind: "conflict", message: detail, theirs: current });
    else autosave.halt({ kind: "refused", message: error.message });
    return { kind: "halted" };
  }

  /** The same answers keep their key, so that a repeated submission counts once. */
  private submission(answers: Answer[]): SubmitRequest {
    const open = this.open as OpenRead;
    const { lease, version } = open.autosave.held;
    const before = open.submission;
    const same = JSON.stringify([before?.lease, before?.version, before?.answers]);
    if (before && same === JSON.stringify([lease, version, answers])) return before;
    open.submission = { lease, version, idempotency_key: randomUuid(), answers };
    return open.submission;
  }
}
