import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Answer, DraftRequest, Read, Refusal, Site, SubmitRequest } from "../contract/reader";
import { asAnswers, gaps, siteName, unanswered } from "../core/answers";
import { ALL_SITES } from "../core/testing";
import { MAP, makeRead, reading, refusal, type Stage, stage, unreachable } from "./testing";

const wait = { status: "waiting", opens_at: "2026-12-24T09:30:00Z", message: "The washout runs." };
const at = ({ room }: Stage): string => (room.form.focus.value ? siteName(room.form.focus.value) : "nowhere");

function gradeAll({ room }: Stage): void {
  for (const _ of ALL_SITES) room.perform({ do: "grade", value: 0 });
}

async function opened(answers: Parameters<typeof stage>[0] = {}): Promise<Stage> {
  const set = stage({ "/next": [reading(makeRead())], "/draft": [() => ({ version: 1 })], ...answers });
  await set.room.next();
  return set;
}

describe("the recall probe", () => {
  const choices = [1, 2, 3, 4].map((value) => ({ value, label: `Answer ${value}` }));
  const asked = { status: "recall", message: "Have you seen this case before?", choices, answer_url: "/recall" };

  it("is asked after a case, answered once, and the next case follows", async () => {
    const second = makeRead({ id: "22222222-2222-4222-8222-222222222222" });
    const set = await opened({
      "/submit": [() => ({ status: "submitted", next: asked })],
      "/recall": [reading(second)],
    });
    expect(set.room.recallKey("3")).toBe(false);
    gradeAll(set);
    await set.room.submit();
    expect(set.room.phase.value).toMatchObject({ kind: "recall", message: asked.message });
    expect(set.room.read.value).toBeNull();
    expect(set.room.recallKey("Enter")).toBe(false);
    expect(set.room.recallKey("5")).toBe(false);
    expect(set.room.recallKey("1")).toBe(true);
    expect(set.room.recallKey("3")).toBe(true);
    expect(set.room.phase.value).toMatchObject({ kind: "recall", chosen: 3 });
    expect(set.room.recallKey("Enter")).toBe(true);
    expect(set.room.sendRecall()).toBe(false);
    await vi.waitFor(() => expect(set.room.read.value?.id).toBe(second.id));
    const answers = set.calls.filter(({ url }) => url === "/recall");
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({ method: "POST", body: { answer: 3 } });
  });

  it("says what stands before the next case once the answer is kept", async () => {
    const message = "Read the study's instructions and acknowledge them before you go on.";
    const gate = { status: "gate", message, code: "instructions", url: "/read/instructions/" };
    const set = await opened({
      "/submit": [() => ({ status: "submitted", next: asked })],
      "/recall": [() => gate],
    });
    gradeAll(set);
    await set.room.submit();
    set.room.recallKey("2");
    set.room.recallKey("Enter");
    await vi.waitFor(() => expect(set.room.phase.value).toMatchObject({ kind: "gate", message }));
  });
});

describe("a case", () => {
  it("opens at its first gap", async () => {
    const draft = [{ ...unanswered({ level: "L1", half: "upper" }), grade: 2 as const }];
    const set = stage({ "/next": [reading(makeRead({ answers: draft }))] });
    await set.room.next();
    expect(at(set)).toBe("L1 inferior");
    expect(gaps(set.room.form.sheet.value)).toHaveLength(11);
  });

  it("asks for no map where none is offered, and for it where it is", async () => {
    const unaided = await opened();
    expect(unaided.calls.map(({ url }) => url)).toEqual(["/next"]);
    expect(unaided.room.offers.has("map")).toBe(false);
    const assisted = await opened({ "/next": [reading(makeRead({ map_url: "/map" }))], "/map": [() => MAP] });
    expect(assisted.calls.map(({ url }) => url)).toEqual(["/next", "/map"]);
    expect(assisted.room.offers.has("map")).toBe(true);
  });

  it("moves on with each grade and jumps once per disc", async () => {
    const set = await opened();
    gradeAll(set);
    const jumps = set.shown.filter((line) => line.startsWith("focus") && line.endsWith("true"));
    expect(jumps).toHaveLength(7);
    expect(set.room.form.message.value).toContain("All halves are graded");
  });

  it("chooses a reason by number while the list is open", async () => {
    const set = await opened();
    set.room.perform({ do: "not-gradable" });
    set.room.perform({ do: "grade", value: 2 });
    expect(asAnswers(set.room.form.sheet.value)[0]).toMatchObject({ grade: null, not_gradable: "fracture" });
    expect(set.room.form.reasonsFor.value).toBeNull();
    expect(at(set)).toBe("L1 inferior");
  });

  it("goes back to where undo changed something", async () => {
    const set = await opened();
    set.room.perform({ do: "grade", value: 1 });
    set.room.perform({ do: "grade", value: 1 });
    set.room.perform({ do: "undo" });
    expect(at(set)).toBe("L1 inferior");
    expect(gaps(set.room.form.sheet.value)).toHaveLength(11);
  });
});

