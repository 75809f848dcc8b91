/** The reader's own keys, kept in this browser for this person. */

import { type Signal, signal } from "@preact/signals";
import { type Binding, DEFAULT_KEYS, type KeySettings, spell, withKey } from "../core/keyboard";

type Store = Pick<Storage, "getItem" | "setItem">;

export class Keys {
  readonly settings: Signal<KeySettings>;
  /** The binding that waits for its new key. */
  readonly waiting: Signal<Binding | null> = signal(null);
  readonly problem: Signal<string> = signal("");

  private readonly name: string;

  constructor(
    person: string,
    private readonly store: Store,
  ) {
    this.name = `keys ${person}`;
    this.settings = signal(this.stored());
  }

  /** Takes the press for the binding that waits. False if none does. */
  take(press: KeyboardEvent): boolean {
    const binding = this.waiting.value;
    if (!binding) return false;
    if (["Shift", "Control", "Alt", "Meta"].includes(press.key)) return true;
    this.waiting.value = null;
    if (press.key === "Escape") return true;
    const changed = withKey(this.settings.value, binding, spell(press));
    if (typeof changed === "string") this.problem.value = changed;
    else this.keep(changed);
    return true;
  }

  switchCharacterKeys(off: boolean): void {
    this.keep({ ...this.settings.value, characterKeysOff: off });
  }

  restore(): void {
    this.keep(DEFAULT_KEYS);
  }

  private keep(settings: KeySettings): void {
    this.problem.value = "";
    this.settings.value = settings;
    try {
      this.store.setItem(this.name, JSON.stringify(settings));
    } catch {
      this.problem.value = "This browser keeps no settings: the keys hold until the page is closed.";
    }
  }

  private stored(): KeySettings {
    try {
      return { ...DEFAULT_KEYS, ...JSON.parse(this.store.getItem(this.name) ?? "{}") };
    } catch {
      return DEFAULT_KEYS;
    }
  }
}
