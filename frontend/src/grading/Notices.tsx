/** What the reader should know of input on this machine and of its display; empty most of the time. */

import { type DisplayCheck, LEAST } from "./display";
import type { ReadingRoom } from "./room";

export function Notices({ room, check }: { room: ReadingRoom; check: DisplayCheck }) {
  const size = check.tooSmall.value
    ? `This window is smaller than ${LEAST.width} × ${LEAST.height}: make it larger, or zoom out, to read as the study means it.`
    : "";
  const sentences = [size, ...room.leftovers.late.value, room.journal.problem.value].filter(Boolean);
  return (
    <div class="notices" role="status">
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </div>
  );
}
