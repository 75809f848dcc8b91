/** The reading room's behaviour: one case after the other. Views only show its signals. */

import { type Signal, signal } from "@preact/signals";
import type { Client } from "../contract/client";
import type { ModicMap } from "../contract/map";
import type {
  Ahead,
  Display,
  NextCase,
  NextRequest,
  Read,
  ReadingConfig,
  Site,
  TypePictures,
} from "../contract/reader";
import { inputOf, type Verdict } from "../core/answers";
import { type Entry, lastOf } from "../core/journal";
import type { Action, Offer } from "../core/keyboard";
import { Aid } from "./aid";
import { Beats } from "./beats";
import type { ImageDesk } from "./desk";
import { GradeForm } from "./form";
import { Hanging, type HangingConfig } from "./hanging";
import { performOnImages } from "./imageActions";
import type { Journal } from "./journal/journal";
import { Leftovers } from "./journal/leftovers";
import { MapLook } from "./mapLook";
import { firstFocus, goesOnWith } from "./opening";
import { Pen } from "./pen";
import { type OtherDevice, type Phase, phaseAfter, phaseOf, sentenceOf } from "./phase";
import { RecallProbe } from "./probe";
import { Saving } from "./saving";

export type RoomConfig = Pick<ReadingConfig, "enrolment" | "next_url" | "ahead_url" | "pictures" | "rehearsal" | "map_note"> &
  HangingConfig;

export class ReadingRoom {
  readonly phase: Signal<Phase> = signal({ kind: "loading" });
  readonly read: Signal<Read | null> = signal(null);
  readonly help: Signal<boolean> = signal(false);
  /** Whether the definitions of the grades are shown. */
  readonly definitions: Signal<boolean> = signal(false);
  readonly form: GradeForm;
  readonly saving: Saving;
  readonly map: MapLook;
  readonly leftovers: Leftovers;
  readonly beats: Beats;
  readonly aid: Aid;
  readonly hanging: Hanging;
  readonly pen: Pen;
  readonly probe: RecallProbe;

  constructor(
    private readonly client: Client,
    private readonly desk: ImageDesk,
    private readonly config: RoomConfig,
    readonly journal: Journal,
    display: () => Display,
    private readonly device: string | null = null,
  ) {
    this.beats = new Beats({
      client,
      now: () => performance.now(),
      display,
      lost: () => this.lost(),
    });
    this.saving = new Saving(client, journal, config.enrolment, () => this.beats.pending);
    this.leftovers = new Leftovers(client, journal, config.enrolment);
    this.form = new GradeForm(desk, (input) => this.saving.note(input));
    this.map = new MapLook(desk);
    this.aid = new Aid(client, this.read, this.map, (error) => {
      this.form.message.value = sentenceOf(error);
    });
    this.pen = new Pen(client, this.read, journal, config.enrolment);
    this.hanging = new Hanging(desk, client, config);
    this.probe = new RecallProbe(this.phase, (url, answer) => {
      void this.receive(client.send<NextCase>("POST", url, { answer }));
    });
  }

  get pictures(): readonly TypePictures[] {
    return this.config.pictures ?? [];
  }

  /** What is said of a room that keeps nothing; empty for one that does. */
  get rehearsal(): string {
    return this.config.rehearsal ?? "";
  }

  get mapNote(): string | undefined {
    return this.config.map_note;
  }

  /** What the case at hand offers beyond every other. */
  get offers(): ReadonlySet<Offer> {
    const offers = new Set<Offer>();
    if (this.aid.offersMap) offers.add("map");
    if (this.read.value?.bulk_none) offers.add("bulk");
    if (this.read.value?.asks_confidence) offers.add("confidence");
    if (this.hanging.layout.value === "single") offers.add("single");
    return offers;
  }

  /**
   * Asks for the next case and shows what the server says: a read, a wait, the end, or that another device reads,
   * unless this one is to take over.
   */
  async next(takeOver = false): Promise<void> {
    this.phase.value = { kind: "loading" };
    await this.receive(this.ask(takeOver));
  }

  private ask(take_over: boolean): Promise<NextCase> {
    const asked: NextRequest = { device: this.device, take_over };
    return this.client.send<NextCase>("POST", this.config.next_url, asked);
  }

  /** Shows the case that was asked for. `left`: what lies on this machine, where that was looked up already. */
  async receive(asked: Promise<NextCase>, left?: Promise<Entry[]>): Promise<void> {
    try {
      const next = await asked;
      if (next.status !== "reading") this.leaveRead(next);
      else if (this.keepInput(next.read)) this.phase.value = { kind: "reading" };
      else await this.openRead(next.read, left);
    } catch (error) {
      this.phase.value = phaseAfter(error);
    }
  }

