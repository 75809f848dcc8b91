import { expect, it } from "vitest";
import { DisplayCheck, isTooSmall } from "./display";

it("keeps what the reader said of the grey steps as long as the window lives", () => {
  const kept = new Map<string, string>();
  const store = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  };
  expect(new DisplayCheck(store).patternSeen.value).toBeNull();
  new DisplayCheck(store).say(false);
  expect(new DisplayCheck(store).patternSeen.value).toBe(false);
  new DisplayCheck(store).say(true);
  expect(new DisplayCheck(store).patternSeen.value).toBe(true);
});

it("knows a window that is too small to read in", () => {
  expect(isTooSmall({ width: 1024, height: 768 })).toBe(false);
  expect(isTooSmall({ width: 1536, height: 2048 })).toBe(false);
  expect(isTooSmall({ width: 900, height: 1200 })).toBe(true);
  expect(isTooSmall({ width: 1400, height: 500 })).toBe(true);
});
