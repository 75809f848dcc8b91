// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { previews } from "./preview";

const PAGE = `
  <form data-preview="/look" data-preview-into="aside"><input name="days" value="28"></form>
  <div id="aside">before</div>`;

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = PAGE;
  previews(document);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const type = (): void => {
  document.querySelector("input")?.dispatchEvent(new Event("input", { bubbles: true }));
};
const shown = (): string => document.getElementById("aside")?.textContent ?? "";
const answer = (text: string): Response => new Response(`<div id="aside">${text}</div>`);

it("asks once after a pause and shows what comes back", async () => {
  const sent: unknown[] = [];
  vi.stubGlobal("fetch", async (url: string, options: { body: FormData }) => {
    sent.push([url, options.body.get("days")]);
    return answer("after");
  });
  type();
  type();
  await vi.advanceTimersByTimeAsync(400);
  expect(sent).toEqual([["/look", "28"]]);
  expect(shown()).toBe("after");
});

it("drops an answer that a later one has overtaken", async () => {
  const waiting: ((response: Response) => void)[] = [];
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => waiting.push(resolve)));
  type();
  await vi.advanceTimersByTimeAsync(400);
  type();
  await vi.advanceTimersByTimeAsync(400);
  waiting[1]?.(answer("second"));
  await vi.advanceTimersByTimeAsync(0);
  waiting[0]?.(answer("first"));
  await vi.advanceTimersByTimeAsync(0);
  expect(shown()).toBe("second");
});

it("leaves the page as it is when there is no answer", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("offline");
  });
  type();
  await vi.advanceTimersByTimeAsync(400);
  expect(shown()).toBe("before");
  expect(document.getElementById("aside")?.hasAttribute("aria-busy")).toBe(false);
});
