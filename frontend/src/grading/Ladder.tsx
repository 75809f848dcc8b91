/** The spine ladder: one row per disc, one fieldset per half, native radios. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { GradeChoice, Site } from "../contract/reader";
import { answerAt, keyOf, siteName } from "../core/answers";
import { type DiscRow, discRows } from "../core/ladder";
import { labelFor, suggestionText } from "../core/modicmap";
import { ReasonList } from "./ReasonList";
import type { ReadingRoom } from "./room";

export function Ladder({ room }: { room: ReadingRoom }) {
  const read = room.read.value;
  if (!read) return null;
  return (
    <div class="ladder">
      {discRows(read.sites).map((row) => (
        <LadderRow key={row.name} room={room} row={row} grades={read.grades} />
      ))}
    </div>
  );
}

function LadderRow({ room, row, grades }: { room: ReadingRoom; row: DiscRow; grades: GradeChoice[] }) {
  return (
    <div class="ladder-row">
      <span class="ladder-disc" aria-hidden="true">
        {row.name}
      </span>
      {[row.above, row.below].map((site, place) =>
        site ? (
          <HalfField key={keyOf(site)} room={room} site={site} grades={grades} />
        ) : (
          <span key={place === 0 ? "above" : "below"} />
        ),
      )}
    </div>
  );
}

function HalfField({ room, site, grades }: { room: ReadingRoom; site: Site; grades: GradeChoice[] }) {
  const answer = answerAt(room.form.sheet.value, site);
  const focus = room.form.focus.value;
  const focused = focus !== null && keyOf(focus) === keyOf(site);
  const choosing = room.form.reasonsFor.value !== null && keyOf(room.form.reasonsFor.value) === keyOf(site);
  const label = room.map.data.value && labelFor(room.map.data.value, site);
  const field = useFocusInside(focused);
  const reason = room.read.value?.not_gradable_reasons.find(({ value }) => value === answer?.not_gradable);
  return (
    <fieldset
      ref={field}
      tabIndex={-1}
      class="half"
      data-site={keyOf(site)}
      data-focused={focused}
      data-answered={answer !== undefined}
      data-bulk={answer?.in_bulk === true}
      onFocusIn={() => room.form.focusOn(site)}
      onMouseDown={() => room.form.focusOn(site)}
    >
      <legend>{siteName(site)}</legend>
      <div class="half-choices">
        {grades.map((grade) => (
          <label key={grade.value} class="choice" data-grade={grade.value} title={grade.label}>
            <input
              type="radio"
              name={keyOf(site)}
              value={grade.value}
              checked={answer?.grade === grade.value}
              aria-label={`${siteName(site)}: ${grade.label}${answer?.secondary === grade.value ? ", also" : ""}`}
              onClick={() => room.judge(site, { grade: grade.value })}
            />
            <span>{grade.value}</span>
            {answer?.secondary === grade.value && <i class="choice-secondary" aria-hidden="true" />}
          </label>
        ))}
        <button
          type="button"
          class="choice-not-gradable"
          aria-expanded={choosing}
          aria-pressed={reason !== undefined}
          aria-label={`${siteName(site)}: not gradable${reason ? `, ${reason.label}` : ""}`}
          title={reason ? `Not gradable: ${reason.label}` : "Not gradable"}
          onClick={() => room.perform({ do: "not-gradable" })}
        >
          N
        </button>
      </div>
      {label && (
        <p class="half-suggestion" data-type={label.suggestion}>
          {suggestionText(label)}
        </p>
      )}
      {choosing && <ReasonList room={room} site={site} />}
    </fieldset>
  );
}

/** Takes the browser's focus along, so that Enter never meets a button left behind; no choice looks preset. */
function useFocusInside(focused: boolean) {
  const field = useRef<HTMLFieldSetElement>(null);
  useLayoutEffect(() => {
    if (focused && !field.current?.contains(document.activeElement)) field.current?.focus();
  }, [focused]);
  return field;
}
