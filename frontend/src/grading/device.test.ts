import { expect, it } from "vitest";
import { deviceId } from "./device";

it("is the same in one browser, another in another, and fresh where nothing is kept", () => {
  const held = new Map<string, string>();
  const store = {
    getItem: (name: string) => held.get(name) ?? null,
    setItem: (name: string, value: string) => void held.set(name, value),
  };
  const first = deviceId(store);
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(deviceId(store)).toBe(first);
  held.clear();
  expect(deviceId(store)).not.toBe(first);
  const closed = {
    getItem: () => null,
    setItem: () => {
      throw new Error("closed");
    },
  };
  expect(deviceId(closed)).not.toBe(deviceId(closed));
});
