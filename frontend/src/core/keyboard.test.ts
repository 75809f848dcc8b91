import { expect, it } from "vitest";
import { actionFor, BINDINGS, bindingsShown, type KeyPress } from "./keyboard";

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
  expect(bindingsShown(false).some(({ label }) => label.includes("map"))).toBe(false);
});

it("takes capitals, Control with letters, and symbols behind AltGr", () => {
  expect(actionFor(press("R", { shiftKey: true }), false)).toEqual({ do: "reset" });
  expect(actionFor(press("z", { ctrlKey: true }), false)).toEqual({ do: "undo" });
  expect(actionFor(press("Z", { metaKey: true, shiftKey: true }), false)).toEqual({ do: "redo" });
  expect(actionFor(press("[", { ctrlKey: true, altKey: true }), true)).toEqual({ do: "opacity", step: -0.1 });
  expect(actionFor(press("?", { shiftKey: true }), false)).toEqual({ do: "help" });
  expect(actionFor(press("Enter", { ctrlKey: true }), false)).toEqual({ do: "submit" });
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
