/** The Modic map and its endplate labels as the server sends them, in assisted reads and to coordinators. */

import type { Schemas } from "./reader";

export type ModicType = Schemas["TypeEnum"];
export type EndplateLabel = Schemas["EndplateLabel"];

/** A closed polygon on pixel edges: [column, row] with pixel centres at whole numbers. */
export type Ring = readonly (readonly [column: number, row: number])[];

/** Filled by the even-odd rule, so that holes are rings too. */
export type MapRegion = Omit<Schemas["MapRegion"], "rings"> & { rings: Ring[] };

/** `instance` is the index of the T1 frame this slice belongs to. */
export type MapSlice = Omit<Schemas["MapSlice"], "regions"> & { regions: MapRegion[] };

export type ModicMap = Omit<Schemas["ModicMap"], "slices"> & { slices: MapSlice[] };
