import { beforeEach, expect, it, vi } from "vitest";
import type { NextCase } from "../../contract/reader";
import { makeRead, reading, type Stage, stage, unreachable } from "../testing";
import { Journal } from "./journal";
import type { Sealed } from "./seal";

const KEY = { id: "mine", key: btoa(String.fromCharCode(...new Uint8Array(32).fill(1))) };
const WORDS = "Two patients in one exam";

let rows: Map<string, Sealed>;

beforeEach(() => {
  vi.stubGlobal("isSecureContext", true);
  rows = new Map();
});

/** A page of its own on this machine: what stays from the last one is what lies on the disk. */
async function sitting(answers: Parameters<typeof stage>[0]): Promise<Stage> {
  const journal = new Journal();
  await journal.open(
    async () => [KEY],
    async () => ({
      put: async (sealed) => void rows.set(sealed.read, sealed),
      remove: async (read) => void rows.delete(read),
      all: async () => [...rows.values()],
    }),
  );
  const set = stage(answers, { journal });
  await set.room.next();
  return set;
}

/** A page in which a report was begun, and that went away without sending it. */
async function begun(send: (() => unknown)[] = []): Promise<Stage> {
  const set = await sitting({ "/next": [reading(makeRead())], "/reports/": send });
  set.room.pen.put({ kind: "other" });
  set.room.pen.put({ text: WORDS });
  await vi.waitFor(() => expect(rows.size).toBe(1));
  return set;
}

const sent = ({ calls }: Stage): unknown[] =>
  calls.filter(({ method, url }) => method === "POST" && url.startsWith("/reports")).map(({ body }) => body);

it("is back in its case after the page went away, and not readable on the disk meanwhile", async () => {
  await begun();
  const [row] = rows.values();
  expect(new TextDecoder("latin1").decode(row?.content)).not.toMatch(/patients|other|reports/);
  const { room } = await sitting({ "/next": [reading(makeRead())] });
  await vi.waitFor(() => expect(room.pen.draft.value).toMatchObject({ kind: "other", text: WORDS }));
  expect(room.form.message.value).toContain("is back");
  expect(room.pen.left.value).toEqual([]);
});

it("is the same report when its answer got lost and another sitting sends it again, and then gone", async () => {
  const first = await begun([unreachable]);
  expect(await first.room.pen.report()).toContain("cannot be reached");
  const second = await sitting({ "/next": [reading(makeRead())], "/reports/": [() => ({ id: "1" })] });
  await vi.waitFor(() => expect(second.room.pen.isUnsent).toBe(true));
  expect(await second.room.pen.report()).toBe("");
  expect(sent(second)).toEqual(sent(first));
  await vi.waitFor(() => expect(rows.size).toBe(0));
});

it("is another report once its words are others", async () => {
  const set = await begun([() => ({ id: "1" })]);
  const { idempotencyKey } = set.room.pen.draft.value;
  set.room.pen.put({ text: `${WORDS}, I think` });
  expect(set.room.pen.draft.value.idempotencyKey).not.toBe(idempotencyKey);
});

it("is forgotten when it is emptied", async () => {
  const { room } = await begun();
  room.pen.put({ text: " " });
  await vi.waitFor(() => expect(rows.size).toBe(0));
});

const done: NextCase = { status: "complete", message: "All is read." };

it.each([
  ["another case", reading(makeRead({ id: "read-2", reports_url: "/reports-2/" }))],
  ["the end", () => done],
])("is shown with %s where its own is open no more, and sent from its own case", async (_, next) => {
  await begun();
  const set = await sitting({ "/next": [next], "/reports/": [unreachable, () => ({ id: "1" })] });
  await vi.waitFor(() => expect(set.room.pen.left.value).toMatchObject([{ text: WORDS }]));
  expect(set.room.pen.isUnsent).toBe(false);
  const [report] = set.room.pen.left.value;
  if (!report) throw new Error("no report is left");
  expect(await set.room.pen.sendLeft(report)).toContain("cannot be reached");
  expect(rows.size).toBe(1);
  expect(await set.room.pen.sendLeft(report)).toBe("");
  expect(set.room.pen.left.value).toEqual([]);
  expect(sent(set).at(-1)).toMatchObject({ text: WORDS, idempotency_key: report.idempotencyKey });
  await vi.waitFor(() => expect(rows.size).toBe(0));
});

it("is thrown away where the reader says so", async () => {
  await begun();
  const { room } = await sitting({ "/next": [() => done] });
  await vi.waitFor(() => expect(room.pen.left.value).toHaveLength(1));
  for (const report of room.pen.left.value) room.pen.dropLeft(report);
  await vi.waitFor(() => expect(rows.size).toBe(0));
  expect(room.pen.left.value).toEqual([]);
});