  perform(action: Action): void {
    if (this.phase.value.kind === "submitting" && action.do === "cancel") this.saving.giveUp();
    if (this.phase.value.kind !== "reading") return;
    if (action.do === "submit") void this.submit();
    else if (action.do === "help") this.help.value = !this.help.value;
    else if (action.do === "cancel") this.closeLists();
    else if (action.do === "comment" || action.do === "report") this.pen.write(action.do);
    else if (action.do === "toggle-map") void this.aid.toggle();
    else if (action.do === "definitions") this.definitions.value = !this.definitions.value;
    else if (action.do === "layout") this.hanging.cycle();
    else if (action.do === "turn") this.hanging.turn();
    else if (!this.form.perform(action)) performOnImages(action, this.desk, this.map);
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
    if (this.pen.isUnsent) {
      this.form.message.value = UNSENT_REPORT;
      this.pen.writing.value = "report";
      return;
    }
    this.phase.value = { kind: "submitting" };
    performance.mark("case-submitted");
    const left = this.leftovers.besides(this.read.value?.id);
    const outcome = await this.saving.submit(this.form.input);
    if (this.isElsewhere()) return;
    if (outcome.kind === "handed-in") {
      if (outcome.next) await this.receive(Promise.resolve(outcome.next), left);
      else await this.next();
      return;
    }
    this.phase.value = { kind: "reading" };
    if (outcome.kind === "gaps") this.form.goToGap(outcome.gaps);
    else if (outcome.kind === "comment") {
      this.form.message.value = outcome.message;
      this.pen.writing.value = "comment";
    } else if (outcome.kind === "unknown") this.form.message.value = GIVEN_UP;
  }

  /** After a conflict: true keeps what is on this screen, false takes what the server holds. */
  async settleConflict(keepOurs: boolean): Promise<void> {
    const conflict = this.saving.state.value;
    if (conflict.kind !== "conflict") return;
    this.saving.state.value = { kind: "saving" };
    try {
      const next = await this.ask(true);
      if (next.status !== "reading" || next.read.id !== this.read.value?.id) {
        await this.receive(Promise.resolve(next));
        return;
      }
      this.read.value = next.read;
      this.beats.begin(next.read);
      if (!keepOurs) this.form.replace(inputOf(next.read));
      this.saving.settle(next.read, keepOurs ? this.form.input : null);
    } catch (error) {
      this.saving.state.value = { ...conflict, message: sentenceOf(error) };
    }
  }

  /** Another window of this browser, or another device, has taken the study over. */
  yieldTo(device?: OtherDevice): void {
    this.flush();
    this.phase.value = device ? { kind: "elsewhere", device } : { kind: "elsewhere" };
  }

  /** Sends unsaved input while the page goes away. */
  flush(): void {
    if (this.phase.value.kind === "reading") this.saving.flush();
  }

  /** The case on this screen, opened again with input that is not stored yet: the input stays. */
  private keepInput(read: Read): boolean {
    const { pending } = this.saving;
    if (this.read.value?.id !== read.id || pending === null) return false;
    this.saving.goOn(read, pending);
    this.beats.begin(read);
    this.read.value = read;
    return true;
  }

  /** The case is read on another device: input that is not stored is asked about, else this window rests. */
  private lost(): void {
    if (this.phase.value.kind === "reading" && this.saving.pending === null) this.yieldTo("took over");
  }

  private async openRead(read: Read, entries?: Promise<Entry[]>): Promise<void> {
    this.saving.begin(read);
    this.map.receive(null);
    this.form.rest();
    if (read.id === this.read.value?.id) this.pen.writing.value = null;
    else this.pen.turnPage();
    const map = read.map_url === null ? null : this.client.send<ModicMap>("GET", read.map_url);
    map?.catch(() => undefined);
    const sameCase = goesOnWith(this.read.value, read);
    const shown = this.desk.show({ ...read, focus: firstFocus(read), sameCase });
    const [left] = await Promise.all([this.leftovers.takeUp(read, entries), shown]);
    this.map.receive(await map);
    this.read.value = read;
    this.form.open(read, left ? lastOf(left) : inputOf(read));
    if (left) {
      this.saving.goOn(read, left);
      this.form.message.value = "What you had entered on this machine is back.";
    }
    this.beats.begin(read);
    this.phase.value = { kind: "reading" };
    performance.mark("case-shown");
    void this.takeUpReports(read);
    void this.fetchAhead(read);
  }

  /** The one case after this, fetched once this one is here in full; without it, it is fetched in its turn. */
  private async fetchAhead(read: Read): Promise<void> {
    await this.desk.whole();
    if (this.read.value !== read || !this.config.ahead_url) return;
    const { images } = await this.client
      .send<Ahead>("POST", this.config.ahead_url, {})
      .catch((): Ahead => ({ images: null }));
    if (images && this.read.value === read) await this.desk.prepare(images);
  }

  /** Reports begun on this machine are back, that of this case to be gone on with. */
  private async takeUpReports(read: Read | null): Promise<void> {
    const { message } = this.form;
    if (await this.pen.takeUp(read?.id)) message.value = [message.value, REPORT_BACK].filter(Boolean).join(" ");
  }

  private leaveRead(next: Exclude<NextCase, { status: "reading" }>): void {
    this.saving.end();
    this.beats.end();
    if (next.status !== "elsewhere") void this.leftovers.takeUp(null);
    this.read.value = null;
    this.pen.turnPage();
    this.map.receive(null);
    this.phase.value = phaseOf(next);
    if (next.status !== "elsewhere") void this.takeUpReports(null);
  }

  /** Also after an await, when another window may have taken over. */
  private isElsewhere(): boolean {
    return this.phase.value.kind === "elsewhere";
  }

  private closeLists(): void {
    this.form.reasonsFor.value = null;
    this.help.value = false;
    this.pen.writing.value = null;
  }
}

const UNSENT_REPORT = "Your report to the coordinator is not sent yet: send it, or empty it, then submit.";

const REPORT_BACK = "A report that you began is back, and not sent yet.";

const GIVEN_UP =
  "It is not known whether this case is handed in. Your answers are here and on their way; submit again when the server answers.";
