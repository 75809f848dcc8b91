/** The reading room's behaviour: one case after the other, its answers, its saving. Views only show its signals. */

import { type Signal, signal } from "@preact/signals";
import { type Client, RefusedError } from "../contract/client";
import type { ModicMap } from "../contract/map";
import type { Answer, NextCase, Read, Site, SubmitRequest } from "../contract/reader";
import {
  asAnswers,
  clear,
  firstDifference,
  gaps,
  judge,
  keyOf,
  neighbour,
  nextGap,
  openSheet,
  redo,
  type Sheet,
  siteName,
  undo,
  type Verdict,
} from "../core/answers";
import { Autosave, type SaveOutcome, type SaveState } from "../core/autosave";
import { randomUuid } from "../core/identity";
import type { Action } from "../core/keyboard";
import { discOf } from "../core/ladder";
import type { ImageDesk } from "./desk";
import { storeDraft } from "./draft";
import { MapLook } from "./mapLook";

export type Phase =
  | { kind: "loading" }
  | { kind: "reading" }
  | { kind: "submitting" }
  | { kind: "waiting"; opensAt: string; message: string }
  | { kind: "complete"; message: string }
  | { kind: "stopped"; message: string };

interface OpenCase {
  read: Read;
  /** Whoever holds it may write; taken over when a conflict is settled. */
  lease: string;
  autosave: Autosave;
  submission: SubmitRequest | null;
}

export class ReadingRoom {
  readonly phase: Signal<Phase> = signal({ kind: "loading" });
  readonly read: Signal<Read | null> = signal(null);
  readonly sheet: Signal<Sheet> = signal(openSheet([], []));
  readonly focus: Signal<Site | null> = signal(null);
  readonly reasonsFor: Signal<Site | null> = signal(null);
  readonly save: Signal<SaveState> = signal({ kind: "idle" });
  /** Spoken and shown under the form; empty when there is nothing to say. */
  readonly message: Signal<string> = signal("");
  readonly help: Signal<boolean> = signal(false);
  readonly map: MapLook;

  private open: OpenCase | null = null;

  constructor(
    private readonly client: Client,
    private readonly desk: ImageDesk,
    private readonly nextUrl: string,
  ) {
    this.map = new MapLook(desk);
  }

  get hasMap(): boolean {
    return this.map.data.value !== null;
  }

  /** Asks for the next case and shows what the server says: a read, a wait or the end. */
  async next(): Promise<void> {
    this.phase.value = { kind: "loading" };
    await this.receive(askForCase(this.client, this.nextUrl));
  }

  /** Shows the case that was asked for. */
  async receive(asked: Promise<NextCase>): Promise<void> {
    try {
      const next = await asked;
      if (next.status === "reading") await this.openRead(next.read);
      else this.leaveRead(next);
    } catch (error) {
      this.phase.value = { kind: "stopped", message: sentenceOf(error) };
    }
  }

  perform(action: Action): void {
    const site = this.focus.value;
    if (this.phase.value.kind !== "reading" || !site) return;
    if (action.do === "grade") this.gradeKey(site, action.value);
    else if (action.do === "not-gradable") this.reasonsFor.value = site;
    else if (action.do === "clear") this.change(clear(this.sheet.value, site), site);
    else if (action.do === "move") this.focusOn(neighbour(this.sheet.value, site, action.step));
    else if (action.do === "undo") this.travel(undo(this.sheet.value));
    else if (action.do === "redo") this.travel(redo(this.sheet.value));
    else if (action.do === "submit") void this.submit();
    else if (action.do === "help") this.help.value = !this.help.value;
    else if (action.do === "cancel") this.closeLists();
    else this.performOnImages(action);
  }

  judge(site: Site, verdict: Verdict): void {
    if (this.phase.value.kind !== "reading") return;
    this.reasonsFor.value = null;
    const after = judge(this.sheet.value, site, verdict);
    this.change(after, nextGap(after, site));
  }

  focusOn(site: Site): void {
    const before = this.focus.value;
    if (before && keyOf(before) === keyOf(site)) return;
    this.focus.value = site;
    this.reasonsFor.value = null;
    this.desk.focusOn(site, before === null || discOf(before) !== discOf(site));
  }

  /** Submits if every half is answered; otherwise says so and goes to the first gap. */
  async submit(): Promise<void> {
    if (!this.open || this.phase.value.kind !== "reading") return;
    const missing = gaps(this.sheet.value);
    if (missing.length > 0) {
      this.goToGap(missing);
      return;
    }
    const { autosave, read } = this.open;
    this.phase.value = { kind: "submitting" };
    performance.mark("case-submitted");
    await autosave.pause();
    const request = this.submission(autosave.currentVersion);
    try {
      await this.client.send("POST", read.submit_url, request);
    } catch (error) {
      this.submitFailed(error);
      return;
    }
    this.message.value = "";
    await this.next();
  }

  /** After a conflict: true keeps what is on this screen, false takes what the server holds. */
  settleConflict(keepOurs: boolean): void {
    const state = this.save.value;
    if (state.kind !== "conflict" || !this.open) return;
    const { autosave, read } = this.open;
    this.open.lease = state.theirs.lease;
    if (keepOurs) autosave.keepOurs(state.theirs.version, asAnswers(this.sheet.value));
    else {
      this.sheet.value = openSheet(read.sites, state.theirs.answers);
      autosave.takeTheirs(state.theirs.version);
    }
  }

