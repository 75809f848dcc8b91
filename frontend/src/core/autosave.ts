/**
 * Draft saving: debounced, one request at a time, retried while the server is away; a conflict keeps the input.
 *
 * A draft whose answer got lost may be with the server all the same: what was sent is remembered until its
 * version is known, so that this window never takes its own draft for somebody else's.
 */

import type { DraftRequest, Input, StoredDraft } from "../contract/reader";
import { sameInput } from "./answers";

export type SaveState =
  | { kind: "idle" }
  | { kind: "pending" }
  | { kind: "saving" }
  | { kind: "saved" }
  | { kind: "retrying"; message: string }
  | { kind: "conflict"; message: string; theirs: StoredDraft }
  /** `over`: the read takes no more input, from anyone. `kept`: the server keeps what was sent beside it. */
  | { kind: "refused"; message: string; kept: boolean; over: boolean };

/** What became of one attempt to store a draft. */
export type SaveOutcome =
  | { kind: "saved"; version: number }
  | { kind: "unreachable"; message: string }
  | { kind: "conflict"; message: string; theirs: StoredDraft }
  | { kind: "refused"; message: string; kept: boolean; over: boolean };

export interface AutosavePorts {
  store(draft: DraftRequest): Promise<SaveOutcome>;
  report(state: SaveState): void;
  /** Calls back after a delay; returns how to call it off. */
  later(callback: () => void, milliseconds: number): () => void;
}

/** What entitles this window to write: the read's lease, and the version it goes on from. */
export interface Held {
  readonly lease: string;
  readonly version: number;
}

const DEBOUNCE_MS = 400;
const RETRY_MS: readonly number[] = [1000, 2000, 5000, 10000];

/** How long to wait after so many attempts in a row that the server did not answer, in ms. */
export const waitAfter = (failures: number): number =>
  RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] as number;

export class Autosave {
  private waiting: Input | null = null;
  private running: Promise<void> | null = null;
  private callOff: (() => void) | null = null;
  private failures = 0;
  private stopped = false;
  private sent: { version: number; input: Input }[] = [];

  /** `replaces`: the reader has seen what is stored, and the next draft takes its place. */
  constructor(
    private readonly ports: AutosavePorts,
    private holding: Held,
    private replaces = false,
  ) {}

  get held(): Held {
    return this.holding;
  }

  /** What is not yet with the server, or null. */
  get unsaved(): Input | null {
    return this.waiting;
  }

  /** New input to be stored soon. */
  note(input: Input): void {
    this.waiting = input;
    this.resume();
  }

  /** Stops timers and waits for a request under way, so that a submission is the next thing the server sees. */
  async pause(): Promise<void> {
    this.dropTimer();
    await this.running;
    this.dropTimer();
  }

  /** Goes on with what is unsaved, after `pause` or new input; not after `halt`. */
  resume(): void {
    if (this.stopped || this.waiting === null) return;
    this.ports.report({ kind: "pending" });
    this.schedule(DEBOUNCE_MS);
  }

  /** Stores nothing more, and says why. */
  halt(state: SaveState): void {
    this.dropTimer();
    this.stopped = true;
    this.ports.report(state);
  }

  /**
   * Sends unsaved input at once, as the page may go away. Behind a request under way it goes as the version
   * after that one's.
   */
  flush(): void {
    if (this.stopped || this.waiting === null) return;
    this.dropTimer();
    if (this.running === null) this.start();
    else if (!this.sent.some(({ input }) => input === this.waiting)) {
      void this.send(this.holding.version + 1, this.waiting);
    }
  }

  /** Whether the server holds what this window sent and had no answer to. */
  private sentAs(theirs: StoredDraft): boolean {
    return this.sent.some(({ version, input }) => version + 1 === theirs.version && sameInput(input, theirs));
  }

  /** Goes on from a draft of ours whose answer got lost. False if the draft is somebody else's. */
  adopt(theirs: StoredDraft): boolean {
    if (theirs.lease !== this.holding.lease || !this.sentAs(theirs)) return false;
    this.stored(theirs.version, theirs);
    return true;
  }

  private dropTimer(): void {
    this.callOff?.();
    this.callOff = null;
  }

  private schedule(milliseconds: number): void {
    this.dropTimer();
    this.callOff = this.ports.later(() => {
      this.callOff = null;
      if (this.running === null) this.start();
    }, milliseconds);
  }

  private start(): void {
    this.running = this.save().finally(() => {
      this.running = null;
    });
  }

  private send(version: number, input: Input): Promise<SaveOutcome> {
    this.sent.push({ version, input });
    return this.ports.store({ ...input, lease: this.holding.lease, version, replaces: this.replaces });
  }

  private async save(): Promise<void> {
    const input = this.waiting;
    if (input === null) return;
    this.ports.report({ kind: "saving" });
    const outcome = await this.send(this.holding.version, input);
    if (outcome.kind === "saved") this.stored(outcome.version, input);
    else if (outcome.kind === "unreachable") {
      this.ports.report({ kind: "retrying", message: outcome.message });
      this.schedule(waitAfter(this.failures));
      this.failures += 1;
    } else if (outcome.kind === "refused" || !this.adopt(outcome.theirs)) this.halt(outcome);
  }

  private stored(version: number, input: Input): void {
    this.holding = { ...this.holding, version };
    this.sent = this.sent.filter((draft) => draft.version >= version);
    this.failures = 0;
    this.replaces = false;
    if (this.waiting !== null && !sameInput(this.waiting, input)) {
      this.schedule(DEBOUNCE_MS);
      return;
    }
    this.waiting = null;
    this.ports.report({ kind: "saved" });
  }
}
