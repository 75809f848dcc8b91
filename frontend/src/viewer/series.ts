/** One series as the viewer uses it: planes in patient space, and images as they arrive. */

import { send } from "../contract/client";
import type { SeriesImages } from "../contract/reader";
import { type DicomJson, pixelFactsOf, planeOf } from "../core/dicomjson";
import type { ImagePlane } from "../core/geometry";
import { type Frame, type PixelFacts, rescaled } from "../core/grey";
import { decoded, transferSyntaxOf } from "./decode";

let made = 0;

export class Series {
  /** Tells series apart within a page. */
  readonly key = `series-${made++}`;
  private readonly frames = new Map<number, Frame>();
  private readonly underWay = new Map<number, Promise<Frame>>();

  private constructor(
    readonly description: string,
    readonly planes: readonly ImagePlane[],
    private readonly facts: readonly PixelFacts[],
    private urls: readonly string[],
    private readonly signal: AbortSignal,
  ) {}

  /** Fetches metadata. Throws if frames and metadata do not match one to one. */
  static async open(images: SeriesImages, signal: AbortSignal): Promise<Series> {
    const instances = await send<DicomJson[]>("GET", images.metadata_url);
    if (instances.length !== images.frame_urls.length || instances.length === 0) {
      throw new Error("The images and their metadata do not belong together. Tell the coordinator.");
    }
    return new Series(
      images.description,
      instances.map(planeOf),
      instances.map(pixelFactsOf),
      images.frame_urls,
      signal,
    );
  }

  frame(index: number): Frame | undefined {
    return this.frames.get(index);
  }

  /** The image, fetched once however often it is asked for; a failed one is fetched again. */
  load(index: number, priority: RequestPriority = "high"): Promise<Frame> {
    const there = this.frames.get(index);
    if (there) return Promise.resolve(there);
    const begun = this.underWay.get(index);
    if (begun) return begun;
    const loading = this.fetch(index, priority).finally(() => this.underWay.delete(index));
    this.underWay.set(index, loading);
    return loading;
  }

  /** Loads the other images from `start` outwards, so that the wheel finds its neighbours first. */
  async loadOutwards(start: number, atOnce: number): Promise<void> {
    const queue = [...this.urls.keys()].sort((a, b) => Math.abs(a - start) - Math.abs(b - start));
    const takeNext = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined && !this.signal.aborted; next = queue.shift()) {
        await this.load(next, "low").catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, takeNext));
  }

  /** From now on images are asked for here; one is at once. */
  async goOnAt(urls: readonly string[]): Promise<void> {
    this.urls = urls;
    await this.ask(Math.floor(urls.length / 2), "low");
  }

  private async ask(index: number, priority: RequestPriority): Promise<Response> {
    const response = await fetch(this.urls[index] as string, {
      credentials: "same-origin",
      priority,
      signal: this.signal,
    });
    if (!response.ok) throw new Error(`image ${index + 1}: ${response.status}`);
    return response;
  }

  private async fetch(index: number, priority: RequestPriority): Promise<Frame> {
    const { columns, rows } = this.planes[index] as ImagePlane;
    const facts = this.facts[index] as PixelFacts;
    const response = await this.ask(index, priority);
    const transferSyntax = transferSyntaxOf(response.headers.get("Content-Type"));
    const bytes = await response.arrayBuffer();
    const pixels = rescaled(await decoded({ bytes, transferSyntax, columns, rows, facts }), facts);
    const frame = { pixels, columns, rows, lowIsWhite: facts.lowIsWhite };
    this.frames.set(index, frame);
    return frame;
  }
}
