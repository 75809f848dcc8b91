/** Everything beside the images. */

import type { Read } from "../contract/reader";
import { gaps } from "../core/answers";
import { Definitions } from "./Definitions";
import type { DisplayCheck } from "./display";
import { HalfDetail } from "./HalfDetail";
import { Ladder } from "./Ladder";
import { LeftReports } from "./LeftReports";
import { MapPanel } from "./MapPanel";
import { Notices } from "./Notices";
import type { ReadingRoom } from "./room";
import { Conflict } from "./SaveLine";
import { Writing } from "./Writing";

export function Panel({ room, check }: { room: ReadingRoom; check: DisplayCheck }) {
  const read = room.read.value;
  if (!read) return null;
  const total = room.form.sheet.value.sites.length;
  const done = total - gaps(room.form.sheet.value).length;
  const submitting = room.phase.value.kind === "submitting";
  return (
    <form
      class="panel"
      data-definitions={room.definitions.value}
      aria-label="Grades"
      onSubmit={(event) => {
        event.preventDefault();
        void room.submit();
      }}
    >
      <Conflict room={room} />
      <LeftReports room={room} />
      <Ladder room={room} />
      <HalfDetail room={room} />
      {room.map.data.value && (
        <MapPanel
          drawn={room.aid.drawsMap}
          note={room.mapNote}
          remarks={room.map.data.value.remarks}
          visible={room.map.visible.value}
          opacity={room.map.opacity.value}
          onVisible={(visible) => room.map.show(visible)}
          onAway={room.aid.onDemand ? () => void room.aid.toggle() : undefined}
          onOpacity={(opacity) => room.map.setOpacity(opacity)}
          types={room.map.types.value}
          onType={(type, drawn) => room.map.setType(type, drawn)}
        />
      )}
      {room.aid.onDemand && !room.map.data.value && (
        <MapOnDemand drawn={room.aid.drawsMap} onAsk={() => void room.aid.toggle()} />
      )}
      <Notices room={room} check={check} />
      {room.definitions.value && <Definitions pictures={room.pictures} />}
      <div class="panel-foot">
        <Writing room={room} />
        <p class="panel-message" role="status">
          {room.form.message.value}
        </p>
        <div class="panel-submit">
          <span>
            {done} of {total} graded
          </span>
          <FootButton room={room} opens="comment" label={room.form.comment.value ? "Comment ✓" : "Comment"} />
          <FootButton room={room} opens="report" label="Report" />
          <button
            type="button"
            aria-label="Types: definitions of the grades"
            aria-expanded={room.definitions.value}
            onClick={() => room.perform({ do: "definitions" })}
          >
            Types
          </button>
          <button type="submit" class="submit" disabled={submitting} data-ready={done === total}>
            {submitting ? "Submitting…" : submitWords(read)} <kbd>Enter</kbd>
          </button>
        </div>
        <p class="foot-disclaimer">Research use only, not a medical device</p>
      </div>
    </form>
  );
}

interface FootButtonProps {
  room: ReadingRoom;
  opens: "comment" | "report";
  label: string;
}

function FootButton({ room, opens, label }: FootButtonProps) {
  if (!room.pen.writable.has(opens)) return null;
  return (
    <button
      type="button"
      aria-expanded={room.pen.writing.value === opens}
      onClick={() => room.perform({ do: opens })}
    >
      {label}
    </button>
  );
}

const submitWords = (read: Read): string => {
  if (read.map_follows) return "Lock my unaided answer and show the map";
  return read.part === 2 ? "Submit with the map" : "Submit";
};

function MapOnDemand({ drawn, onAsk }: { drawn: boolean; onAsk: () => void }) {
  return (
    <section class="map-panel" aria-label="Modic map">
      <button type="button" onClick={onAsk}>
        {drawn ? "Show the map" : "Show the suggestions"} <kbd>M</kbd>
      </button>
      <p class="map-note">Each time it is shown is recorded.</p>
    </section>
  );
}
