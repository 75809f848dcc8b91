/** The reading room's behaviour: one case after the other. Views only show its signals. */

import { type Signal, signal } from "@preact/signals";
import type { Client } from "../contract/client";
import type { ModicMap } from "../contract/map";
import type { Ahead, NextCase, Read, ReadingConfig, Site } from "../contract/reader";
import type { Verdict } from "../core/answers";
import type { Action } from "../core/keyboard";
import type { ImageDesk } from "./desk";
import { GradeForm } from "./form";
import { MapLook } from "./mapLook";
import { Saving } from "./saving";

export type Phase =
  | { kind: "loading" }
  | { kind: "reading" }
  | { kind: "submitting" }
  | { kind: "waiting"; opensAt: string; message: string }
  | { kind: "complete"; message: string }
  | { kind: "stopped"; message: string };

export class ReadingRoom {
  readonly phase: Signal<Phase> = signal({ kind: "loading" });
  readonly read: Signal<Read | null> = signal(null);
  readonly help: Signal<boolean> = signal(false);
  readonly form: GradeForm;
  readonly saving: Saving;
  readonly map: MapLook;

  constructor(
    private readonly client: Client,
    private readonly desk: ImageDesk,
    private readonly urls: Pick<ReadingConfig, "next_url" | "ahead_url">,
  ) {
    this.saving = new Saving(client);
    this.form = new GradeForm(desk, (answers) => this.saving.note(answers));
    this.map = new MapLook(desk);
  }

  /** Whether there is a map to look at, shown or to be asked for. */
  get hasMap(): boolean {
    return this.map.data.value !== null || this.onDemand;
  }

  /** Whether the map appears only when asked for, each time kept by the server. */
  get onDemand(): boolean {
    return typeof this.read.value?.reveal_url === "string";
  }

  /** Asks for the map on demand, or puts it away; in other reads shows or hides the map that is there. */
  async toggleMap(): Promise<void> {
    const url = this.read.value?.reveal_url;
    if (!url) this.map.show(!this.map.visible.value);
    else if (this.map.data.value) this.map.receive(null);
    else await this.reveal(url);
  }

  private async reveal(url: string): Promise<void> {
    const asked = this.read.value?.id;
    try {
      const map = await this.client.send<ModicMap>("POST", url, {});
      if (this.read.value?.id === asked) this.map.receive(map);
    } catch (error) {
      this.form.message.value = sentenceOf(error);
    }
  }

  /** Asks for the next case and shows what the server says: a read, a wait or the end. */
  async next(): Promise<void> {
    this.phase.value = { kind: "loading" };
    await this.receive(askForCase(this.client, this.urls.next_url));
  }

  /** Shows the case that was asked for. */
  async receive(asked: Promise<NextCase>): Promise<void> {
    try {
      const next = await asked;
      if (next.status !== "reading") this.leaveRead(next);
      else if (this.keepInput(next.read)) this.phase.value = { kind: "reading" };
      else await this.openRead(next.read);
    } catch (error) {
      this.phase.value = { kind: "stopped", message: sentenceOf(error) };
    }
  }

  perform(action: Action): void {
    if (this.phase.value.kind !== "reading") return;
    if (action.do === "submit") void this.submit();
    else if (action.do === "help") this.help.value = !this.help.value;
    else if (action.do === "cancel") this.closeLists();
    else if (!this.form.perform(action)) this.performOnImages(action);
  }

  judge(site: Site, verdict: Verdict): void {
    if (this.phase.value.kind === "reading") this.form.judge(site, verdict);
  }

  /** Submits if every half is answered; otherwise says so and goes to the first gap. */
  async submit(): Promise<void> {
    if (this.phase.value.kind !== "reading") return;
    if (this.form.missing.length > 0) {
      this.form.goToGap(this.form.missing);
      return;
    }
    this.phase.value = { kind: "submitting" };
    performance.mark("case-submitted");
    const outcome = await this.saving.submit(this.form.answers);
    if (outcome.kind === "handed-in") {
      if (outcome.next) await this.receive(Promise.resolve(outcome.next));
      else await this.next();
      return;
    }
    this.phase.value = { kind: "reading" };
    if (outcome.kind === "gaps") this.form.goToGap(outcome.gaps);
    else if (outcome.kind === "unreachable") this.form.message.value = outcome.message;
  }

  /** After a conflict: true keeps what is on this screen, false takes what the server holds. */
  settleConflict(keepOurs: boolean): void {
    if (keepOurs) this.saving.keepOurs(this.form.answers);
    else this.form.replace(this.saving.takeTheirs());
  }

  /** Sends unsaved input while the page goes away. */
  flush(): void {
    if (this.phase.value.kind === "reading") this.saving.flush();
  }

  /** The case on this screen, opened again with input that is not stored yet: the input stays. */
  private keepInput(read: Read): boolean {
    if (this.read.value?.id !== read.id || this.saving.unsaved === null) return false;
    this.saving.beginAgain(read, this.form.answers);
    this.read.value = read;
    return true;
  }

  private async openRead(read: Read): Promise<void> {
    this.saving.begin(read);
    this.map.receive(null);
    this.form.rest();
    const map = read.map_url === null ? null : this.client.send<ModicMap>("GET", read.map_url);
    map?.catch(() => undefined);
    await this.desk.show(read);
    this.map.receive(await map);
    this.read.value = read;
    this.form.open(read);
    this.phase.value = { kind: "reading" };
    performance.mark("case-shown");
    void this.fetchAhead(read);
  }

  /** The one case after this, fetched once this one is here in full; without it, it is fetched in its turn. */
  private async fetchAhead(read: Read): Promise<void> {
    await this.desk.whole();
    if (this.read.value !== read) return;
    const { images } = await this.client
      .send<Ahead>("POST", this.urls.ahead_url, {})
      .catch((): Ahead => ({ images: null }));
    if (images && this.read.value === read) await this.desk.prepare(images);
  }

  private leaveRead(next: Exclude<NextCase, { status: "reading" }>): void {
    this.saving.end();
    this.read.value = null;
    this.map.receive(null);
    this.phase.value =
      next.status === "waiting"
        ? { kind: "waiting", opensAt: next.opens_at, message: next.message }
        : { kind: "complete", message: next.message };
  }

  private performOnImages(action: Action): void {
    if (action.do === "slice") this.desk.step(action.step);
    else if (action.do === "end-slice") this.desk.goToEnd(action.last);
    else if (action.do === "zoom") this.desk.zoom(action.factor);
    else if (action.do === "reset") this.desk.reset();
    else if (action.do === "whole-image") this.desk.wholeImage();
    else if (action.do === "invert") this.desk.invert();
    else if (action.do === "window") this.desk.widen(action.factor);
    else if (action.do === "ruler") this.desk.toggleRuler();
    else if (action.do === "move-ruler") this.desk.moveRuler(action.across, action.down, action.endOnly);
    else if (action.do === "opacity") this.map.setOpacity(this.map.opacity.value + action.step);
    else if (action.do === "toggle-map") void this.toggleMap();
    else if (action.do === "hold-map") this.map.hold();
  }

  private closeLists(): void {
    this.form.reasonsFor.value = null;
    this.help.value = false;
  }
}

export const askForCase = (client: Client, nextUrl: string): Promise<NextCase> =>
  client.send<NextCase>("POST", nextUrl, {});

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong. Reload the page.";
}
