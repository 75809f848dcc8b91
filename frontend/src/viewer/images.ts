/** T1 and T2 of one case with what has been fetched of them; closing it ends what is still under way. */

import type { ImagePair } from "../contract/reader";
import { Series } from "./series";

export class CaseImages {
  readonly series: Promise<readonly [Series, Series]>;
  private readonly ending = new AbortController();

  constructor(private readonly images: ImagePair) {
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

  close(): void {
    this.ending.abort();
  }
}
