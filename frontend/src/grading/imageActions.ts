/** What keys do to the images, the same in the reading room and on the coordinator's page. */

import type { Action } from "../core/keyboard";
import type { ImageDesk } from "./desk";
import type { MapLook } from "./mapLook";

/** Does what is the images' to do; false for any other action. */
export function performOnImages(action: Action, desk: ImageControls, map: MapLook): boolean {
  if (action.do === "slice") desk.step(action.step);
  else if (action.do === "end-slice") desk.goToEnd(action.last);
  else if (action.do === "zoom") desk.zoom(action.factor);
  else if (action.do === "reset") desk.reset();
  else if (action.do === "whole-image") desk.wholeImage();
  else if (action.do === "invert") desk.invert();
  else if (action.do === "window") desk.widen(action.factor);
  else if (action.do === "ruler") desk.toggleRuler();
  else if (action.do === "lines") desk.toggleLines();
  else if (action.do === "move-ruler") desk.moveRuler(action.across, action.down, action.endOnly);
  else if (action.do === "opacity") map.setOpacity(map.opacity.value + action.step);
  else if (action.do === "hold-map") map.hold();
  else return false;
  return true;
}

export type ImageControls = Omit<
  ImageDesk,
  "show" | "whole" | "prepare" | "setMap" | "setMapLook" | "focusOn" | "arrange"
>;