  /** Sends unsaved input while the page goes away; the browser finishes the request. */
  flush(): void {
    const answers = this.open?.autosave.unsaved;
    if (!this.open || !answers || this.phase.value.kind !== "reading") return;
    void this.store(this.open.autosave.currentVersion, answers, { keepalive: true });
  }

  private store(
    version: number,
    answers: Answer[],
    options: { keepalive?: boolean } = {},
  ): Promise<SaveOutcome> {
    const { read, lease } = this.open as OpenCase;
    return storeDraft(this.client, read.draft_url, { lease, version, answers }, options);
  }

  private async openRead(read: Read): Promise<void> {
    const autosave = new Autosave(
      {
        store: (version, answers) => this.store(version, answers),
        report: (state) => {
          this.save.value = state;
        },
        later: (callback, milliseconds) => {
          const timer = setTimeout(callback, milliseconds);
          return () => clearTimeout(timer);
        },
      },
      read.version,
    );
    this.open = { read, lease: read.lease, autosave, submission: null };
    this.map.receive(null);
    this.reasonsFor.value = null;
    this.save.value = { kind: "idle" };
    this.message.value = "";
    this.focus.value = null;
    await this.desk.show(read);
    if (read.map_url !== null) this.map.receive(await this.client.send<ModicMap>("GET", read.map_url));
    this.sheet.value = openSheet(read.sites, read.answers);
    this.read.value = read;
    this.phase.value = { kind: "reading" };
    performance.mark("case-shown");
    const first = gaps(this.sheet.value)[0] ?? read.sites[0];
    if (first) this.focusOn(first);
  }

  private leaveRead(next: Exclude<NextCase, { status: "reading" }>): void {
    this.open = null;
    this.read.value = null;
    this.map.receive(null);
    this.phase.value =
      next.status === "waiting"
        ? { kind: "waiting", opensAt: next.opens_at, message: next.message }
        : { kind: "complete", message: next.message };
  }

  /** While the list of reasons is open, the number keys choose from it. */
  private gradeKey(site: Site, value: 0 | 1 | 2 | 3): void {
    if (this.reasonsFor.value === null) this.judge(site, { grade: value });
    else this.chooseReason(value);
  }

  chooseReason(place: number): void {
    const site = this.reasonsFor.value;
    const reason = this.open?.read.not_gradable_reasons[place - 1];
    if (site && reason) this.judge(site, { notGradable: reason.value });
  }

  private change(after: Sheet, focus: Site): void {
    if (after !== this.sheet.value) {
      this.sheet.value = after;
      this.message.value =
        gaps(after).length === 0 ? "All halves are graded. Enter submits and locks this case." : "";
      this.open?.autosave.note(asAnswers(after));
    }
    this.focusOn(focus);
  }

  private travel(after: Sheet): void {
    const changed = firstDifference(this.sheet.value, after);
    if (changed) this.change(after, changed);
  }

  private performOnImages(action: Action): void {
    if (action.do === "slice") this.desk.step(action.step);
    else if (action.do === "end-slice") this.desk.goToEnd(action.last);
    else if (action.do === "zoom") this.desk.zoom(action.factor);
    else if (action.do === "reset") this.desk.reset();
    else if (action.do === "whole-image") this.desk.wholeImage();
    else if (action.do === "invert") this.desk.invert();
    else if (action.do === "opacity") this.map.setOpacity(this.map.opacity.value + action.step);
    else if (action.do === "toggle-map") this.map.show(!this.map.visible.value);
    else if (action.do === "hold-map") this.map.hold();
  }

  private closeLists(): void {
    this.reasonsFor.value = null;
    this.help.value = false;
  }

  /** The same answers keep their key, so that a repeated submission counts once. */
  private submission(version: number): SubmitRequest {
    const open = this.open as OpenCase;
    const answers = asAnswers(this.sheet.value);
    const before = open.submission;
    const same = JSON.stringify([before?.lease, before?.version, before?.answers]);
    if (before && same === JSON.stringify([open.lease, version, answers])) return before;
    open.submission = { lease: open.lease, version, idempotency_key: randomUuid(), answers };
    return open.submission;
  }

  private submitFailed(error: unknown): void {
    this.phase.value = { kind: "reading" };
    const body = error instanceof RefusedError ? error.body : undefined;
    if (body?.gaps?.length) this.goToGap(body.gaps);
    else if (body?.current)
      this.save.value = { kind: "conflict", message: body.detail, theirs: body.current };
    else if (error instanceof RefusedError) this.save.value = { kind: "refused", message: error.message };
    else this.message.value = `${sentenceOf(error)} Your answers are still here.`;
  }

  private goToGap(missing: readonly Site[]): void {
    const [first] = missing;
    if (!first) return;
    this.message.value = `Not submitted: ${missing.length} of ${this.sheet.value.sites.length} halves have no grade, the first is ${siteName(first)}.`;
    this.focusOn(first);
  }
}

export const askForCase = (client: Client, nextUrl: string): Promise<NextCase> =>
  client.send<NextCase>("POST", nextUrl, {});

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong. Reload the page.";
}
