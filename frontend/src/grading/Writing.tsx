/** What is written beside the grades: a comment on the case, or a report to the coordinator. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ReportKind, Reports } from "../contract/reader";
import type { ReadingRoom } from "./room";

export function Writing({ room }: { room: ReadingRoom }) {
  const what = room.pen.writing.value;
  if (what === null) return null;
  return (
    <section class="writing" aria-label={what === "comment" ? "Comment" : "Report to the coordinator"}>
      {what === "comment" ? <Comment room={room} /> : <Report room={room} />}
    </section>
  );
}

/** Has the focus before the next key comes, and leaves with Escape, so that the key after that grades again. */
function useTextFocus(room: ReadingRoom) {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    room.perform({ do: "cancel" });
  };
  return { ref: field, onKeyDown };
}

function Comment({ room }: { room: ReadingRoom }) {
  const focus = useTextFocus(room);
  return (
    <>
      <label>
        Comment on this case; it is handed in with the grades
        <textarea
          {...focus}
          rows={4}
          maxLength={2000}
          value={room.form.comment.value}
          onInput={(event) => room.form.write(event.currentTarget.value)}
        />
      </label>
      <button type="button" onClick={() => room.perform({ do: "cancel" })}>
        Close (Esc)
      </button>
    </>
  );
}

function Report({ room }: { room: ReadingRoom }) {
  const focus = useTextFocus(room);
  const known = useSignal<Reports | null>(null);
  const outcome = useSignal("");
  const { draft } = room.pen;
  useEffect(() => {
    room.pen.reports().then(
      (reports) => {
        known.value = reports;
      },
      () => {
        outcome.value = "The server cannot be reached. Try again.";
      },
    );
  }, []);
  const send = async (): Promise<void> => {
    const problem = await room.pen.report();
    outcome.value = problem || "Sent. The coordinator answers on your reading page; go on with the case.";
  };
  return (
    <>
      <label>
        Report to the coordinator
        <select
          value={draft.value.kind}
          onChange={(event) => room.pen.put({ kind: event.currentTarget.value as ReportKind })}
        >
          {known.value?.kinds.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label>
        What you saw; no grades, please
        <textarea
          {...focus}
          rows={4}
          maxLength={4000}
          value={draft.value.text}
          onInput={(event) => room.pen.put({ text: event.currentTarget.value })}
        />
      </label>
      <p role="status">
        {outcome.value ||
          (known.value?.reports.length ? `Reported so far: ${known.value.reports.length}` : "")}
      </p>
      <button type="button" disabled={known.value === null} onClick={() => void send()}>
        Send
      </button>
      <button type="button" onClick={() => room.perform({ do: "cancel" })}>
        Close (Esc)
      </button>
    </>
  );
}
