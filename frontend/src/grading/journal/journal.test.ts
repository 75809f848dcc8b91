import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Input, JournalKey } from "../../contract/reader";
import { unanswered } from "../../core/answers";
import type { Entry } from "../../core/journal";
import { makeRead, reading, refusal, stage, unreachable } from "../testing";
import { Journal } from "./journal";
import type { Sealed } from "./seal";
import type { Shelf } from "./shelf";

const keyOf = (id: string, filling: number): JournalKey => ({
  id,
  key: btoa(String.fromCharCode(...new Uint8Array(32).fill(filling))),
});
const MINE = keyOf("mine", 1);
const OTHERS = keyOf("others", 2);

const given = (grade: 0 | 1 | 2 | 3): Input => ({
  answers: [{ ...unanswered({ level: "L1", half: "upper" }), grade }],
  comment: "",
});
const entry = (changes: Partial<Entry> = {}): Entry => ({
  enrolment: "study-1",
  read: "read-1",
  draftUrl: "/draft",
  lease: "lease-0",
  version: 0,
  states: [given(3)],
  enteredAt: "2026-03-01T10:00:00.000Z",
  ...changes,
});

let rows: Map<string, Sealed>;
let shelf: Shelf;

async function journalWith(...keys: JournalKey[]): Promise<Journal> {
  const journal = new Journal();
  await journal.open(
    async () => keys,
    async () => shelf,
  );
  return journal;
}

beforeEach(() => {
  vi.stubGlobal("isSecureContext", true);
  rows = new Map();
  shelf = {
    put: async (sealed) => void rows.set(sealed.read, sealed),
    remove: async (read) => void rows.delete(read),
    all: async () => [...rows.values()],
  };
});

describe("the journal", () => {
  it("gives back to its reader what it kept", async () => {
    await (await journalWith(MINE)).keep(entry());
    expect(await (await journalWith(MINE)).entries("study-1")).toEqual([entry()]);
    expect(await (await journalWith(MINE)).entries("study-2")).toEqual([]);
  });

  it("shows nothing to anyone else, on the disk or with another key", async () => {
    await (await journalWith(MINE)).keep(entry());
    const [row] = rows.values();
    const text = new TextDecoder("latin1").decode(row?.content);
    expect(text).not.toMatch(/L1|upper|study-1|lease/);
    expect(await (await journalWith(OTHERS)).entries("study-1")).toEqual([]);
    expect(await (await journalWith({ ...OTHERS, id: "mine" })).entries("study-1")).toEqual([]);
    expect(rows.size).toBe(1);
  });

  it("opens what was sealed under an earlier secret, and seals under the newest", async () => {
    await (await journalWith(MINE)).keep(entry());
    const renewed = await journalWith(OTHERS, MINE);
    expect(await renewed.entries("study-1")).toHaveLength(1);
    await renewed.keep(entry({ version: 5 }));
    expect(rows.get("read-1")?.person).toBe("others");
  });

  it("takes an entry moved to another read, or changed, for none", async () => {
    await (await journalWith(MINE)).keep(entry());
    const row = rows.get("read-1") as Sealed;
    rows.set("read-2", { ...row, read: "read-2" });
    new Uint8Array(row.content)[0] = (new Uint8Array(row.content)[0] ?? 0) ^ 1;
    expect(await (await journalWith(MINE)).entries("study-1")).toEqual([]);
  });

  it("keeps the last of several and forgets what the server has, in order", async () => {
    const journal = await journalWith(MINE);
    void journal.keep(entry({ version: 1 }));
    void journal.keep(entry({ version: 2 }));
    await journal.keep(entry({ read: "read-2", version: 3 }));
    expect((await journal.entries("study-1")).map(({ version }) => version)).toEqual([2, 3]);
    void journal.keep(entry({ version: 4 }));
    await journal.drop("read-1");
    expect((await journal.entries("study-1")).map(({ read }) => read)).toEqual(["read-2"]);
  });

  it.each([
    ["without TLS", () => vi.stubGlobal("isSecureContext", false), /TLS/],
    ["where the browser keeps nothing", () => Object.assign(shelf, { all: undefined }), /^$/],
  ])("says why it keeps nothing %s", async (_, spoil, words) => {
    spoil();
    expect((await journalWith(MINE)).problem.value).toMatch(words);
  });

  it("says so when the disk takes no more, and reading goes on", async () => {
    shelf.put = async () => {
      throw new Error("QuotaExceededError");
    };
    const journal = await journalWith(MINE);
    await journal.keep(entry());
    expect(journal.problem.value).toContain("disk");
  });
});

