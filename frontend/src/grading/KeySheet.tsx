/** The list of keys, shown on "?", where each can be changed. */

import { bindingsShown, nameOf, shownOf } from "../core/keyboard";
import type { Keys } from "./keys";
import type { ReadingRoom } from "./room";

export function KeySheet({ room, keys }: { room: ReadingRoom; keys: Keys }) {
  if (!room.help.value) return null;
  const settings = keys.settings.value;
  const waiting = keys.waiting.value;
  return (
    <section class="key-sheet" aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {bindingsShown(room.offers).map((binding) => (
          <div key={nameOf(binding)}>
            <dt>
              <button
                type="button"
                class="key-change"
                aria-label={`${binding.label}: ${shownOf(binding, settings) || "no key"}, change`}
                onClick={() => {
                  keys.problem.value = "";
                  keys.waiting.value = binding;
                }}
              >
                <kbd>{waiting === binding ? "press…" : shownOf(binding, settings) || "–"}</kbd>
              </button>
            </dt>
            <dd>{binding.label}</dd>
          </div>
        ))}
      </dl>
      <p role="status">
        {waiting
          ? `Press the new key for “${waiting.label}”; Esc leaves it as it is.`
          : keys.problem.value || "Click a key to change it. Changes stay in this browser."}
      </p>
      <label class="key-switch">
        <input
          type="checkbox"
          checked={settings.characterKeysOff}
          onChange={(event) => keys.switchCharacterKeys(event.currentTarget.checked)}
        />
        Switch off keys that type a character (arrows, Enter, Esc and Ctrl stay)
      </label>
      <p>Mouse: wheel slices · left drag window · middle (or Shift and left) drag moves · right drag zooms</p>
      <button type="button" onClick={() => keys.restore()}>
        The usual keys
      </button>{" "}
      <button type="button" onClick={() => room.perform({ do: "help" })}>
        Close (Esc)
      </button>
    </section>
  );
}
