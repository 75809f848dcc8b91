/** What each key does in the reading room. One table drives the handling and the key sheet. */

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
  | { do: "opacity"; step: number }
  | { do: "toggle-map" }
  | { do: "hold-map" }
  | { do: "undo" }
  | { do: "redo" }
  | { do: "submit" }
  | { do: "help" }
  | { do: "cancel" };

export interface Binding {
  /** `KeyboardEvent.key` values, lower case; "ctrl+" stands for Control or Command. */
  keys: readonly string[];
  /** Empty where the binding before says it for this one too. */
  shown: string;
  label: string;
  action: Action;
  /** Listed and active only where a Modic map is shown. */
  mapOnly?: true;
}

const grade = (value: GradeValue, label: string): Binding => ({
  keys: [String(value)],
  shown: String(value),
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

export const BINDINGS: readonly Binding[] = [
  grade(0, "No Modic change"),
  grade(1, "Modic type 1"),
  grade(2, "Modic type 2"),
  grade(3, "Modic type 3"),
  { keys: ["n", "g"], shown: "N", label: "Not gradable, then its reason", action: { do: "not-gradable" } },
  { keys: ["delete", "backspace"], shown: "Del", label: "Clear the half", action: { do: "clear" } },
  { keys: ["arrowright"], shown: "→", label: "Next half", action: { do: "move", step: 1 } },
  { keys: ["arrowleft"], shown: "←", label: "Previous half", action: { do: "move", step: -1 } },
  {
    keys: ["arrowdown", "pagedown"],
    shown: "↓",
    label: "Next slice (also wheel)",
    action: { do: "slice", step: 1 },
  },
  { keys: ["arrowup", "pageup"], shown: "↑", label: "Previous slice", action: { do: "slice", step: -1 } },
  { keys: ["home"], shown: "Home", label: "First slice", action: { do: "end-slice", last: false } },
  { keys: ["end"], shown: "End", label: "Last slice", action: { do: "end-slice", last: true } },
  { keys: ["+", "="], shown: "+", label: "Zoom in", action: { do: "zoom", factor: 1.25 } },
  { keys: ["-"], shown: "−", label: "Zoom out", action: { do: "zoom", factor: 0.8 } },
  { keys: ["r"], shown: "R", label: "Reset window, zoom and position", action: { do: "reset" } },
  { keys: ["f"], shown: "F", label: "Whole image", action: { do: "whole-image" } },
  { keys: ["i"], shown: "I", label: "Invert grey", action: { do: "invert" } },
  {
    keys: ["c"],
    shown: "C",
    label: "More contrast (narrower window)",
    action: { do: "window", factor: 0.8 },
  },
  { keys: ["v"], shown: "V", label: "Less contrast (wider window)", action: { do: "window", factor: 1.25 } },
  { keys: ["d"], shown: "D", label: "Ruler: 5 mm, then drag to measure", action: { do: "ruler" } },
  ...(
    [
      ["shift+arrow", "Shift ←↑↓→", "Measure: move the ruler's end", true],
      ["ctrl+arrow", "Ctrl ←↑↓→", "Measure: move the ruler", false],
    ] as const
  ).flatMap(([keys, shown, label, endOnly]) =>
    DIRECTIONS.map(
      ([direction, across, down], i): Binding => ({
        keys: [`${keys}${direction}`],
        shown: i === 0 ? shown : "",
        label,
        action: { do: "move-ruler", across, down, endOnly },
      }),
    ),
  ),
  { keys: ["m"], shown: "M", label: "Modic map on or off", action: { do: "toggle-map" }, mapOnly: true },
  { keys: [" "], shown: "Space", label: "Hold to hide the map", action: { do: "hold-map" }, mapOnly: true },
  {
    keys: ["]", "."],
    shown: "]",
    label: "Map more opaque",
    action: { do: "opacity", step: 0.1 },
    mapOnly: true,
  },
  {
    keys: ["[", ","],
    shown: "[",
    label: "Map less opaque",
    action: { do: "opacity", step: -0.1 },
    mapOnly: true,
  },
  { keys: ["u", "ctrl+z"], shown: "U", label: "Undo", action: { do: "undo" } },
  { keys: ["y", "ctrl+y", "ctrl+shift+z"], shown: "Y", label: "Redo", action: { do: "redo" } },
  {
    keys: ["enter", "ctrl+enter"],
    shown: "Enter",
    label: "Submit and go to the next case",
    action: { do: "submit" },
  },
  { keys: ["?"], shown: "?", label: "This list of keys", action: { do: "help" } },
  { keys: ["escape"], shown: "Esc", label: "Close a list", action: { do: "cancel" } },
];

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** The press in the table's spelling. Symbols keep whatever modifiers their keyboard layout needs. */
function spell(press: KeyPress): string {
  const key = press.key.toLowerCase();
  const isSymbol = key.length === 1 && !/[a-z0-9 ]/.test(key);
  if (press.shiftKey && key.startsWith("arrow")) return `shift+${key}`;
  const isCommand = (press.ctrlKey || press.metaKey) && !press.altKey;
  if (isSymbol && !isCommand) return key;
  return `${isCommand ? "ctrl+" : ""}${isCommand && press.shiftKey ? "shift+" : ""}${key}`;
}

/** What a key press asks for, or undefined if it is none of ours. */
export function actionFor(press: KeyPress, hasMap: boolean): Action | undefined {
  if (press.altKey && /^[a-z0-9]$/i.test(press.key)) return undefined;
  const spelled = spell(press);
  const binding = BINDINGS.find(({ keys, mapOnly }) => keys.includes(spelled) && (hasMap || !mapOnly));
  return binding?.action;
}

export const bindingsShown = (hasMap: boolean): readonly Binding[] =>
  BINDINGS.filter(({ mapOnly, shown }) => shown !== "" && (hasMap || !mapOnly));
