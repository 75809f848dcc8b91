import { expect, it, vi } from "vitest";
import type { Display } from "../contract/reader";
import { Beats } from "./beats";
import { clientOf, makeRead, refusal, unreachable } from "./testing";

const display: Display = {
  width: 1440,
  height: 900,
  pixel_ratio: 1,
  colour_depth: 24,
  pattern_seen: null,
  webgl2: true,
  renderer: "a card",
  drawn_by: "cornerstone" as const,
};

function beating(answers: (() => unknown)[]) {
  const { client, calls } = clientOf({ "/beat": answers });
  const clock = { now: 0 };
  const lost = vi.fn();
  const beats = new Beats({ client, now: () => clock.now, display: () => display, lost });
  beats.attention.show(0);
  beats.begin(makeRead());
  return { beats, calls, clock, lost };
}
const claims = (calls: { body: unknown }[]): number[] =>
  calls.map(({ body }) => (body as { active_ms: number }).active_ms);

it("claims each stretch once, with the display", async () => {
  const { beats, calls, clock } = beating([() => ({})]);
  clock.now = 15_000;
  await beats.beat();
  clock.now = 20_000;
  await beats.beat();
  expect(claims(calls)).toEqual([15_000, 5000]);
  expect(calls[0]?.body).toMatchObject({ lease: "lease-1", width: 1440, pattern_seen: null });
});

it("claims again what the server did not take", async () => {
  const { beats, calls, clock, lost } = beating([unreachable, () => ({})]);
  clock.now = 15_000;
  await beats.beat();
  clock.now = 30_000;
  await beats.beat();
  expect(claims(calls)).toEqual([15_000, 30_000]);
  expect(lost).not.toHaveBeenCalled();
});

it("counts for the case at hand alone", async () => {
  const { beats, calls, clock } = beating([() => ({})]);
  clock.now = 10_000;
  beats.begin(makeRead({ id: "read-2" }));
  clock.now = 12_000;
  expect(beats.pending).toBe(2000);
  beats.end();
  await beats.beat();
  expect(calls).toEqual([]);
});

it("says so when another device has the case", async () => {
  const { beats, lost } = beating([refusal(409, { detail: "Elsewhere.", code: "lease" })]);
  await beats.beat();
  expect(lost).toHaveBeenCalledOnce();
});

it("has one beat under way at a time, as while the password is asked for", async () => {
  const { beats, calls } = beating([() => new Promise(() => undefined)]);
  void beats.beat();
  void beats.beat();
  expect(calls).toHaveLength(1);
});
