// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, it, vi } from "vitest";
import { Standstill } from "./Standstill";
import { makeRead, reading, refusal, stage } from "./testing";

afterEach(() => vi.useRealTimers());

/** What is shown once the server has answered, without what the browser would do after painting it. */
async function shownAfter(answer: () => unknown): Promise<HTMLElement> {
  const { room } = stage({ "/next": [answer] });
  const root = document.body.appendChild(document.createElement("div"));
  await room.next();
  render(<Standstill room={room} homeUrl="/read/" onTakeOver={() => undefined} />, root);
  return root;
}

const since = "2026-03-01T12:00:00Z";
const message = "Read the study's instructions and acknowledge them before you go on.";
const gate = { code: "instructions", url: "/read/1/instructions/" };

it.each([
  ["a case open elsewhere", () => ({ status: "elsewhere", where: "Firefox", since, last_at: since }), "Read here"],
  ["an unforeseen refusal", refusal(403, { detail: "Not now." }), "Try again"],
  ["a gate", () => ({ status: "gate", message, ...gate }), "To the instructions"],
])("has the way on in focus before the next key comes: %s", async (_, answer, words) => {
  const root = await shownAfter(answer);
  expect(root.contains(document.activeElement)).toBe(true);
  expect(document.activeElement?.textContent).toContain(words);
});

it.each([
  ["after a case", () => ({ status: "gate", message, ...gate })],
  ["at the door", refusal(409, { detail: message, ...gate })],
])("leads from a gate to the page where it is opened, %s", async (_, answer) => {
  const root = await shownAfter(answer);
  expect(root.textContent).toContain(message);
  expect(root.querySelector("a")?.getAttribute("href")).toBe(gate.url);
});

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
