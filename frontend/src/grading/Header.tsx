/** Where the reader is: period, arm, case n of N, saved or not, and what this system is not. */

import type { Arm, Read } from "../contract/reader";
import { LAYOUT_WORDS } from "../core/layout";
import type { ReadingRoom } from "./room";
import { SaveLine } from "./SaveLine";

const ARM_WORDS: Record<Arm, string> = {
  unaided: "Unaided",
  assisted: "With Modic map",
  "second-read": "Second look, with Modic map",
  "on-demand": "Modic map on demand",
};

/** Where only labels are shown, no map is promised. */
const LABEL_WORDS: Record<Arm, string> = {
  unaided: "Unaided",
  assisted: "With suggestions",
  "second-read": "Second look, with suggestions",
  "on-demand": "Suggestions on demand",
};

const armWords = ({ period, shows }: Read): string =>
  (shows && !shows.includes("map") ? LABEL_WORDS : ARM_WORDS)[period.arm];

export function Header({ room, homeUrl }: { room: ReadingRoom; homeUrl: string }) {
  const read = room.read.value;
  return (
    <header class="room-header">
      {read && (
        <>
          <span class="arm-badge" data-arm={read.period.arm}>
            {armWords(read)}
          </span>
          {!room.rehearsal && <h1>{read.period.name}</h1>}
          <span>
            Case {read.position} of {read.total}
          </span>
        </>
      )}
      {room.rehearsal ? (
        <h1 class="rehearsal-badge">{room.rehearsal}</h1>
      ) : (
        <SaveLine room={room} />
      )}
      {read && <RoomButtons room={room} />}
      {read?.synthetic && <span class="synthetic-badge">Synthetic data</span>}
      <span class="disclaimer">Research use only, not a medical device</span>
      <a href={homeUrl}>Leave</a>
    </header>
  );
}

/** The list of keys; and what the layout is, where pressing brings the next. */
function RoomButtons({ room }: { room: ReadingRoom }) {
  const { layout, front } = room.hanging;
  return (
    <span class="room-buttons">
      <button type="button" onClick={() => room.perform({ do: "help" })} aria-expanded={room.help.value}>
        Keys
      </button>
      <button
        type="button"
        aria-label={`Layout: ${LAYOUT_WORDS[layout.value]}. Change it`}
        onClick={() => room.perform({ do: "layout" })}
      >
        {LAYOUT_WORDS[layout.value]}
      </button>
      {layout.value === "single" && (
        <button type="button" onClick={() => room.perform({ do: "turn" })}>
          Show {front.value === 0 ? "T2" : "T1"}
        </button>
      )}
    </span>
  );
}
