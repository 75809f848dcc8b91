/** What each key does in the reading room. One table drives the handling and the key sheet; a reader can change it. */

import type { GradeValue } from "../contract/reader";

export type Action =
  | { do: "grade"; value: GradeValue }
  | { do: "not-gradable" }
  | { do: "clear" }
  | { do: "move"; step: 1 | -1 }
  | { do: "slice"; step: number }
  | { do: "end-slice"; last: boolean }
  | { do: "zoom"; factor: number }
  | { do: "reset" }
  | { do: "whole-image" }
  | { do: "invert" }
  | { do: "window"; factor: number }
  | { do: "ruler" }
  | { do: "move-ruler"; across: number; down: number; endOnly: boolean }
  | { do: "lines" }
  | { do: "layout" }
  | { do: "turn" }
  | { do: "opacity"; step: number }
  | { do: "toggle-map" }
  | { do: "hold-map" }
  | { do: "secondary"; type: 1 | 2 | 3 }
  | { do: "confidence" }
  | { do: "none-for-rest" }
  | { do: "comment" }
  | { do: "report" }
  | { do: "undo" }
  | { do: "redo" }
  | { do: "definitions" }
  | { do: "submit" }
  | { do: "help" }
  | { do: "cancel" };

export interface Binding {
  /** `KeyboardEvent.key` values, lower case; "ctrl+" stands for Control or Command. */
  keys: readonly string[];
  label: string;
  action: Action;
  /** Listed and active only where the case offers it. */
  only?: Offer;
}

/** What one case offers and another does not. */
export type Offer = "map" | "bulk" | "confidence" | "single";

/** What a reader has made of the keys. */
export interface KeySettings {
  /** Keys that type a character do nothing (WCAG 2.1.4); arrows, Enter and the like still do. */
  characterKeysOff: boolean;
  /** Binding's name to the one key the reader chose for it. */
  own: Readonly<Record<string, string>>;
}

export const DEFAULT_KEYS: KeySettings = { characterKeysOff: false, own: {} };

const grade = (value: GradeValue, label: string): Binding => ({
  keys: [String(value)],
  label,
  action: { do: "grade", value },
});

/** Half a millimetre at a time. */
const DIRECTIONS = [
  ["left", -0.5, 0],
  ["right", 0.5, 0],
  ["up", 0, -0.5],
  ["down", 0, 0.5],
] as const;

const movedRuler = (modifier: "shift" | "ctrl", label: string, endOnly: boolean): Binding[] =>
  DIRECTIONS.map(([direction, across, down]) => ({
    keys: [`${modifier}+arrow${direction}`],
    label: `${label} ${direction}`,
    action: { do: "move-ruler", across, down, endOnly },
  }));

const secondary = (type: 1 | 2 | 3): Binding => ({
  keys: [`shift+${type}`],
  label: `Also type ${type}, in a mixed lesion`,
  action: { do: "secondary", type },
});

export const BINDINGS: readonly Binding[] = [
  grade(0, "No Modic change"),
  grade(1, "Modic type 1"),
  grade(2, "Modic type 2"),
  grade(3, "Modic type 3"),
  secondary(1),
  secondary(2),
  secondary(3),
  { keys: ["c"], label: "How sure of it", action: { do: "confidence" }, only: "confidence" },
  {
    keys: ["b"],
    label: "All remaining: none",
    action: { do: "none-for-rest" },
    only: "bulk",
  },
  { keys: ["n", "g"], label: "Not gradable, then its reason", action: { do: "not-gradable" } },
  { keys: ["delete", "backspace"], label: "Clear the half", action: { do: "clear" } },
  { keys: ["arrowright"], label: "Next half", action: { do: "move", step: 1 } },
  { keys: ["arrowleft"], label: "Previous half", action: { do: "move", step: -1 } },
  {
    keys: ["arrowdown", "pagedown"],
    label: "Next slice (also wheel)",
    action: { do: "slice", step: 1 },
  },
  { keys: ["arrowup", "pageup"], label: "Previous slice", action: { do: "slice", step: -1 } },
  { keys: ["home"], label: "First slice", action: { do: "end-slice", last: false } },
  { keys: ["end"], label: "Last slice", action: { do: "end-slice", last: true } },
  { keys: ["+", "="], label: "Zoom in", action: { do: "zoom", factor: 1.25 } },
  { keys: ["-"], label: "Zoom out", action: { do: "zoom", factor: 0.8 } },
  { keys: ["r"], label: "Reset window, zoom, position", action: { do: "reset" } },
  { keys: ["f"], label: "Whole image", action: { do: "whole-image" } },
  { keys: ["i"], label: "Invert grey", action: { do: "invert" } },
  { keys: ["x"], label: "More contrast (narrower)", action: { do: "window", factor: 0.8 } },
  { keys: ["v"], label: "Less contrast (wider)", action: { do: "window", factor: 1.25 } },
  { keys: ["d"], label: "Ruler: 5 mm, then drag", action: { do: "ruler" } },
  ...movedRuler("shift", "Ruler's end", true),
  ...movedRuler("ctrl", "Ruler", false),
  { keys: ["k"], label: "Reference line on or off", action: { do: "lines" } },
  { keys: ["l"], label: "Layout: beside, stacked, single", action: { do: "layout" } },
  { keys: ["s"], label: "The other image: T1 or T2", action: { do: "turn" }, only: "single" },
  { keys: ["m"], label: "Modic map on or off", action: { do: "toggle-map" }, only: "map" },
  { keys: [" "], label: "Hold to hide the map", action: { do: "hold-map" }, only: "map" },
  {
    keys: ["]", "."],
    label: "Map more opaque",
    action: { do: "opacity", step: 0.1 },
    only: "map",
  },
  {
    keys: ["[", ","],
    label: "Map less opaque",
    action: { do: "opacity", step: -0.1 },
    only: "map",
  },
  { keys: ["u", "ctrl+z"], label: "Undo", action: { do: "undo" } },
  { keys: ["y", "ctrl+y", "ctrl+shift+z"], label: "Redo", action: { do: "redo" } },
  {
    keys: ["enter", "ctrl+enter"],
    label: "Submit and go to the next case",
    action: { do: "submit" },
  },
  { keys: ["t"], label: "Comment on the case", action: { do: "comment" } },
  { keys: ["p"], label: "Report to the coordinator", action: { do: "report" } },
  { keys: ["e"], label: "Definitions, with pictures", action: { do: "definitions" } },
  { keys: ["?"], label: "This list of keys", action: { do: "help" } },
  { keys: ["escape"], label: "Close a list", action: { do: "cancel" } },
];

