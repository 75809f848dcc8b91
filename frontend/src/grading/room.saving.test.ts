import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Answer, DraftRequest, Read, Refusal, Site, SubmitRequest } from "../contract/reader";
import { asAnswers, unanswered } from "../core/answers";
import { ALL_SITES } from "../core/testing";
import { focused, gradeAll, makeRead, opened, reading, refusal, type Stage, unreachable, waiting } from "./testing";

describe("saving", () => {
  it("stores the draft with lease and version after a pause", async () => {
    vi.useFakeTimers();
    const set = await opened();
    set.room.perform({ do: "grade", value: 3 });
    await vi.advanceTimersByTimeAsync(500);
    const body = set.calls.at(-1)?.body as DraftRequest;
    expect(body).toMatchObject({ lease: "lease-1", version: 0 });
    expect(body.answers[0]).toMatchObject({ level: "L1", half: "upper", grade: 3 });
    expect(set.room.saving.state.value.kind).toBe("saved");
    vi.useRealTimers();
  });

  const theirs = [{ ...unanswered(ALL_SITES[0] as Site), grade: 1 }] as Answer[];

  async function inConflict(again: () => unknown): Promise<Stage> {
    const current = { lease: "lease-2", version: 7, answers: theirs, comment: "" };
    const set = await opened({
      "/next": [reading(makeRead()), again],
      "/draft": [refusal(409, { detail: "Changed elsewhere.", current, kept: true }), () => ({ version: 8 })],
    });
    set.room.perform({ do: "grade", value: 3 });
    await vi.advanceTimersByTimeAsync(500);
    expect(set.room.saving.state.value).toMatchObject({ kind: "conflict", message: "Changed elsewhere." });
    expect(asAnswers(set.room.form.sheet.value)[0]?.grade).toBe(3);
    return set;
  }
  const again = reading(makeRead({ lease: "lease-3", version: 7, answers: theirs }));

  it("lets the reader's input take the place of what is stored, and says so to the server", async () => {
    vi.useFakeTimers();
    const set = await inConflict(again);
    await set.room.settleConflict(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(set.calls.at(-1)?.body).toMatchObject({ version: 7, lease: "lease-3", replaces: true });
    expect(asAnswers(set.room.form.sheet.value)[0]?.grade).toBe(3);
    expect(set.room.saving.state.value.kind).toBe("saved");
    vi.useRealTimers();
  });

  it("takes the stored answers if the reader says so", async () => {
    vi.useFakeTimers();
    const set = await inConflict(again);
    await set.room.settleConflict(false);
    expect(asAnswers(set.room.form.sheet.value)[0]?.grade).toBe(1);
    set.room.judge({ level: "L5", half: "lower" }, { grade: 2 });
    await vi.advanceTimersByTimeAsync(500);
    expect(set.calls.at(-1)?.body).toMatchObject({ version: 7, lease: "lease-3", replaces: false });
    vi.useRealTimers();
  });

  it("keeps the question open while the server is away, and goes on where the case was handed in", async () => {
    vi.useFakeTimers();
    const set = await inConflict(unreachable);
    await set.room.settleConflict(true);
    expect(set.room.saving.state.value).toMatchObject({ kind: "conflict", theirs: { version: 7 } });
    const other = await inConflict(reading(makeRead({ id: "read-2" })));
    await other.room.settleConflict(true);
    expect(other.room.read.value?.id).toBe("read-2");
    expect(other.room.form.missing).toHaveLength(12);
    vi.useRealTimers();
  });
});

describe("the same case opened again", () => {
  const refused = refusal(403, { detail: "Not now." });

  async function afterRefusal(again: Partial<Read>): Promise<Stage> {
    const set = await opened({
      "/next": [reading(makeRead()), reading(makeRead({ lease: "lease-2", ...again }))],
      "/draft": [refused, () => ({ version: 9 })],
    });
    set.room.perform({ do: "grade", value: 3 });
    await vi.advanceTimersByTimeAsync(500);
    expect(set.room.saving.state.value.kind).toBe("refused");
    await set.room.next();
    return set;
  }

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("keeps input that was not stored, and stores it", async () => {
    const set = await afterRefusal({});
    expect(asAnswers(set.room.form.sheet.value)[0]?.grade).toBe(3);
    expect(set.shown.filter((line) => line.startsWith("show"))).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(set.calls.at(-1)?.body).toMatchObject({ version: 0, lease: "lease-2" });
    expect(set.room.saving.state.value.kind).toBe("saved");
  });

  it("asks which answers count where it was saved elsewhere meanwhile", async () => {
    const answers = [{ ...unanswered(ALL_SITES[0] as Site), grade: 1 }] as Answer[];
    const set = await afterRefusal({ version: 5, answers });
    expect(set.room.saving.state.value.kind).toBe("conflict");
    expect(asAnswers(set.room.form.sheet.value)[0]?.grade).toBe(3);
    const sent = set.calls.at(-1)?.body as DraftRequest;
    expect(sent).toMatchObject({ lease: "lease-1", version: 0, replaces: false });
    expect(sent.entered_at).toMatch(/^20/);
  });

  it("takes what is stored where all input had been", async () => {
    const answers = [{ ...unanswered(ALL_SITES[0] as Site), grade: 1 }] as Answer[];
    const set = await opened({
      "/next": [reading(makeRead()), reading(makeRead({ version: 5, answers }))],
    });
    await set.room.next();
    expect(asAnswers(set.room.form.sheet.value)[0]?.grade).toBe(1);
  });
});

describe("submitting", () => {
  it("refuses gaps without asking the server, and goes to the first", async () => {
    const set = await opened();
    set.room.perform({ do: "grade", value: 0 });
    await set.room.submit();
    expect(set.calls.some(({ url }) => url === "/submit")).toBe(false);
    expect(focused(set)).toBe("L1 inferior");
    expect(set.room.form.message.value).toContain("11 of 12");
  });

  it("sends every answer once and shows what comes next", async () => {
    const set = await opened({
      "/submit": [() => ({ status: "submitted", next: waiting })],
    });
    gradeAll(set);
    await set.room.submit();
    const sent = set.calls.filter(({ url }) => url === "/submit");
    expect(sent).toHaveLength(1);
    expect((sent[0]?.body as SubmitRequest | undefined)?.answers).toHaveLength(12);
    expect(set.room.phase.value).toMatchObject({ kind: "waiting", opensAt: waiting.opens_at });
    expect(set.room.read.value).toBeNull();
  });

  const keysOf = ({ calls }: Stage): string[] =>
    calls.filter(({ url }) => url === "/submit").map(({ body }) => (body as SubmitRequest).idempotency_key);

  it("asks until it is known what became of a lost submission, always with the same key", async () => {
    vi.useFakeTimers();
    const set = await opened({
      "/next": [reading(makeRead()), () => waiting],
      "/submit": [unreachable, unreachable, () => ({ status: "submitted" })],
    });
    gradeAll(set);
    const submitted = set.room.submit();
    await vi.advanceTimersByTimeAsync(500);
    expect(set.room.phase.value.kind).toBe("submitting");
    expect(set.room.saving.state.value).toMatchObject({ kind: "retrying" });
    await vi.advanceTimersByTimeAsync(5000);
    await submitted;
    const keys = keysOf(set);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(set.room.phase.value.kind).toBe("waiting");
    vi.useRealTimers();
  });

  it("stops asking on Escape, goes on saving, and a changed submission has another key", async () => {
    vi.useFakeTimers();
    const set = await opened({ "/submit": [unreachable] });
    gradeAll(set);
    const submitted = set.room.submit();
    await vi.advanceTimersByTimeAsync(500);
    set.room.perform({ do: "cancel" });
    await submitted;
    expect(set.room.phase.value.kind).toBe("reading");
    expect(set.room.form.message.value).toContain("not known whether this case is handed in");
    await vi.advanceTimersByTimeAsync(500);
    expect(set.calls.at(-1)?.url).toBe("/draft");
    expect(set.room.saving.state.value.kind).toBe("saved");
    set.room.judge({ level: "L1", half: "upper" }, { grade: 2 });
    void set.room.submit();
    await vi.advanceTimersByTimeAsync(10);
    expect(new Set(keysOf(set)).size).toBe(2);
    set.room.perform({ do: "cancel" });
    vi.useRealTimers();
  });

  it("goes on from its own draft whose answer got lost", async () => {
    vi.useFakeTimers();
    const zero = ALL_SITES.map((site) => ({ ...unanswered(site), grade: 0 }));
    const current = { lease: "lease-1", version: 1, answers: zero, comment: "" };
    const set = await opened({
      "/next": [reading(makeRead()), () => waiting],
      "/draft": [unreachable],
      "/submit": [
        refusal(409, { detail: "Stale.", current } as Refusal),
        () => ({ status: "submitted", next: waiting }),
      ],
    });
    gradeAll(set);
    await vi.advanceTimersByTimeAsync(500);
    await set.room.submit();
    expect(set.calls.at(-1)?.body).toMatchObject({ version: 1 });
    expect(set.room.phase.value.kind).toBe("waiting");
    vi.useRealTimers();
  });

  it("says that another window was first, and takes no more drafts", async () => {
    vi.useFakeTimers();
    const current = { lease: "lease-2", version: 4, answers: [], comment: "" };
    const set = await opened({ "/submit": [refusal(409, { detail: "Stale.", current } as Refusal)] });
    gradeAll(set);
    await set.room.submit();
    set.room.perform({ do: "undo" });
    await vi.advanceTimersByTimeAsync(500);
    expect(set.calls.some(({ url }) => url === "/draft")).toBe(false);
    expect(set.room.saving.state.value.kind).toBe("conflict");
    vi.useRealTimers();
  });

  it("goes to the gap the server names", async () => {
    const gap = { level: "L3" as const, half: "lower" as const };
    const set = await opened({ "/submit": [refusal(400, { detail: "A half is missing.", gaps: [gap] })] });
    gradeAll(set);
    await set.room.submit();
    expect(focused(set)).toBe("L3 inferior");
  });

  it("says so when the case is closed to this window, and lets the reader go on", async () => {
    const set = await opened({
      "/submit": [
        refusal(409, { detail: "This case is handed in and locked.", code: "submitted", kept: true }),
      ],
    });
    gradeAll(set);
    await set.room.submit();
    expect(set.room.saving.state.value).toMatchObject({
      kind: "refused",
      message: "This case is handed in and locked.",
      over: true,
      kept: true,
    });
  });

  it("takes no grade while a case is being submitted or loaded", async () => {
    const set = await opened({ "/submit": [() => new Promise(() => undefined)] });
    gradeAll(set);
    void set.room.submit();
    const before = set.room.form.sheet.value;
    set.room.judge({ level: "L1", half: "upper" }, { grade: 3 });
    set.room.perform({ do: "undo" });
    expect(set.room.form.sheet.value).toBe(before);
  });
});
