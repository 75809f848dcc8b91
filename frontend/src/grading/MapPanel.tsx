/** Legend, switch and opacity of the Modic map. Rendered only where a map was received. */

import type { ModicType } from "../contract/map";
import { MODIC_TYPES } from "../core/modicmap";

export interface MapPanelProps {
  /** False where the map is its labels beside the halves alone: then nothing can be hidden or made opaque. */
  drawn?: boolean;
  /** Said of the map instead of that a model made it. */
  note?: string | undefined;
  /** What was remarked while the map was made, as sentences. */
  remarks: readonly string[];
  visible: boolean;
  opacity: number;
  onVisible(visible: boolean): void;
  /** Puts away a map that was asked for; it takes the place of the switch. */
  onAway?: (() => void) | undefined;
  onOpacity(opacity: number): void;
  types: ReadonlySet<ModicType>;
  onType(type: ModicType, drawn: boolean): void;
}

export function MapPanel({ drawn = true, ...props }: MapPanelProps) {
  return (
    <section class="map-panel" aria-label="Modic map">
      {drawn ? <MapControls {...props} /> : <LabelsAlone onAway={props.onAway} />}
      <p class="map-note">{props.note ?? "A model's output, not a diagnosis."}</p>
      {props.remarks.map((remark) => (
        <p key={remark} class="map-note map-remark">
          {remark}
        </p>
      ))}
    </section>
  );
}

function LabelsAlone({ onAway }: Pick<MapPanelProps, "onAway">) {
  if (!onAway) return <p class="map-note">Suggestions stand beside the halves; no map is drawn.</p>;
  return (
    <button type="button" onClick={onAway}>
      Put the suggestions away <kbd>M</kbd>
    </button>
  );
}

function MapControls(props: Omit<MapPanelProps, "drawn" | "remarks" | "note">) {
  const { visible, opacity, types, onVisible, onAway, onOpacity, onType } = props;
  return (
    <>
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
            <label>
              <input
                type="checkbox"
                checked={types.has(type)}
                onChange={(event) => onType(type, event.currentTarget.checked)}
              />
              Type {type}
            </label>
          </li>
        ))}
      </ul>
    </>
  );
}
