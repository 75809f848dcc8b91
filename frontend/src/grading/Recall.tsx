/** Whether the case just handed in was seen before: a number key or click chooses, Enter sends. */

import type { ReadingRoom } from "./room";

export function Recall({ room }: { room: ReadingRoom }) {
  const phase = room.phase.value;
  if (phase.kind !== "recall") return null;
  return (
    <fieldset class="recall">
      <legend>{phase.message}</legend>
      <div class="recall-choices">
        {phase.choices.map(({ value, label }) => (
          <button
            key={value}
            type="button"
            aria-pressed={phase.chosen === value}
            onClick={() => room.probe.press(String(value))}
          >
            {label} <kbd>{value}</kbd>
          </button>
        ))}
      </div>
      <p>Your answers to this case are locked and do not change by this. You are not told whether you are right.</p>
      <button
        type="button"
        class="submit"
        data-ready={phase.chosen !== null}
        disabled={phase.chosen === null}
        onClick={() => room.probe.send()}
      >
        Go on <kbd>Enter</kbd>
      </button>
    </fieldset>
  );
}
