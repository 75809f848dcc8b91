/** Bytes of one image to stored pixels. Compressed ones go to Cornerstone's decoder, which is fetched only then. */

import { wrap } from "comlink";
import { type PixelFacts, type StoredPixels, storedPixels } from "../core/grey";

/** Implicit and Explicit VR Little Endian (PS3.5 A.1, A.2). */
const NATIVE: readonly string[] = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"];

export interface Encoded {
  bytes: ArrayBuffer;
  transferSyntax: string;
  columns: number;
  rows: number;
  facts: PixelFacts;
}

/** The transfer syntax a DICOMweb answer names (PS3.18 8.7.3.3.2); Explicit VR Little Endian where it names none. */
export const transferSyntaxOf = (contentType: string | null): string =>
  /transfer-syntax="?([0-9.]+)/.exec(contentType ?? "")?.[1] ?? "1.2.840.10008.1.2.1";

/** Throws where the bytes do not make the image they are said to be. */
export async function decoded(encoded: Encoded): Promise<StoredPixels> {
  const pixels = NATIVE.includes(encoded.transferSyntax)
    ? storedPixels(encoded.bytes, encoded.facts)
    : await decompressed(encoded);
  if (pixels.length !== encoded.columns * encoded.rows) throw new Error("an image of another size");
  return pixels;
}

/** Cornerstone's WADO decoder as it stands in its worker. */
interface Decoder {
  decodeTask(task: {
    imageFrame: Record<string, unknown>;
    transferSyntax: string;
    decodeConfig: object;
    options: { preScale: { enabled: boolean } };
    pixelData: Uint8Array;
  }): Promise<{ pixelData: StoredPixels }>;
}

let decoder: Decoder | undefined;

function workerDecoder(): Decoder {
  decoder ??= wrap(
    new Worker(
      new URL(
        "../../node_modules/@cornerstonejs/dicom-image-loader/dist/esm/decodeImageFrameWorker.js",
        import.meta.url,
      ),
      { type: "module" },
    ),
  ) as unknown as Decoder;
  return decoder;
}

async function decompressed({ bytes, transferSyntax, columns, rows, facts }: Encoded): Promise<StoredPixels> {
  const { pixelData } = await workerDecoder().decodeTask({
    imageFrame: {
      columns,
      rows,
      samplesPerPixel: 1,
      photometricInterpretation: facts.lowIsWhite ? "MONOCHROME1" : "MONOCHROME2",
      bitsAllocated: facts.bitsAllocated,
      bitsStored: facts.bitsStored,
      highBit: facts.bitsStored - 1,
      pixelRepresentation: facts.signed ? 1 : 0,
      planarConfiguration: 0,
    },
    transferSyntax,
    decodeConfig: {},
    options: { preScale: { enabled: false } },
    pixelData: new Uint8Array(bytes),
  });
  return pixelData;
}
