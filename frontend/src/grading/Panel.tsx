/** Everything beside the images. */

import { gaps } from "../core/answers";
import { Definitions } from "./Definitions";
import { Ladder } from "./Ladder";
import { MapPanel } from "./MapPanel";
import type { ReadingRoom } from "./room";
import { Notices } from "./Notices";
import { Conflict } from "./SaveLine";

export function Panel({ room }: { room: ReadingRoom }) {
  if (!room.read.value) return null;
  const total = room.form.sheet.value.sites.length;
  const done = total - gaps(room.form.sheet.value).length;
  const submitting = room.phase.value.kind === "submitting";
  return (
    <form
      class="panel"
      aria-label="Grades"
      onSubmit={(event) => {
        event.preventDefault();
        void room.submit();
      }}
    >
      <Ladder room={room} />
      {room.map.data.value && (
        <MapPanel
          remarks={room.map.data.value.remarks}
          visible={room.map.visible.value}
          opacity={room.map.opacity.value}
          onVisible={(visible) => room.map.show(visible)}
          onOpacity={(opacity) => room.map.setOpacity(opacity)}
        />
      )}
      <Conflict room={room} />
      <Notices room={room} />
      <Definitions />
      <div class="panel-foot">
        <p class="panel-message" role="status">
          {room.form.message.value}
        </p>
        <div class="panel-submit">
          <span>
            {done} of {total} graded
          </span>
          <button type="button" onClick={() => room.perform({ do: "help" })} aria-expanded={room.help.value}>
            Keys
          </button>
          <button type="submit" class="submit" disabled={submitting} data-ready={done === total}>
            {submitting ? "Submitting…" : "Submit"} <kbd>Enter</kbd>
          </button>
        </div>
      </div>
    </form>
  );
}
