/** The luminance pattern: the steps from 0 to 5 % and from 95 to 100 % of the grey scale (as in SMPTE RP 133). */

import type { DisplayCheck } from "./display";

export function DisplayStrip({ check }: { check: DisplayCheck }) {
  if (check.patternSeen.value === true) return null;
  return (
    <section class="display-strip" aria-label="Display check">
      <div class="grey-steps" aria-hidden="true">
        <span class="grey-dark" />
        <span class="grey-bright" />
      </div>
      {check.patternSeen.value === null ? (
        <>
          <p>Do you see a square in the black and one in the white field?</p>
          <button type="button" onClick={() => check.say(true)}>
            Both
          </button>
          <button type="button" onClick={() => check.say(false)}>
            Not both
          </button>
        </>
      ) : (
        <>
          <p>Dim the room light and set the display's brightness and contrast until you see both.</p>
          <button type="button" onClick={() => check.say(true)}>
            Now I see both
          </button>
        </>
      )}
    </section>
  );
}
