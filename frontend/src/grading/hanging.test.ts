import { expect, it } from "vitest";
import { Hanging, type HangingConfig } from "./hanging";
import { clientOf } from "./testing";

function hang(config: Partial<HangingConfig> = {}) {
  const { client, calls } = clientOf({ "/layout": [() => ({})] });
  const arranged: string[] = [];
  const desk = { arrange: (layout: string, front: number) => void arranged.push(`${layout} ${front}`) };
  const hanging = new Hanging(desk, client, { layout: null, layouts: {}, layout_url: "/layout", ...config });
  return { hanging, calls, arranged };
}

it("lays out for the display and remembers what is chosen for a display of that shape", () => {
  const { hanging, calls, arranged } = hang();
  hanging.fit("portrait", true);
  hanging.cycle();
  expect(arranged).toEqual(["stacked 0", "single 0"]);
  expect(calls.map(({ body }) => body)).toEqual([{ orientation: "portrait", layout: "single" }]);
  hanging.fit("landscape");
  hanging.fit("portrait");
  expect(arranged.slice(2)).toEqual(["side 0", "single 0"]);
});

it("turns from T1 to T2 only where one is shown at a time", () => {
  const { hanging, arranged } = hang({ layouts: { landscape: "side" } });
  hanging.fit("landscape", true);
  hanging.turn();
  hanging.cycle();
  hanging.cycle();
  hanging.turn();
  hanging.turn();
  expect(arranged).toEqual(["side 0", "stacked 0", "single 0", "single 1", "single 0"]);
});

it("begins as the protocol says and remembers nothing then", () => {
  const { hanging, calls, arranged } = hang({ layout: "stacked", layouts: { landscape: "single" } });
  hanging.fit("landscape", true);
  hanging.cycle();
  expect(arranged).toEqual(["stacked 0", "single 0"]);
  expect(calls).toEqual([]);
});
