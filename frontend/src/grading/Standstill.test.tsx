// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, it, vi } from "vitest";
import { Standstill } from "./Standstill";
import { makeRead, reading, stage } from "./testing";

afterEach(() => vi.useRealTimers());

async function rest(opensAt: string) {
  vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") });
  const waiting = { status: "waiting", opens_at: opensAt, message: "A break of 10 minutes after 25 cases." };
  const set = stage({ "/next": [() => waiting, reading(makeRead())] });
  const root = document.body.appendChild(document.createElement("div"));
  await set.room.next();
  await act(() => render(<Standstill room={set.room} homeUrl="/read/" onTakeOver={() => undefined} />, root));
  return { ...set, root };
}

it("says why and until when, and lets the reader go on by one key when a break is over", async () => {
  const { root, room, calls } = await rest("2026-03-01T12:10:00Z");
  expect(root.textContent).toContain("A break of 10 minutes after 25 cases.");
  expect(root.textContent).toContain("2026-03-01 12:10 UTC");
  expect(root.querySelector("button")).toBeNull();
  await act(() => void vi.advanceTimersByTime(10 * 60_000 + 1000));
  const button = root.querySelector("button");
  expect(document.activeElement).toBe(button);
  expect(calls).toHaveLength(1);
  button?.click();
  await vi.advanceTimersByTimeAsync(0);
  expect(room.phase.value.kind).toBe("reading");
});

it("offers nothing to press while a washout of weeks runs", async () => {
  const { root } = await rest("2026-03-29T12:00:00Z");
  await act(() => void vi.advanceTimersByTime(20 * 3600_000));
  expect(root.querySelector("button")).toBeNull();
});
