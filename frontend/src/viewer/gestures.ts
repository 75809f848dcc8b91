/** Mouse and wheel on an image: wheel slices, left drag window, middle drag pan, right drag zoom. */

export interface GestureTarget {
  scroll(steps: number): void;
  window(dx: number, dy: number): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number): void;
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
  let moved = 0;
  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    moved = 0;
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointerup", (event) => {
    if (event.button !== 0 || moved > STILL_PX) return;
    const box = element.getBoundingClientRect();
    target.click(event.clientX - box.left, event.clientY - box.top);
  });
  element.addEventListener("pointermove", (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const { movementX: dx, movementY: dy, buttons } = event;
    moved += Math.abs(dx) + Math.abs(dy);
    if (moved <= STILL_PX) return;
    if (buttons & 4 || (buttons & 1 && event.shiftKey)) target.pan(dx, dy);
    else if (buttons & 2) target.zoom(Math.exp(-dy * 0.008));
    else if (buttons & 1) target.window(dx, dy);
  });
}
