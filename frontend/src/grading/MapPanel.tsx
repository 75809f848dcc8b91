/** Legend, switch and opacity of the Modic map. Rendered only where a map was received. */

import { MODIC_TYPES } from "../core/modicmap";

export interface MapPanelProps {
  /** What was remarked while the map was made, as sentences. */
  remarks: readonly string[];
  visible: boolean;
  opacity: number;
  onVisible(visible: boolean): void;
  onOpacity(opacity: number): void;
}

export function MapPanel({ remarks, visible, opacity, onVisible, onOpacity }: MapPanelProps) {
  return (
    <section class="map-panel" aria-label="Modic map">
      <label class="map-switch">
        <input
          type="checkbox"
          checked={visible}
          onChange={(event) => onVisible(event.currentTarget.checked)}
        />
        Modic map
      </label>
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
