import { describe, expect, it, vi } from "vitest";
import type { Refusal } from "../contract/reader";
import { asAnswers } from "../core/answers";
import { gradeAll, makeRead, opened, reading, refusal, stage, unreachable } from "./testing";

describe("the recall probe", () => {
  const choices = [1, 2, 3, 4].map((value) => ({ value, label: `Answer ${value}` }));
  const asked = { status: "recall", message: "Have you seen this case before?", choices, answer_url: "/recall" };

  it("is asked after a case, answered once, and the next case follows", async () => {
    const second = makeRead({ id: "22222222-2222-4222-8222-222222222222" });
    const set = await opened({
      "/submit": [() => ({ status: "submitted", next: asked })],
      "/recall": [reading(second)],
    });
    expect(set.room.probe.press("3")).toBe(false);
    gradeAll(set);
    await set.room.submit();
    expect(set.room.phase.value).toMatchObject({ kind: "recall", message: asked.message });
    expect(set.room.read.value).toBeNull();
    expect(set.room.probe.press("Enter")).toBe(false);
    expect(set.room.probe.press("5")).toBe(false);
    expect(set.room.probe.press("1")).toBe(true);
    expect(set.room.probe.press("3")).toBe(true);
    expect(set.room.phase.value).toMatchObject({ kind: "recall", chosen: 3 });
    expect(set.room.probe.press("Enter")).toBe(true);
    expect(set.room.probe.send()).toBe(false);
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
    set.room.probe.press("2");
    set.room.probe.press("Enter");
    await vi.waitFor(() => expect(set.room.phase.value).toMatchObject({ kind: "gate", message }));
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
