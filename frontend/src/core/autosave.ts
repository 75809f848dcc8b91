/** Draft saving: debounced, one request at a time, retried while the server is away; a conflict keeps the input. */

import type { Answer, StoredDraft } from "../contract/reader";

export type SaveState =
  | { kind: "idle" }
  | { kind: "pending" }
  | { kind: "saving" }
  | { kind: "saved" }
  | { kind: "retrying"; message: string }
  | { kind: "conflict"; message: string; theirs: StoredDraft }
  | { kind: "refused"; message: string };

/** What became of one attempt to store a draft. */
export type SaveOutcome =
  | { kind: "saved"; version: number }
  | { kind: "unreachable"; message: string }
  | { kind: "conflict"; message: string; theirs: StoredDraft }
  | { kind: "refused"; message: string };

export interface AutosavePorts {
  store(version: number, answers: Answer[]): Promise<SaveOutcome>;
  report(state: SaveState): void;
  /** Calls back after a delay; returns how to call it off. */
  later(callback: () => void, milliseconds: number): () => void;
}

const DEBOUNCE_MS = 400;
const RETRY_MS: readonly number[] = [1000, 2000, 5000, 10000];

export class Autosave {
  private waiting: Answer[] | null = null;
  private running: Promise<void> | null = null;
  private callOff: (() => void) | null = null;
  private failures = 0;
  private stopped = false;

  constructor(
    private readonly ports: AutosavePorts,
    private version: number,
  ) {}

  get currentVersion(): number {
    return this.version;
  }

  /** Answers not yet with the server, or null. */
  get unsaved(): Answer[] | null {
    return this.waiting;
  }

  /** New input to be stored soon. */
  note(answers: Answer[]): void {
    this.waiting = answers;
    if (this.stopped) return;
    this.ports.report({ kind: "pending" });
    this.schedule(DEBOUNCE_MS);
  }

  /** Stops timers and waits for a request under way, so that a submission is the next thing the server sees. */
  async pause(): Promise<void> {
    this.dropTimer();
    await this.running;
    this.dropTimer();
  }

  /** After a conflict: goes on from the server's version with our answers. */
  keepOurs(version: number, answers: Answer[]): void {
    this.stopped = false;
    this.version = version;
    this.note(answers);
  }

  /** After a conflict: the server's answers stand, nothing is left to store. */
  takeTheirs(version: number): void {
    this.stopped = false;
    this.version = version;
    this.waiting = null;
    this.ports.report({ kind: "saved" });
  }

  private dropTimer(): void {
    this.callOff?.();
    this.callOff = null;
  }

  private schedule(milliseconds: number): void {
    this.dropTimer();
    this.callOff = this.ports.later(() => {
      this.callOff = null;
      this.running ??= this.save().finally(() => {
        this.running = null;
      });
    }, milliseconds);
  }

  private async save(): Promise<void> {
    const answers = this.waiting;
    if (answers === null) return;
    this.ports.report({ kind: "saving" });
    const outcome = await this.ports.store(this.version, answers);
    if (outcome.kind === "saved") {
      this.version = outcome.version;
      this.failures = 0;
      if (this.waiting === answers) {
        this.waiting = null;
        this.ports.report({ kind: "saved" });
      } else this.schedule(DEBOUNCE_MS);
    } else if (outcome.kind === "unreachable") {
      this.ports.report({ kind: "retrying", message: outcome.message });
      this.schedule(RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] as number);
      this.failures += 1;
    } else {
      this.stopped = true;
      this.ports.report(outcome);
    }
  }
}
