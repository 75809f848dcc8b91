import { expect, it } from "vitest";
import { Attention, IDLE_AFTER_MS } from "./attention";

it("counts while the page is seen, and not while it is hidden", () => {
  const attention = new Attention();
  expect(attention.pending(500)).toBe(0);
  attention.show(1000);
  expect(attention.pending(4000)).toBe(3000);
  attention.hide(5000);
  expect(attention.pending(90_000)).toBe(4000);
  attention.show(100_000);
  expect(attention.pending(101_000)).toBe(5000);
});

it("leaves idle time out, from the last touch on", () => {
  const attention = new Attention();
  attention.show(0);
  attention.touch(20_000);
  const idle = 20_000 + IDLE_AFTER_MS;
  expect(attention.pending(idle + 600_000)).toBe(idle);
  attention.touch(idle + 700_000);
  expect(attention.pending(idle + 705_000)).toBe(idle + 5000);
});

it("loses nothing that was not taken, and starts anew with a case", () => {
  const attention = new Attention();
  attention.show(0);
  expect(attention.pending(10_000)).toBe(10_000);
  expect(attention.pending(12_000)).toBe(12_000);
  attention.taken(10_000);
  expect(attention.pending(13_000)).toBe(3000);
  attention.restart(14_000);
  expect(attention.pending(15_000)).toBe(1000);
});