describe("more than a grade", () => {
  it("is said of the half graded last, while the focus has moved on", async () => {
    const set = await opened({ "/next": [reading(makeRead({ asks_confidence: true }))] });
    set.room.perform({ do: "grade", value: 2 });
    set.room.perform({ do: "secondary", type: 1 });
    set.room.perform({ do: "confidence" });
    expect(at(set)).toBe("L1 inferior");
    expect(set.room.form.answers[0]).toMatchObject({ grade: 2, secondary: 1, confidence: 1 });
    expect(set.room.form.message.value).toBe("L1 superior: 2, also 1, unsure.");
  });

  it("is said of the half in focus where that is graded", async () => {
    const set = await opened();
    set.room.judge({ level: "L4", half: "lower" }, { grade: 1 });
    set.room.judge({ level: "L2", half: "lower" }, { grade: 3 });
    set.room.form.focusOn({ level: "L4", half: "lower" });
    set.room.perform({ do: "secondary", type: 3 });
    expect(set.room.form.answers.filter(({ secondary }) => secondary)).toMatchObject([
      { level: "L4", half: "lower", secondary: 3 },
    ]);
  });

  it("sets all remaining to none by one key where the protocol allows it, and says so", async () => {
    const set = await opened({ "/next": [reading(makeRead({ bulk_none: true }))] });
    set.room.perform({ do: "grade", value: 2 });
    set.room.perform({ do: "none-for-rest" });
    expect(set.room.form.missing).toEqual([]);
    expect(set.room.form.message.value).toContain("11 halves set to none together");
    set.room.perform({ do: "undo" });
    expect(set.room.form.missing).toHaveLength(11);
  });

  it("has neither bulk nor confidence where the protocol has not", async () => {
    const set = await opened();
    set.room.perform({ do: "grade", value: 2 });
    set.room.perform({ do: "none-for-rest" });
    set.room.perform({ do: "confidence" });
    expect(set.room.form.missing).toHaveLength(11);
    expect(set.room.form.answers[0]?.confidence).toBeNull();
    expect([...set.room.offers]).toEqual([]);
  });

  it("keeps a comment with the draft and asks for one where a reason needs it", async () => {
    vi.useFakeTimers();
    const needed = refusal(400, { detail: "Say in the comment why.", code: "comment" });
    const set = await opened({ "/submit": [needed] });
    set.room.form.write("Transitional vertebra");
    await vi.advanceTimersByTimeAsync(500);
    expect(set.calls.at(-1)?.body).toMatchObject({ comment: "Transitional vertebra" });
    gradeAll(set);
    await set.room.submit();
    expect(set.room.pen.writing.value).toBe("comment");
    expect(set.room.form.message.value).toBe("Say in the comment why.");
    set.room.perform({ do: "cancel" });
    expect(set.room.pen.writing.value).toBeNull();
    vi.useRealTimers();
  });

  it("has no comment, report or beat where the case takes none, as in calibration", async () => {
    const calibration = { comment: null, reports_url: null, beat_url: null };
    const set = await opened({ "/next": [reading(makeRead(calibration))] });
    set.room.perform({ do: "comment" });
    expect(set.room.pen.writing.value).toBeNull();
    set.room.perform({ do: "report" });
    expect(set.room.pen.writing.value).toBeNull();
    await set.room.beats.beat();
    expect(set.calls.map(({ url }) => url)).toEqual(["/next"]);
    expect(set.room.form.comment.value).toBe("");
  });

  it("reports to the coordinator and says why that did not work", async () => {
    const set = await opened({ "/reports/": [() => ({ id: "1" }), unreachable] });
    const draft = { kind: "other" as const, text: "Two patients", idempotencyKey: "12345678" };
    const body = { kind: "other", text: "Two patients", idempotency_key: "12345678" };
    set.room.pen.draft.value = draft;
    expect(await set.room.pen.report()).toBe("");
    expect(set.calls.at(-1)).toMatchObject({ method: "POST", url: "/reports/", body });
    expect(set.room.pen.isUnsent).toBe(false);
    set.room.pen.draft.value = draft;
    expect(await set.room.pen.report()).toContain("cannot be reached");
    expect(set.room.pen.draft.value).toEqual(draft);
  });

  it("keeps a report that was begun, and does not submit past it", async () => {
    const set = await opened({ "/submit": [() => ({ status: "submitted", next: wait })] });
    set.room.perform({ do: "report" });
    set.room.pen.draft.value = { ...set.room.pen.draft.value, text: "Two patients" };
    set.room.perform({ do: "cancel" });
    expect(set.room.pen.draft.value.text).toBe("Two patients");
    gradeAll(set);
    await set.room.submit();
    expect(set.room.pen.writing.value).toBe("report");
    expect(set.room.form.message.value).toContain("is not sent yet");
    expect(set.calls.filter(({ url }) => url === "/submit")).toEqual([]);
    set.room.pen.draft.value = { ...set.room.pen.draft.value, text: "" };
    await set.room.submit();
    expect(set.calls.filter(({ url }) => url === "/submit")).toHaveLength(1);
  });
});

