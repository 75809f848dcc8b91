/** The recall probe between two cases: one key chooses whether the case just handed in was seen before, Enter sends. */

import type { Signal } from "@preact/signals";
import type { Phase } from "./phase";

export class RecallProbe {
  /** `answer` is told where to send which choice. */
  constructor(
    private readonly phase: Signal<Phase>,
    private readonly answer: (url: string, choice: number) => void,
  ) {}

  /** Chooses or, by Enter, sends; false for any other key. */
  press(key: string): boolean {
    const phase = this.phase.value;
    if (phase.kind !== "recall") return false;
    if (key === "Enter") return this.send();
    const choice = phase.choices.find(({ value }) => String(value) === key);
    if (choice) this.phase.value = { ...phase, chosen: choice.value };
    return choice !== undefined;
  }

  /** Sends what was chosen, and goes on; false where nothing is. */
  send(): boolean {
    const phase = this.phase.value;
    if (phase.kind !== "recall" || phase.chosen === null) return false;
    this.phase.value = { kind: "loading" };
    this.answer(phase.answerUrl, phase.chosen);
    return true;
  }
}
