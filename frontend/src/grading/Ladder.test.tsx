// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { beforeEach, expect, it } from "vitest";
import { DisplayCheck } from "./display";
import { Ladder } from "./Ladder";
import { Panel } from "./Panel";
import type { ReadingRoom } from "./room";
import { MAP, makeRead, reading, stage } from "./testing";

let root: HTMLElement;
const seen = new DisplayCheck({ getItem: () => "yes", setItem: () => undefined });

beforeEach(() => {
  document.body.replaceChildren();
  root = document.body.appendChild(document.createElement("div"));
});

async function show(map = false): Promise<ReadingRoom> {
  const read = makeRead(map ? { map_url: "/map" } : {});
  const { room } = stage({
    "/next": [reading(read)],
    "/map": [() => MAP],
    "/draft": [() => ({ version: 1 })],
  });
  await room.next();
  await act(() => render(<Panel room={room} check={seen} />, root));
  return room;
}

const field = (site: string): HTMLElement => {
  const found = root.querySelector<HTMLElement>(`[data-site="${site}"]`);
  if (!found) throw new Error(`no field for ${site}`);
  return found;
};
const checked = (): string[] =>
  [...root.querySelectorAll<HTMLInputElement>("input:checked")].map(({ name }) => name);

it("offers a fieldset with four radios per half, none of them chosen", async () => {
  await show();
  expect(root.querySelectorAll("fieldset.half")).toHaveLength(12);
  expect(field("L4 lower").querySelectorAll("input[type=radio]")).toHaveLength(4);
  expect(field("L4 lower").querySelector("legend")?.textContent).toBe("L4 inferior");
  expect(checked()).toEqual([]);
});

it("records a click and shows it", async () => {
  const room = await show();
  await act(() => field("L4 lower").querySelector<HTMLInputElement>('input[value="2"]')?.click());
  expect(checked()).toEqual(["L4 lower"]);
  expect(field("L4 lower").dataset.answered).toBe("true");
  await act(() => room.perform({ do: "undo" }));
  expect(checked()).toEqual([]);
});

it("opens the reasons at the half in focus", async () => {
  const room = await show();
  await act(() => room.perform({ do: "not-gradable" }));
  const buttons = [...field("L1 upper").querySelectorAll<HTMLButtonElement>(".reasons button")];
  expect(buttons.map(({ textContent }) => textContent)).toEqual(["1 Artefact", "2 Fracture"]);
  await act(() => buttons[0]?.click());
  expect(field("L1 upper").querySelector("[aria-pressed=true]")?.getAttribute("aria-label")).toContain(
    "Artefact",
  );
});

it("has nothing of a map in an unaided read", async () => {
  await show();
  expect(root.innerHTML.toLowerCase()).not.toMatch(/map|opacity|suggest|mm³/);
});

it("shows the map's finding beside its half in an assisted read", async () => {
  await show(true);
  expect(field("L4 lower").textContent).toContain("Map: 2 · 310 mm³");
  const panel = root.querySelector(".map-panel")?.textContent;
  expect(panel).toContain("A model's output, not a diagnosis.");
  expect(panel).toContain("The T2 images are fat-suppressed.");
});

it("renders nothing without a case", async () => {
  const { room } = stage({});
  await act(() => render(<Ladder room={room} />, root));
  expect(root.textContent).toBe("");
});
