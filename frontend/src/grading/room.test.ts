import { describe, expect, it, vi } from "vitest";
import { asAnswers, gaps, unanswered } from "../core/answers";
import { focused, gradeAll, MAP, makeRead, opened, reading, refusal, stage, unreachable, waiting } from "./testing";

describe("a case", () => {
  it("opens at its first gap", async () => {
    const draft = [{ ...unanswered({ level: "L1", half: "upper" }), grade: 2 as const }];
    const set = stage({ "/next": [reading(makeRead({ answers: draft }))] });
    await set.room.next();
    expect(focused(set)).toBe("L1 inferior");
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
    expect(focused(set)).toBe("L1 inferior");
  });

  it("goes back to where undo changed something", async () => {
    const set = await opened();
    set.room.perform({ do: "grade", value: 1 });
    set.room.perform({ do: "grade", value: 1 });
    set.room.perform({ do: "undo" });
    expect(focused(set)).toBe("L1 inferior");
    expect(gaps(set.room.form.sheet.value)).toHaveLength(11);
  });
});

describe("more than a grade", () => {
  it("is said of the half graded last, while the focus has moved on", async () => {
    const set = await opened({ "/next": [reading(makeRead({ asks_confidence: true }))] });
    set.room.perform({ do: "grade", value: 2 });
    set.room.perform({ do: "secondary", type: 1 });
    set.room.perform({ do: "confidence" });
    expect(focused(set)).toBe("L1 inferior");
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
    const set = await opened({ "/submit": [() => ({ status: "submitted", next: waiting })] });
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
      "/submit": [() => ({ status: "submitted", next: waiting })],
    });
    gradeAll(set);
    await set.room.submit();
    expect(set.room.offers.has("map")).toBe(false);
    expect(set.shown.at(-1)).toBe("map false");
  });
});
