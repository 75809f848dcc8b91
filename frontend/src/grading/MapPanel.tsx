/** Legend, switch and opacity of the Modic map. Rendered only where a map was received. */

import { MODIC_TYPES } from "../core/modicmap";

export interface MapPanelProps {
  /** What was remarked while the map was made, as sentences. */
  remarks: readonly string[];
  visible: boolean;
  opacity: number;
  onVisible(visible: boolean): void;
  /** Puts away a map that was asked for; it takes the place of the switch. */
  onAway?: (() => void) | undefined;
  onOpacity(opacity: number): void;
}

export function MapPanel({ remarks, visible, opacity, onVisible, onAway, onOpacity }: MapPanelProps) {
  return (
    <section class="map-panel" aria-label="Modic map">
      {onAway ? (
        <button type="button" onClick={onAway}>
          Put the map away <kbd>M</kbd>
        </button>
      ) : (
        <label class="map-switch">
          <input
            type="checkbox"
            checked={visible}
            onChange={(event) => onVisible(event.currentTarget.checked)}
          />
          Modic map
        </label>
      )}
      <label class="map-opacity">
        Opacity
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          value={opacity}
          onInput={(event) => onOpacity(event.currentTarget.valueAsNumber)}
        />
      </label>
      <ul class="legend">
        {MODIC_TYPES.map((type) => (
          <li key={type} data-type={type}>
            Type {type}
          </li>
        ))}
      </ul>
      <p class="map-note">A model's output, not a diagnosis.</p>
      {remarks.map((remark) => (
        <p key={remark} class="map-note map-remark">
          {remark}
        </p>
      ))}
    </section>
  );
}
