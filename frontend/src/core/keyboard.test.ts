import { expect, it } from "vitest";
import {
  type Action,
  actionFor as actionWith,
  BINDINGS,
  bindingsShown,
  DEFAULT_KEYS,
  type KeyPress,
  type KeySettings,
  type Offer,
  shownOf,
  withKey,
} from "./keyboard";

const ALL: ReadonlySet<Offer> = new Set(["map", "bulk", "confidence"]);
const NONE: ReadonlySet<Offer> = new Set();
const actionFor = (press: KeyPress, all: boolean, settings?: KeySettings): Action | undefined =>
  actionWith(press, all ? ALL : NONE, settings);

const press = (key: string, modifiers: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

it("grades by number", () => {
  expect(actionFor(press("0"), false)).toEqual({ do: "grade", value: 0 });
  expect(actionFor(press("3"), false)).toEqual({ do: "grade", value: 3 });
  expect(actionFor(press("4"), false)).toBeUndefined();
});

it("has no map keys where there is no map", () => {
  for (const key of ["m", " ", "[", "]"]) {
    expect(actionFor(press(key), false)).toBeUndefined();
    expect(actionFor(press(key), true)).toBeDefined();
  }
  expect(bindingsShown(NONE).some(({ label }) => label.includes("map"))).toBe(false);
});

it("takes capitals, Control with letters, and symbols behind AltGr", () => {
  expect(actionFor(press("R", { shiftKey: true }), false)).toEqual({ do: "reset" });
  expect(actionFor(press("z", { ctrlKey: true }), false)).toEqual({ do: "undo" });
  expect(actionFor(press("Z", { metaKey: true, shiftKey: true }), false)).toEqual({ do: "redo" });
  expect(actionFor(press("[", { ctrlKey: true, altKey: true }), true)).toEqual({ do: "opacity", step: -0.1 });
  expect(actionFor(press("?", { shiftKey: true }), false)).toEqual({ do: "help" });
  expect(actionFor(press("Enter", { ctrlKey: true }), false)).toEqual({ do: "submit" });
});

it("takes Shift with a digit by its place, whatever the layout makes of it", () => {
  const also1 = { do: "secondary", type: 1 };
  expect(actionFor(press("!", { shiftKey: true, code: "Digit1" }), false)).toEqual(also1);
  expect(actionFor(press("+", { shiftKey: true, code: "Digit1" }), false)).toEqual(also1);
  expect(actionFor(press("1", { shiftKey: true, code: "Digit1" }), false)).toEqual({ do: "grade", value: 1 });
  expect(actionFor(press("1", { code: "Numpad1" }), false)).toEqual({ do: "grade", value: 1 });
});

it("has keys for what a case offers only there", () => {
  for (const key of ["b", "c"]) {
    expect(actionFor(press(key), false)).toBeUndefined();
    expect(actionFor(press(key), true)).toBeDefined();
  }
});

const binding = (label: string) => {
  const found = BINDINGS.find((one) => one.label === label);
  if (!found) throw new Error(label);
  return found;
};

it("lets a reader choose a key, one binding a key, and keeps the ways out", () => {
  const undo = binding("Undo");
  const changed = withKey(DEFAULT_KEYS, undo, "w");
  if (typeof changed === "string") throw new Error(changed);
  expect(actionFor(press("w"), false, changed)).toEqual({ do: "undo" });
  expect(actionFor(press("u"), false, changed)).toBeUndefined();
  expect(shownOf(undo, changed)).toBe("W");
  expect(withKey(changed, binding("Invert grey"), "w")).toBe(
    "W is taken: Undo. Give that another key first.",
  );
  expect(withKey(changed, undo, "escape")).toContain("can't be given");
  expect(typeof withKey(changed, binding("Invert grey"), "u")).toBe("object");
});

it("can be without keys that type a character", () => {
  const off = { ...DEFAULT_KEYS, characterKeysOff: true };
  for (const key of ["0", "n", "?", " ", "+"]) expect(actionFor(press(key), true, off)).toBeUndefined();
  expect(actionFor(press("!", { shiftKey: true, code: "Digit1" }), true, off)).toBeUndefined();
  expect(actionFor(press("ArrowRight"), true, off)).toEqual({ do: "move", step: 1 });
  expect(actionFor(press("z", { ctrlKey: true }), true, off)).toEqual({ do: "undo" });
  expect(actionFor(press("Enter"), true, off)).toEqual({ do: "submit" });
  expect(shownOf(binding("Undo"), off)).toBe("Ctrl Z");
});

it("leaves the browser's own keys alone", () => {
  expect(actionFor(press("r", { ctrlKey: true }), false)).toBeUndefined();
  expect(actionFor(press("f", { metaKey: true }), false)).toBeUndefined();
  expect(actionFor(press("1", { altKey: true }), false)).toBeUndefined();
  expect(actionFor(press("+", { ctrlKey: true }), false)).toBeUndefined();
  expect(actionFor(press("Tab"), false)).toBeUndefined();
});

it("gives no key two meanings", () => {
  const all = BINDINGS.flatMap(({ keys }) => keys);
  expect(new Set(all).size).toBe(all.length);
});
