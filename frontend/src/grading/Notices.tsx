/** What the reader should know of input on this machine; empty most of the time. */

import type { ReadingRoom } from "./room";

export function Notices({ room }: { room: ReadingRoom }) {
  const sentences = [...room.leftovers.late.value, room.journal.problem.value].filter(Boolean);
  return (
    <div class="notices" role="status">
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </div>
  );
}
