/** Mouse and wheel on an image: wheel slices, left drag windows or measures, middle pans, right zooms. */

export type Place = readonly [x: number, y: number];

export interface GestureTarget {
  scroll(steps: number): void;
  window(dx: number, dy: number): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number): void;
  /** A left drag from one point to another, in CSS pixels from the corner; true if it is not to window. */
  measure(from: Place, to: Place): boolean;
  /** Where the pointer is while nothing is pressed; null when it has left. */
  point(at: Place | null): void;
  /** A press and release in one place, in CSS pixels from the element's corner. */
  click(x: number, y: number): void;
}

const WHEEL_STEP_PX = 50;
const STILL_PX = 4;

export function listenToGestures(element: HTMLElement, target: GestureTarget): void {
  let travelled = 0;
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      if (event.ctrlKey) {
        target.zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
        return;
      }
      const pixels =
        event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * WHEEL_STEP_PX;
      if (Math.sign(pixels) !== Math.sign(travelled)) travelled = 0;
      travelled += pixels;
      const steps = Math.trunc(travelled / WHEEL_STEP_PX);
      if (steps !== 0) {
        travelled -= steps * WHEEL_STEP_PX;
        target.scroll(Math.sign(steps) * Math.min(Math.abs(steps), 2));
      }
    },
    { passive: false },
  );
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  const placeOf = (event: PointerEvent): Place => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let moved = 0;
  let begun: Place = [0, 0];
  element.addEventListener("pointerleave", () => target.point(null));
  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    moved = 0;
    begun = placeOf(event);
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointerup", (event) => {
    if (event.button !== 0 || moved > STILL_PX) return;
    target.click(...placeOf(event));
  });
  element.addEventListener("pointermove", (event) => {
    if (event.buttons === 0) target.point(placeOf(event));
    if (!element.hasPointerCapture(event.pointerId)) return;
    const { movementX: dx, movementY: dy, buttons } = event;
    moved += Math.abs(dx) + Math.abs(dy);
    if (moved <= STILL_PX) return;
    if (buttons & 4 || (buttons & 1 && event.shiftKey)) target.pan(dx, dy);
    else if (buttons & 2) target.zoom(Math.exp(-dy * 0.008));
    else if (buttons & 1 && !target.measure(begun, placeOf(event))) target.window(dx, dy);
  });
}