describe("the map", () => {
  it("on demand comes only when asked for, each time anew", async () => {
    const set = await opened({
      "/next": [reading(makeRead({ reveal_url: "/reveal" }))],
      "/reveal": [() => MAP, unreachable, () => MAP],
    });
    expect(set.room.offers.has("map")).toBe(true);
    expect(set.calls.map(({ url }) => url)).toEqual(["/next"]);
    await set.room.aid.toggle();
    expect(set.room.map.data.value).toEqual(MAP);
    await set.room.aid.toggle();
    expect(set.room.map.data.value).toBeNull();
    await set.room.aid.toggle();
    expect(set.room.map.data.value).toBeNull();
    expect(set.room.form.message.value).toContain("cannot be reached");
    await set.room.aid.toggle();
    expect(set.room.map.data.value).toEqual(MAP);
    expect(set.calls.filter(({ url }) => url === "/reveal")).toHaveLength(3);
  });

  it("is hidden while held and comes back only if it was shown", async () => {
    const { room } = await opened({ "/next": [reading(makeRead({ map_url: "/map" }))], "/map": [() => MAP] });
    room.perform({ do: "hold-map" });
    room.perform({ do: "hold-map" });
    expect(room.map.visible.value).toBe(false);
    room.map.release();
    expect(room.map.visible.value).toBe(true);
    room.perform({ do: "toggle-map" });
    room.perform({ do: "hold-map" });
    room.map.release();
    expect(room.map.visible.value).toBe(false);
  });

  it("goes with its case", async () => {
    const set = await opened({
      "/next": [reading(makeRead({ map_url: "/map" }))],
      "/map": [() => MAP],
      "/submit": [() => ({ status: "submitted", next: wait })],
    });
    gradeAll(set);
    await set.room.submit();
    expect(set.room.offers.has("map")).toBe(false);
    expect(set.shown.at(-1)).toBe("map false");
  });
});

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
    expect(at(set)).toBe("L1 inferior");
    expect(set.room.form.message.value).toContain("11 of 12");
  });

  it("sends every answer once and shows what comes next", async () => {
    const set = await opened({
      "/submit": [() => ({ status: "submitted", next: wait })],
    });
    gradeAll(set);
    await set.room.submit();
    const sent = set.calls.filter(({ url }) => url === "/submit");
    expect(sent).toHaveLength(1);
    expect((sent[0]?.body as SubmitRequest | undefined)?.answers).toHaveLength(12);
    expect(set.room.phase.value).toMatchObject({ kind: "waiting", opensAt: wait.opens_at });
    expect(set.room.read.value).toBeNull();
  });

  const keysOf = ({ calls }: Stage): string[] =>
    calls.filter(({ url }) => url === "/submit").map(({ body }) => (body as SubmitRequest).idempotency_key);

  it("asks until it is known what became of a lost submission, always with the same key", async () => {
    vi.useFakeTimers();
    const set = await opened({
      "/next": [reading(makeRead()), () => wait],
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
      "/next": [reading(makeRead()), () => wait],
      "/draft": [unreachable],
      "/submit": [
        refusal(409, { detail: "Stale.", current } as Refusal),
        () => ({ status: "submitted", next: wait }),
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
    expect(at(set)).toBe("L3 inferior");
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

describe("the case after this one", () => {
  const images = { metadata_url: "/ahead/m", frame_urls: ["/ahead/f"], description: "sagittal" };
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };

  it("is fetched when this one is here in full, and not before", async () => {
    let arrive = (): void => undefined;
    const whole = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const set = stage(
      { "/next": [reading(makeRead())], "/ahead": [() => ({ images: { t1: images, t2: images } })] },
      { whole },
    );
    await set.room.next();
    await settled();
    expect(set.calls.some(({ url }) => url === "/ahead")).toBe(false);
    arrive();
    await settled();
    expect(set.shown.at(-1)).toBe('prepare "/ahead/m"');
  });

  it.each([
    ["none may go ahead", (): unknown => ({ images: null })],
    ["the server is away", unreachable],
    ["it is refused", refusal(404, { detail: "Nothing here." })],
  ])("is left for its turn where %s", async (_, answer) => {
    const set = stage({ "/next": [reading(makeRead())], "/ahead": [answer] }, { whole: Promise.resolve() });
    await set.room.next();
    await settled();
    expect(set.calls.some(({ url }) => url === "/ahead")).toBe(true);
    expect(set.shown.some((line) => line.startsWith("prepare"))).toBe(false);
    expect(set.room.phase.value.kind).toBe("reading");
  });

  it("comes with the answer to the submission, without another request", async () => {
    const second = makeRead({ id: "read-2", position: 2 });
    const set = await opened({ "/submit": [() => ({ status: "submitted", next: reading(second)() })] });
    gradeAll(set);
    await set.room.submit();
    expect(set.room.read.value?.id).toBe("read-2");
    expect(set.calls.filter(({ url }) => url === "/next")).toHaveLength(1);
  });
});

it("says why reading is not possible", async () => {
  const set = stage({ "/next": [refusal(403, { detail: "This enrolment is not yours." })] });
  await set.room.next();
  expect(set.room.phase.value).toEqual({ kind: "stopped", message: "This enrolment is not yours." });
});

it("stands still where another window reads, after sending what it has", async () => {
  const set = await opened();
  set.room.perform({ do: "grade", value: 3 });
  set.room.yieldTo();
  expect(set.room.phase.value.kind).toBe("elsewhere");
  expect(set.calls.at(-1)?.url).toBe("/draft");
  set.room.perform({ do: "grade", value: 1 });
  expect(asAnswers(set.room.form.sheet.value)[1]?.grade).toBeNull();
});

describe("a second device", () => {
  const other = { status: "elsewhere", where: "Firefox on Windows", since: "2026-03-01T12:00:00Z", last_at: "" };

  it("says where the study is read and opens nothing", async () => {
    const set = stage({ "/next": [() => other, reading(makeRead())] });
    await set.room.next();
    expect(set.room.phase.value).toMatchObject({ kind: "elsewhere", device: { where: "Firefox on Windows" } });
    expect(set.room.read.value).toBeNull();
    await set.room.next(true);
    expect(set.room.phase.value.kind).toBe("reading");
    expect(set.calls.map(({ body }) => body)).toEqual([
      { device: null, take_over: false },
      { device: null, take_over: true },
    ]);
  });

  it("is told of when it takes the case over, and nothing of the first is asked for again", async () => {
    const set = await opened({ "/beat": [refusal(409, { detail: "Elsewhere.", code: "lease" } as Refusal)] });
    await set.room.beats.beat();
    expect(set.room.phase.value).toEqual({ kind: "elsewhere", device: "took over" });
  });
});
