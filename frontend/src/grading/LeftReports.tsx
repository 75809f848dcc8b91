/** Reports to the coordinator that were begun in cases not open now: sent as they are, or thrown away. */

import { useSignal } from "@preact/signals";
import type { BegunReport } from "../core/journal";
import type { ReadingRoom } from "./room";

export function LeftReports({ room }: { room: ReadingRoom }) {
  const left = room.pen.left.value;
  if (left.length === 0) return null;
  return (
    <div class="left-reports" role="status" aria-label="Reports not sent">
      {left.map((report) => (
        <LeftReport key={report.read} room={room} report={report} />
      ))}
    </div>
  );
}

function LeftReport({ room, report }: { room: ReadingRoom; report: BegunReport }) {
  const problem = useSignal("");
  const send = async (): Promise<void> => {
    problem.value = await room.pen.sendLeft(report);
  };
  return (
    <div class="left-report">
      <p>
        A report that you began in an earlier case, on {new Date(report.enteredAt).toLocaleString()}, is not sent
        to the coordinator:
      </p>
      <blockquote>{report.text}</blockquote>
      {problem.value && <p role="alert">{problem.value}</p>}
      <button type="button" onClick={() => void send()}>
        Send it
      </button>{" "}
      <button type="button" onClick={() => room.pen.dropLeft(report)}>
        Throw it away
      </button>
    </div>
  );
}
