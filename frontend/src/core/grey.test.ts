import { describe, expect, it } from "vitest";
import { type Frame, paintGrey, rescaled, type Sampling, storedPixels } from "./grey";
import { centreAndWidth, windowOf } from "./window";

const facts = {
  bitsAllocated: 16,
  bitsStored: 16,
  signed: false,
  slope: 1,
  intercept: 0,
  lowIsWhite: false,
};

/** PS3.3 C.11.2.1.2.1, as the standard writes it, with y from 0 to 255. */
function asTheStandardSays(x: number, centre: number, width: number): number {
  if (x <= centre - 0.5 - (width - 1) / 2) return 0;
  if (x > centre - 0.5 + (width - 1) / 2) return 255;
  return ((x - (centre - 0.5)) / (width - 1) + 0.5) * 255;
}

const pixelByPixel = ({ columns, rows }: Frame): Sampling => ({
  width: columns,
  height: rows,
  column: 0,
  row: 0,
  columnStep: 1,
  rowStep: 1,
});

function greys(frame: Frame, centre: number, width: number, inverted = false): number[] {
  const out = new Int32Array(frame.pixels.length);
  paintGrey(frame, windowOf(centre, width), inverted, pixelByPixel(frame), out);
  return [...new Uint8Array(out.buffer)].filter((_, i) => i % 4 === 0);
}

const frameOf = (values: number[], lowIsWhite = false): Frame => ({
  pixels: Int16Array.from(values),
  columns: values.length,
  rows: 1,
  lowIsWhite,
});

describe("the linear window", () => {
  it.each([
    [2048, 4096],
    [40, 400],
    [0, 100],
    [127.5, 2],
    [300, 1],
  ])("of centre %d and width %d is the standard's formula, rounded", (centre, width) => {
    const values = Array.from({ length: 4001 }, (_, i) => i - 2000 + Math.round(centre));
    const shown = greys(frameOf(values), centre, width);
    const off = values.map((x, i) => Math.abs((shown[i] as number) - asTheStandardSays(x, centre, width)));
    expect(Math.max(...off)).toBeLessThanOrEqual(0.5);
  });

  it("is turned over by inversion, by MONOCHROME1, and back by both", () => {
    const values = [-100, 0, 60, 100, 900];
    const plain = greys(frameOf(values), 50, 256);
    const turned = plain.map((grey) => 255 - grey);
    expect(greys(frameOf(values), 50, 256, true)).toEqual(turned);
    expect(greys(frameOf(values, true), 50, 256)).toEqual(turned);
    expect(greys(frameOf(values, true), 50, 256, true)).toEqual(plain);
  });

  it("is opaque", () => {
    const out = new Int32Array(1);
    paintGrey(frameOf([5]), windowOf(5, 10), false, pixelByPixel(frameOf([5])), out);
    expect(new Uint8Array(out.buffer)[3]).toBe(255);
  });

  it("comes after sampling between stored values, and black lies beyond the outermost pixels", () => {
    const frame: Frame = {
      pixels: Int16Array.from([0, 1000, 0, 200]),
      columns: 2,
      rows: 2,
      lowIsWhite: false,
    };
    const out = new Int32Array(4);
    const at = { width: 4, height: 1, column: -1, row: 0.25, columnStep: 0.5, rowStep: 1 };
    paintGrey(frame, { lower: 0, upper: 400 }, false, at, out);
    expect([...out].map((word) => word & 0xff)).toEqual([0, 0, 0, 255]);
    expect([...out].map((word) => word >>> 24)).toEqual([255, 255, 255, 255]);
    const half = new Int32Array(1);
    paintGrey(frame, { lower: 0, upper: 400 }, false, { ...at, width: 1, column: 0.5, row: 1 }, half);
    expect((half[0] as number) & 0xff).toBe(Math.round((100 / 400) * 255));
  });

  it("goes to centre and width and back", () => {
    expect(centreAndWidth(windowOf(40, 400))).toEqual({ centre: 40, width: 400 });
  });
});

describe("stored pixels", () => {
  it("lose the bits above those stored, and keep their sign", () => {
    const bytes = Uint16Array.from([0xf001, 0x0fff, 0x0800]).buffer;
    expect([...storedPixels(bytes.slice(0), { ...facts, bitsStored: 12 })]).toEqual([1, 4095, 2048]);
    expect([...storedPixels(bytes.slice(0), { ...facts, bitsStored: 12, signed: true })]).toEqual([
      1, -1, -2048,
    ]);
    expect([...storedPixels(bytes, { ...facts, signed: true })]).toEqual([-4095, 4095, 2048]);
  });

  it("may have eight bits, and no other number than that or sixteen", () => {
    expect([
      ...storedPixels(Uint8Array.from([200]).buffer, { ...facts, bitsAllocated: 8, bitsStored: 8 }),
    ]).toEqual([200]);
    expect(() => storedPixels(new ArrayBuffer(4), { ...facts, bitsAllocated: 32 })).toThrow("32 bits");
  });

  it("are rescaled to the window's units", () => {
    const pixels = Uint16Array.from([0, 10]);
    expect(rescaled(pixels, facts)).toBe(pixels);
    expect([...rescaled(pixels, { ...facts, slope: 0.5, intercept: -3 })]).toEqual([-3, 2]);
  });
});
