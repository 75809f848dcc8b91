import { expect, it } from "vitest";
import { distanceFrom, dot, subtract } from "./geometry";
import { lengthOf, movedRuler, ruleAt, rulerText } from "./ruler";
import { sagittalStack } from "./testing";

const [plane] = sagittalStack({ count: 1, spacing: 4, from: 3, yaw: 9, pixel: 0.7 });
if (!plane) throw new Error("no plane");

it("begins as five millimetres on the slice, around the point asked for", () => {
  const ruler = ruleAt(plane, [20, 4, -30]);
  expect(lengthOf(ruler)).toBeCloseTo(5, 9);
  expect(rulerText(ruler)).toBe("5.0 mm");
  for (const end of [ruler.from, ruler.to]) expect(distanceFrom(plane, end)).toBeCloseTo(0, 9);
  expect(dot(subtract(ruler.to, ruler.from), plane.down)).toBeCloseTo(5, 9);
});

it("measures in millimetres, whatever the pixels are", () => {
  const ruler = ruleAt(plane, [0, 0, 0]);
  const longer = movedRuler(ruler, plane, 12, 0, true);
  expect(rulerText(longer)).toBe("13.0 mm");
  expect(longer.from).toBe(ruler.from);
  expect(lengthOf(movedRuler(longer, plane, -40, 7, false))).toBeCloseTo(13, 9);
});
