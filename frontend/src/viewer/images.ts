/** T1 and T2 of one case with what has been fetched of them; closing it ends what is still under way. */

import type { ImagePair, LevelPoint, Site } from "../contract/reader";
import { Series } from "./series";

export interface ShownCase {
  images: ImagePair;
  levels: readonly LevelPoint[];
  /** The half that is looked at first, if any: its slice is the first. */
  focus?: Site | null;
  /** Whether it is the case that is on the screen already, read once more. */
  sameCase?: boolean;
}

export class CaseImages {
  readonly series: Promise<readonly [Series, Series]>;
  private readonly ending = new AbortController();

  constructor(private images: ImagePair) {
    const { signal } = this.ending;
    this.series = Promise.all([Series.open(images.t1, signal), Series.open(images.t2, signal)]);
    this.series.catch(() => undefined);
  }

  areOf(images: ImagePair): boolean {
    return this.images.t1.metadata_url === images.t1.metadata_url;
  }

  /** Fetches every image, the middle ones first; quiet about failures, which show when an image is wanted. */
  async fetchAll(): Promise<void> {
    const both = await this.series.catch(() => []);
    await Promise.all(both.map((series) => series.loadOutwards(Math.floor(series.planes.length / 2), 2)));
  }

  /**
   * The same case under the addresses of another read of it. What is here stays; what is not yet is asked for there,
   * and one image of each series in any case: the server keeps of every read that its images were sent.
   */
  async goOnAs(images: ImagePair): Promise<void> {
    this.images = images;
    const [t1, t2] = await this.series;
    await Promise.all([t1.goOnAt(images.t1.frame_urls), t2.goOnAt(images.t2.frame_urls)]);
  }

  close(): void {
    this.ending.abort();
  }
}
