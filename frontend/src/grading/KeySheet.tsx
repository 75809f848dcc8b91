/** The list of keys, shown on "?". */

import { bindingsShown } from "../core/keyboard";
import type { ReadingRoom } from "./room";

export function KeySheet({ room }: { room: ReadingRoom }) {
  if (!room.help.value) return null;
  return (
    <section class="key-sheet" aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {bindingsShown(room.hasMap).map((binding) => (
          <div key={binding.shown}>
            <dt>
              <kbd>{binding.shown}</kbd>
            </dt>
            <dd>{binding.label}</dd>
          </div>
        ))}
      </dl>
      <p>Mouse: wheel slices · left drag window · middle (or Shift and left) drag moves · right drag zooms</p>
      <button type="button" onClick={() => room.perform({ do: "help" })}>
        Close (Esc)
      </button>
    </section>
  );
}
