/** Why a half cannot be graded: chosen by number key or mouse, right at the half. */

import type { Site } from "../contract/reader";
import { siteName } from "../core/answers";
import type { ReadingRoom } from "./room";

export function ReasonList({ room, site }: { room: ReadingRoom; site: Site }) {
  const reasons = room.read.value?.not_gradable_reasons ?? [];
  return (
    <fieldset class="reasons">
      <legend>{siteName(site)} is not gradable because</legend>
      {reasons.map((reason, i) => (
        <button
          key={reason.value}
          type="button"
          onClick={() => room.judge(site, { notGradable: reason.value })}
        >
          <kbd>{i + 1}</kbd> {reason.label}
        </button>
      ))}
    </fieldset>
  );
}