export interface KeyPress {
  key: string;
  /** The key's place on the keyboard, such as Digit1: what Shift makes of a digit differs by layout. */
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** The press in the table's spelling. Symbols keep whatever modifiers their keyboard layout needs. */
export function spell(press: KeyPress): string {
  const key = press.key.toLowerCase();
  if (press.shiftKey && key.startsWith("arrow") && !press.ctrlKey) return `shift+${key}`;
  const isCommand = (press.ctrlKey || press.metaKey) && !press.altKey;
  if (isCommand) return `ctrl+${press.shiftKey ? "shift+" : ""}${key}`;
  const digit = /^Digit([0-9])$/.exec(press.code ?? "")?.[1];
  if (digit && press.altKey) return `alt+${digit}`;
  if (digit && press.shiftKey && !/^[0-9]$/.test(key)) return `shift+${digit}`;
  if (press.altKey && /^[a-z0-9]$/.test(key)) return `alt+${key}`;
  return key;
}

/** The binding's name, which stays when its keys change. */
export const nameOf = ({ action }: Binding): string => Object.values(action).join(" ");

const typesCharacter = (key: string): boolean => [...key].length === 1 || /^(shift|alt)\+.$/.test(key);

export function keysOf(binding: Binding, settings: KeySettings): readonly string[] {
  const own = settings.own[nameOf(binding)];
  const keys = own === undefined ? binding.keys : [own];
  return settings.characterKeysOff ? keys.filter((key) => !typesCharacter(key)) : keys;
}

const isOffered = ({ only }: Binding, offers: ReadonlySet<Offer>): boolean => !only || offers.has(only);

/** What a key press asks for, or undefined if it is none of ours. */
export function actionFor(
  press: KeyPress,
  offers: ReadonlySet<Offer>,
  settings: KeySettings = DEFAULT_KEYS,
): Action | undefined {
  const spelled = spell(press);
  const isMeant = (binding: Binding): boolean =>
    keysOf(binding, settings).includes(spelled) && isOffered(binding, offers);
  return BINDINGS.find(isMeant)?.action;
}

export const bindingsShown = (offers: ReadonlySet<Offer>): readonly Binding[] =>
  BINDINGS.filter((binding) => isOffered(binding, offers));

/** Keys that always do what they do, so that every list can be left and this one found again. */
const FIXED: ReadonlySet<string> = new Set(["escape", "?", "tab", "shift+tab"]);

/** The settings with a key for this binding, or a sentence that says why it can't be that one. */
export function withKey(settings: KeySettings, binding: Binding, key: string): KeySettings | string {
  if (FIXED.has(key)) return `${shownKey(key)} can't be given to anything else.`;
  const holder = BINDINGS.find((other) => other !== binding && keysOf(other, settings).includes(key));
  if (holder) return `${shownKey(key)} is taken: ${holder.label}. Give that another key first.`;
  return { ...settings, own: { ...settings.own, [nameOf(binding)]: key } };
}

const SHOWN: Record<string, string> = {
  " ": "Space",
  arrowright: "→",
  arrowleft: "←",
  arrowdown: "↓",
  arrowup: "↑",
  delete: "Del",
  escape: "Esc",
  "-": "−",
};

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** A key as it is printed on keyboards. */
export const shownKey = (key: string): string =>
  SHOWN[key] ??
  (key === "+"
    ? key
    : key
        .split("+")
        .map((part) => SHOWN[part] ?? capital(part))
        .join(" "));

/** The first key of a binding as it is shown; empty where it has none. */
export function shownOf(binding: Binding, settings: KeySettings): string {
  const [first] = keysOf(binding, settings);
  return first === undefined ? "" : shownKey(first);
}
