/** How answers are said in words. */

import type { Answer, Confidence } from "../contract/reader";

export const CONFIDENCE_WORDS: Record<Confidence, string> = { 1: "Unsure", 2: "Fairly sure", 3: "Sure" };

/** "2, also 1", "none" or "not gradable". */
export function spoken({ grade, secondary }: Answer): string {
  if (grade === null) return "not gradable";
  if (grade === 0) return "none";
  return secondary ? `${grade}, also ${secondary}` : String(grade);
}
