/** Whether the answers are with the server, and what to do when they are not. */

import type { SaveState } from "../core/autosave";
import type { ReadingRoom } from "./room";

const WORDS: Record<"idle" | "pending" | "saving" | "saved", string> = {
  idle: "",
  pending: "Saving…",
  saving: "Saving…",
  saved: "Saved",
};

function textOf(state: SaveState): string {
  return "message" in state ? state.message : WORDS[state.kind];
}

export function SaveLine({ room }: { room: ReadingRoom }) {
  const state = room.saving.state.value;
  return (
    <div class="save-line" data-state={state.kind} role="status">
      <span>{textOf(state)}</span>
    </div>
  );
}

/** The choice after a conflict; the input on this screen stays until it is made. */
export function Conflict({ room }: { room: ReadingRoom }) {
  const state = room.saving.state.value;
  if (state.kind === "refused") {
    return (
      <div class="conflict" role="alert">
        <p>{state.message}</p>
        {state.kept && <p>What you entered since is kept, and the coordinator sees that it came.</p>}
        <button type="button" onClick={() => void room.next()}>
          Go on reading
        </button>
      </div>
    );
  }
  if (state.kind !== "conflict") return null;
  return (
    <div class="conflict" role="alert">
      <p>{state.message}</p>
      <p>Both inputs are kept, and the coordinator sees that there were two. Which answers count?</p>
      <button type="button" onClick={() => void room.settleConflict(true)}>
        Those on this screen
      </button>
      <button type="button" onClick={() => void room.settleConflict(false)}>
        Those stored elsewhere
      </button>
    </div>
  );
}
