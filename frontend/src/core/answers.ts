/** The answers of one read as immutable states with undo and redo. Ungraded is not 0, and nothing is preset. */

import type { Answer, Confidence, GradeValue, Half, Input, NotGradable, Read, Site } from "../contract/reader";

export type SiteKey = string;
export type Verdict = { grade: GradeValue } | { notGradable: NotGradable };

type Given = ReadonlyMap<SiteKey, Answer>;

export interface Sheet {
  readonly sites: readonly Site[];
  readonly given: Given;
  readonly past: readonly Given[];
  readonly future: readonly Given[];
}

export const keyOf = (site: Site): SiteKey => `${site.level} ${site.half}`;

const HALF_WORDS: Record<Half, string> = { upper: "superior", lower: "inferior" };

/** "L4 inferior", as it is spoken and as it labels the form. */
export const siteName = ({ level, half }: Site): string => `${level} ${HALF_WORDS[half]}`;

/** A half that nothing is said of. */
export const unanswered = ({ level, half }: Site): Answer => ({
  level,
  half,
  grade: null,
  not_gradable: null,
  in_bulk: false,
  secondary: null,
  confidence: null,
});

const isGiven = (answer: Answer): boolean => answer.grade !== null || answer.not_gradable !== null;

export function openSheet(sites: readonly Site[], answers: readonly Answer[]): Sheet {
  const known = new Set(sites.map(keyOf));
  const kept = answers.filter((answer) => known.has(keyOf(answer)) && isGiven(answer));
  return { sites, given: new Map(kept.map((answer) => [keyOf(answer), answer])), past: [], future: [] };
}

export const answerAt = (sheet: Sheet, site: Site): Answer | undefined => sheet.given.get(keyOf(site));

function withAnswer(sheet: Sheet, site: Site, answer: Answer | null): Sheet {
  const given = new Map(sheet.given);
  if (answer === null) given.delete(keyOf(site));
  else given.set(keyOf(site), answer);
  return { ...sheet, given, past: [...sheet.past, sheet.given], future: [] };
}

/** The sheet with one half judged; the same sheet if that is what it already says. */
export function judge(sheet: Sheet, site: Site, verdict: Verdict): Sheet {
  const grade = "grade" in verdict ? verdict.grade : null;
  const notGradable = "notGradable" in verdict ? verdict.notGradable : null;
  const before = answerAt(sheet, site);
  if (before && before.grade === grade && before.not_gradable === notGradable) return sheet;
  return withAnswer(sheet, site, { ...unanswered(site), grade, not_gradable: notGradable });
}

/** In a mixed lesion the other type beside the predominant one, or no longer; the same sheet where none can be. */
export function toggleSecondary(sheet: Sheet, site: Site, type: 1 | 2 | 3): Sheet {
  const answer = answerAt(sheet, site);
  if (!answer?.grade || answer.grade === type) return sheet;
  return withAnswer(sheet, site, { ...answer, secondary: answer.secondary === type ? null : type });
}

const NEXT_CONFIDENCE: Record<Confidence | 0, Confidence | null> = { 0: 1, 1: 2, 2: 3, 3: null };

/** How sure the reader is: none, 1, 2, 3 and none again; the same sheet where there is no grade. */
export function cycleConfidence(sheet: Sheet, site: Site): Sheet {
  const answer = answerAt(sheet, site);
  if (!answer || answer.grade === null) return sheet;
  return withAnswer(sheet, site, { ...answer, confidence: NEXT_CONFIDENCE[answer.confidence ?? 0] });
}

/** Every half without an answer becomes none, marked as set in bulk; one step of undo. */
export function noneForRemaining(sheet: Sheet): Sheet {
  const open = gaps(sheet);
  if (open.length === 0) return sheet;
  const given = new Map(sheet.given);
  for (const site of open) given.set(keyOf(site), { ...unanswered(site), grade: 0, in_bulk: true });
  return { ...sheet, given, past: [...sheet.past, sheet.given], future: [] };
}

export const clear = (sheet: Sheet, site: Site): Sheet =>
  answerAt(sheet, site) ? withAnswer(sheet, site, null) : sheet;

export function undo(sheet: Sheet): Sheet {
  const given = sheet.past.at(-1);
  if (!given) return sheet;
  return { ...sheet, given, past: sheet.past.slice(0, -1), future: [sheet.given, ...sheet.future] };
}

export function redo(sheet: Sheet): Sheet {
  const given = sheet.future[0];
  if (!given) return sheet;
  return { ...sheet, given, past: [...sheet.past, sheet.given], future: sheet.future.slice(1) };
}

/** Halves without an answer, head to foot. */
export const gaps = (sheet: Sheet): Site[] => sheet.sites.filter((site) => !answerAt(sheet, site));

/** Where work on a sheet begins: its first gap, else its first half. */
export const startOf = (sheet: Sheet): Site | null => gaps(sheet)[0] ?? sheet.sites[0] ?? null;

/** One entry per half in the form's order, unanswered halves with nothing in them. */
export const asAnswers = (sheet: Sheet): Answer[] =>
  sheet.sites.map((site) => answerAt(sheet, site) ?? unanswered(site));

/** What is stored for a read. */
export const inputOf = ({ answers, comment }: Pick<Read, "answers" | "comment">): Input => ({
  answers,
  comment: comment ?? "",
});

const told = (answers: readonly Answer[]): string =>
  JSON.stringify(
    answers
      .filter(isGiven)
      .map((given) => [
        keyOf(given),
        given.grade,
        given.not_gradable,
        given.in_bulk,
        given.secondary,
        given.confidence,
      ])
      .sort(([a], [b]) => String(a).localeCompare(String(b))),
  );

/** Whether two inputs say the same of a case; the order of answers and unanswered halves don't count. */
export const sameInput = (one: Input, other: Input): boolean =>
  one === other || (one.comment === other.comment && told(one.answers) === told(other.answers));

const indexOf = (sheet: Sheet, site: Site): number =>
  sheet.sites.findIndex((other) => keyOf(other) === keyOf(site));

/** The next half without an answer after `site`, starting again at the top; `site` itself when all are answered. */
export function nextGap(sheet: Sheet, site: Site): Site {
  const from = indexOf(sheet, site);
  const order = [...sheet.sites.slice(from + 1), ...sheet.sites.slice(0, from + 1)];
  return order.find((other) => !answerAt(sheet, other)) ?? site;
}

/** The neighbour `step` places along the ladder; stays at the ends. */
export function neighbour(sheet: Sheet, site: Site, step: number): Site {
  const index = Math.min(sheet.sites.length - 1, Math.max(0, indexOf(sheet, site) + step));
  return sheet.sites[index] ?? site;
}

/** The half that differs between two sheets of the same read, to put the focus where undo changed something. */
export function firstDifference(before: Sheet, after: Sheet): Site | undefined {
  return before.sites.find((site) => answerAt(before, site) !== answerAt(after, site));
}
