/**
 * @cornerstonejs/metadata as far as Cornerstone's core uses it. The package's own entry brings in all of it, as
 * core takes `utilities` apart at run time: reading of DICOM files, and rules that sort their images.
 */

export * as Enums from "@cornerstonejs/metadata/enums";
export * as metaData from "@cornerstonejs/metadata/metaData";
export * as utilities from "./utilities";
