/** The form of one read: its answers, where the focus is, and what there is to say. Views only show its signals. */

import { type Signal, signal } from "@preact/signals";
import type { Answer, Read, Site } from "../contract/reader";
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
import type { Action } from "../core/keyboard";
import { discOf } from "../core/ladder";
import type { ImageDesk } from "./desk";

export class GradeForm {
  readonly sheet: Signal<Sheet> = signal(openSheet([], []));
  readonly focus: Signal<Site | null> = signal(null);
  readonly reasonsFor: Signal<Site | null> = signal(null);
  /** Spoken and shown under the form; empty when there is nothing to say. */
  readonly message: Signal<string> = signal("");

  private reasons: Read["not_gradable_reasons"] = [];

  /** `changed` is told the answers after each change. */
  constructor(
    private readonly desk: Pick<ImageDesk, "focusOn">,
    private readonly changed: (answers: Answer[]) => void,
  ) {}

  get answers(): Answer[] {
    return asAnswers(this.sheet.value);
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
  }

  /** Takes a read's answers and goes to the first gap. */
  open(read: Read): void {
    this.reasons = read.not_gradable_reasons;
    this.sheet.value = openSheet(read.sites, read.answers);
    const first = this.missing[0] ?? read.sites[0];
    if (first) this.focusOn(first);
  }

  /** Other answers for the same read, as they are stored; nothing happens without any. */
  replace(answers: readonly Answer[] | null): void {
    if (answers) this.sheet.value = openSheet(this.sheet.value.sites, answers);
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
    else return false;
    return true;
  }

  judge(site: Site, verdict: Verdict): void {
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

  chooseReason(place: number): void {
    const site = this.reasonsFor.value;
    const reason = this.reasons[place - 1];
    if (site && reason) this.judge(site, { notGradable: reason.value });
  }

  /** Not handed in: says how much is missing and goes to the first of it. */
  goToGap(missing: readonly Site[]): void {
    const [first] = missing;
    if (!first) return;
    this.message.value = `Not submitted: ${missing.length} of ${this.sheet.value.sites.length} halves have no grade, the first is ${siteName(first)}.`;
    this.focusOn(first);
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
      this.changed(this.answers);
    }
    this.focusOn(focus);
  }

  private travel(after: Sheet): void {
    const changed = firstDifference(this.sheet.value, after);
    if (changed) this.change(after, changed);
  }
}
