/** Cornerstone3D, started once per page and emptied between cases. */

import { cache, init as initCore, RenderingEngine } from "@cornerstonejs/core";
import dicomImageLoader from "@cornerstonejs/dicom-image-loader";
import { Enums as MetadataEnums, metaData } from "@cornerstonejs/metadata";

let engine: RenderingEngine | null = null;

export function renderingEngine(): RenderingEngine {
  if (engine === null) {
    initCore();
    dicomImageLoader.init({ maxWebWorkers: 2 });
    engine = new RenderingEngine("images");
  }
  return engine;
}

/** Drops pixels and metadata of the case before; purging the image cache alone keeps the metadata for ever. */
export function forgetImages(): void {
  cache.purgeCache();
  dicomImageLoader.wadors.metaDataManager.purge();
  metaData.clear(MetadataEnums.MetadataModules.NATURALIZED);
}