describe("trust 15: what an earlier sitting left", () => {
  async function sitting(left: Entry, answers: Parameters<typeof stage>[0]) {
    const journal = await journalWith(MINE);
    await journal.keep(left);
    const set = stage(answers, { journal });
    await set.room.next();
    await vi.waitFor(() => undefined);
    return { ...set, journal };
  }

  it("is back in the form and goes to the server", async () => {
    vi.useFakeTimers();
    const { room, calls } = await sitting(entry(), {
      "/next": [reading(makeRead({ lease: "lease-9" }))],
      "/draft": [() => ({ version: 1 })],
    });
    expect(room.form.answers[0]?.grade).toBe(3);
    expect(room.form.message.value).toContain("is back");
    await vi.advanceTimersByTimeAsync(500);
    expect(calls.at(-1)?.body).toMatchObject({ lease: "lease-9", version: 0 });
    vi.useRealTimers();
    await vi.waitFor(() => expect(rows.size).toBe(0));
  });

  it("asks the reader where the case was saved elsewhere since, and both inputs stay", async () => {
    const { room, calls } = await sitting(entry(), {
      "/next": [reading(makeRead({ version: 4, ...given(1) }))],
      "/draft": [refusal(409, { detail: "Elsewhere.", kept: true })],
    });
    expect(room.saving.state.value.kind).toBe("conflict");
    expect(room.form.answers[0]?.grade).toBe(3);
    expect(calls.at(-1)?.body).toMatchObject({ lease: "lease-0", entered_at: entry().enteredAt });
    expect(rows.size).toBe(1);
  });

  it("is forgotten where the server has it", async () => {
    const { room } = await sitting(entry(), {
      "/next": [reading(makeRead({ version: 4, ...given(3) }))],
    });
    expect(room.saving.state.value.kind).toBe("idle");
    await vi.waitFor(() => expect(rows.size).toBe(0));
  });

  it("is kept at the server and told where its case is handed in already", async () => {
    const { room } = await sitting(entry({ read: "read-0", draftUrl: "/draft-0" }), {
      "/next": [reading(makeRead())],
      "/draft-0": [refusal(409, { detail: "Handed in.", code: "submitted", kept: true })],
    });
    await vi.waitFor(() => expect(room.leftovers.late.value).toHaveLength(1));
    expect(room.leftovers.late.value[0]).toContain("too late to count");
    await vi.waitFor(() => expect(rows.size).toBe(0));
  });

  it("goes to the server with the next case, but not what the submission before it has brought", async () => {
    const { room, calls, journal } = await sitting(entry({ read: "read-0", draftUrl: "/draft-0" }), {
      "/next": [reading(makeRead({ bulk_none: true, draft_url: "/draft-1" }))],
      "/draft-0": [unreachable, () => ({ version: 1 })],
      "/draft-1": [() => ({ version: 1 })],
      "/submit": [() => ({ status: "submitted", next: reading(makeRead({ id: "read-2" }))() })],
    });
    room.perform({ do: "none-for-rest" });
    await vi.waitFor(async () => expect(await journal.entries("study-1")).toHaveLength(2));
    await room.submit();
    expect(room.read.value?.id).toBe("read-2");
    await vi.waitFor(() => expect(rows.size).toBe(0));
    const drafts = calls.filter(({ method }) => method === "PUT").map(({ url }) => url);
    expect(drafts.filter((url) => url === "/draft-0")).toHaveLength(2);
    expect(drafts.filter((url) => url === "/draft-1").length).toBeLessThanOrEqual(1);
  });

  it("stays on this machine until the server has answered", async () => {
    const { room } = await sitting(entry({ read: "read-0", draftUrl: "/draft-0" }), {
      "/next": [reading(makeRead())],
      "/draft-0": [unreachable],
    });
    expect(room.leftovers.late.value).toEqual([]);
    expect(rows.size).toBe(1);
  });
});
