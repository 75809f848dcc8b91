/** How a read begins: where its first look goes, and whether its images are on the screen already. */

import type { Read, Site } from "../contract/reader";
import { openSheet, startOf } from "../core/answers";

/** The half in focus when the read opens, as far as the server knows its answers. */
export const firstFocus = (read: Read): Site | null => startOf(openSheet(read.sites, read.answers));

/** Whether `read` is the second part of the case whose first part, `before`, was just locked. */
export const goesOnWith = (before: Read | null, read: Read): boolean =>
  before?.map_follows === true &&
  read.part === 2 &&
  read.position === before.position &&
  read.period.number === before.period.number;
