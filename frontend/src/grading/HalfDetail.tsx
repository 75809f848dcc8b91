/** More about one half: the other type of a mixed lesion and, where the protocol asks, how sure the reader is. */

import type { Confidence } from "../contract/reader";
import { answerAt, siteName } from "../core/answers";
import { CONFIDENCE_WORDS, spoken } from "../core/words";
import type { ReadingRoom } from "./room";

const TYPES = [1, 2, 3] as const;

export function HalfDetail({ room }: { room: ReadingRoom }) {
  const { form } = room;
  const site = form.subject;
  const answer = site && answerAt(form.sheet.value, site);
  if (!site || !answer)
    return <p class="half-detail">Mixed: predominant type, then Shift + the other.</p>;
  const others = answer.grade ? TYPES.filter((type) => type !== answer.grade) : [];
  const isRated = room.offers.has("confidence") && answer.grade !== null;
  return (
    <fieldset class="half-detail" aria-label={`More about ${siteName(site)}`}>
      <span>
        {siteName(site)}: {spoken(answer)}
      </span>
      {others.map((type) => (
        <button
          key={type}
          type="button"
          aria-pressed={answer.secondary === type}
          onClick={() => room.perform({ do: "secondary", type })}
        >
          also {type}
        </button>
      ))}
      {isRated && (
        <button type="button" onClick={() => room.perform({ do: "confidence" })}>
          {answer.confidence ? CONFIDENCE_WORDS[answer.confidence as Confidence] : "How sure?"}
        </button>
      )}
    </fieldset>
  );
}
