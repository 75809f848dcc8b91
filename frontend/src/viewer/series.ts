/** One series as the viewer uses it: image ids for Cornerstone and planes for everything computed here. */

import { imageLoader } from "@cornerstonejs/core";
import dicomImageLoader from "@cornerstonejs/dicom-image-loader";
import { send } from "../contract/client";
import type { SeriesImages } from "../contract/reader";
import { type DicomJson, planeOf } from "../core/dicomjson";
import { type ImagePlane, sliceSpacing } from "../core/geometry";

export interface Series {
  imageIds: string[];
  planes: ImagePlane[];
  /** mm between slices. */
  spacing: number;
  description: string;
}

/** Fetches metadata and registers them. Throws if frames and metadata do not match one to one. */
export async function openSeries(images: SeriesImages): Promise<Series> {
  const instances = await send<DicomJson[]>("GET", images.metadata_url);
  if (instances.length !== images.frame_urls.length || instances.length === 0) {
    throw new Error("The images and their metadata do not belong together. Tell the coordinator.");
  }
  const imageIds = images.frame_urls.map((url) => `wadors:${url}`);
  instances.forEach((instance, i) => {
    dicomImageLoader.wadors.metaDataManager.add(imageIds[i] as string, instance as never);
  });
  const planes = instances.map(planeOf);
  return { imageIds, planes, spacing: sliceSpacing(planes), description: images.description };
}

/** Loads the other slices from `start` outwards, so that the wheel finds its neighbours first. */
export async function loadOutwards(series: Series, start: number, stillWanted: () => boolean): Promise<void> {
  const order = series.imageIds
    .map((imageId, i) => ({ imageId, distance: Math.abs(i - start) }))
    .sort((a, b) => a.distance - b.distance);
  const queue = order.map(({ imageId }) => imageId);
  const takeNext = async (): Promise<void> => {
    for (let imageId = queue.shift(); imageId !== undefined && stillWanted(); imageId = queue.shift()) {
      await imageLoader.loadAndCacheImage(imageId).catch(() => undefined);
    }
  };
  await Promise.all([takeNext(), takeNext(), takeNext()]);
}
