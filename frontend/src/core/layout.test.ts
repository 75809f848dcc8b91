import { describe, expect, it } from "vitest";
import { nextLayout, openingLayout, orientationOf } from "./layout";

describe("the layout a case opens in", () => {
  const own = { landscape: "single", portrait: "side" } as const;

  it("is the protocol's where it has one", () => {
    expect(openingLayout({ protocol: "stacked", own }, "landscape")).toBe("stacked");
  });

  it("is else the reader's own for a display of this shape", () => {
    expect(openingLayout({ protocol: null, own }, "landscape")).toBe("single");
    expect(openingLayout({ protocol: null, own }, "portrait")).toBe("side");
  });

  it("is else side by side, and stacked on a portrait display", () => {
    expect(openingLayout({ protocol: null, own: {} }, orientationOf(1440, 900))).toBe("side");
    expect(openingLayout({ protocol: null, own: { landscape: "single" } }, orientationOf(1536, 2048))).toBe(
      "stacked",
    );
  });
});

it("goes round all layouts", () => {
  expect(nextLayout(nextLayout(nextLayout("side")))).toBe("side");
});
