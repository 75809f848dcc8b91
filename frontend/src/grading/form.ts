/** The form of one read: its answers, where the focus is, and what there is to say. Views only show its signals. */

import { type Signal, signal } from "@preact/signals";
import type { Answer, Input, Read, Site } from "../contract/reader";
import {
  answerAt,
  asAnswers,
  clear,
  cycleConfidence,
  firstDifference,
  gaps,
  judge,
  keyOf,
  neighbour,
  nextGap,
  noneForRemaining,
  openSheet,
  redo,
  type Sheet,
  siteName,
  startOf,
  toggleSecondary,
  undo,
  type Verdict,
} from "../core/answers";
import type { Action } from "../core/keyboard";
import { discOf } from "../core/ladder";
import { CONFIDENCE_WORDS, spoken } from "../core/words";
import type { ImageDesk } from "./desk";

type Rules = Pick<Read, "not_gradable_reasons" | "bulk_none" | "asks_confidence">;

export class GradeForm {
  readonly sheet: Signal<Sheet> = signal(openSheet([], []));
  readonly comment: Signal<string> = signal("");
  readonly focus: Signal<Site | null> = signal(null);
  readonly reasonsFor: Signal<Site | null> = signal(null);
  /** Spoken and shown under the form; empty when there is nothing to say. */
  readonly message: Signal<string> = signal("");

  private rules: Rules = { not_gradable_reasons: [], bulk_none: false, asks_confidence: false };
  private judged: Site | null = null;

  /** `changed` is told everything that is entered after each change. */
  constructor(
    private readonly desk: Pick<ImageDesk, "focusOn">,
    private readonly changed: (input: Input) => void,
  ) {}

  get answers(): Answer[] {
    return asAnswers(this.sheet.value);
  }

  get input(): Input {
    return { answers: this.answers, comment: this.comment.value };
  }

  /** The halves without an answer, head to foot. */
  get missing(): Site[] {
    return gaps(this.sheet.value);
  }

  /** Before a case is there: nothing is in focus and nothing is said. */
  rest(): void {
    this.reasonsFor.value = null;
    this.message.value = "";
    this.focus.value = null;
    this.judged = null;
  }

  /** Takes a read and what was entered so far, and goes to the first gap. */
  open(read: Rules & Pick<Read, "sites">, input: Input): void {
    this.rules = read;
    this.sheet.value = openSheet(read.sites, input.answers);
    this.comment.value = input.comment;
    const first = startOf(this.sheet.value);
    if (first) this.focusOn(first);
  }

  /** Other input for the same read, as it is stored. */
  replace(input: Input): void {
    this.sheet.value = openSheet(this.sheet.value.sites, input.answers);
    this.comment.value = input.comment;
  }

  /** Does what is the form's to do; false for any other action. */
  perform(action: Action): boolean {
    const site = this.focus.value;
    if (!site) return false;
    if (action.do === "grade") this.gradeKey(site, action.value);
    else if (action.do === "not-gradable") this.reasonsFor.value = site;
    else if (action.do === "clear") this.change(clear(this.sheet.value, site), site);
    else if (action.do === "move") this.focusOn(neighbour(this.sheet.value, site, action.step));
    else if (action.do === "undo") this.travel(undo(this.sheet.value));
    else if (action.do === "redo") this.travel(redo(this.sheet.value));
    else if (action.do === "secondary") this.addSecondary(action.type);
    else if (action.do === "confidence") this.rate();
    else if (action.do === "none-for-rest") this.noneForRest();
    else return false;
    return true;
  }

  judge(site: Site, verdict: Verdict): void {
    this.reasonsFor.value = null;
    this.judged = site;
    const after = judge(this.sheet.value, site, verdict);
    this.change(after, nextGap(after, site));
  }

  write(comment: string): void {
    this.comment.value = comment;
    this.changed(this.input);
  }

  focusOn(site: Site): void {
    const before = this.focus.value;
    if (before && keyOf(before) === keyOf(site)) return;
    this.focus.value = site;
    this.reasonsFor.value = null;
    this.desk.focusOn(site, before === null || discOf(before) !== discOf(site));
  }

  chooseReason(place: number): void {
    const site = this.reasonsFor.value;
    const reason = this.rules.not_gradable_reasons[place - 1];
    if (site && reason) this.judge(site, { notGradable: reason.value });
  }

  /** Not handed in: says how much is missing and goes to the first of it. */
  goToGap(missing: readonly Site[]): void {
    const [first] = missing;
    if (!first) return;
    this.message.value = `Not submitted: ${missing.length} of ${this.sheet.value.sites.length} halves have no grade, the first is ${siteName(first)}.`;
    this.focusOn(first);
  }

  /** The half that more is said of: the one in focus if it is graded, else the one graded last. */
  get subject(): Site | null {
    const site = this.focus.value;
    return site && answerAt(this.sheet.value, site) ? site : this.judged;
  }

  /** A mixed lesion: the type in focus stays the predominant one. */
  addSecondary(type: 1 | 2 | 3): void {
    const site = this.subject;
    if (site) this.amend(toggleSecondary(this.sheet.value, site, type), site);
  }

  rate(): void {
    const site = this.subject;
    if (site && this.rules.asks_confidence) this.amend(cycleConfidence(this.sheet.value, site), site);
  }

  private noneForRest(): void {
    const open = this.missing.length;
    const site = this.focus.value;
    if (!this.rules.bulk_none || !site || open === 0) return;
    this.change(noneForRemaining(this.sheet.value), site);
    this.message.value = `${open} halves set to none together, and recorded so. Enter submits, U takes it back.`;
  }

  /** Says more of a half without moving the focus, and says aloud what it now is. */
  private amend(after: Sheet, site: Site): void {
    const answer = answerAt(after, site);
    if (after === this.sheet.value || !answer) return;
    this.sheet.value = after;
    const sure = answer.confidence ? `, ${CONFIDENCE_WORDS[answer.confidence].toLowerCase()}` : "";
    this.message.value = `${siteName(site)}: ${spoken(answer)}${sure}.`;
    this.changed(this.input);
  }

  /** While the list of reasons is open, the number keys choose from it. */
  private gradeKey(site: Site, value: 0 | 1 | 2 | 3): void {
    if (this.reasonsFor.value === null) this.judge(site, { grade: value });
    else this.chooseReason(value);
  }

  private change(after: Sheet, focus: Site): void {
    if (after !== this.sheet.value) {
      this.sheet.value = after;
      this.message.value =
        this.missing.length === 0 ? "All halves are graded. Enter submits and locks this case." : "";
      this.changed(this.input);
    }
    this.focusOn(focus);
  }

  private travel(after: Sheet): void {
    const changed = firstDifference(this.sheet.value, after);
    if (changed) this.change(after, changed);
  }
}
