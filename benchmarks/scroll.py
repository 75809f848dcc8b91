"""How fast slices go by: `python -m benchmarks.scroll [--seconds 6]`.

Frames a second of both images together while the wheel never stops, in headless Chromium without a graphics
card: the Modic map shown, and hidden, in turns on the same path through the same case. A frame counts when
another slice has been drawn.
"""

import argparse
import statistics

from playwright.sync_api import Page

from benchmarks.browser import chromium, new_page
from tests.browser.viewer_harness import Harness, Study, synthetic_exam

SEED = 7
PATH = """seconds => new Promise(resolve => {
  const pane = document.querySelector(".pane");
  const caption = pane.querySelector(".pane-slice");
  const begun = performance.now();
  let frames = 0, shown = caption.textContent, down = true;
  const step = () => {
    if (caption.textContent !== shown) { shown = caption.textContent; frames += 1; }
    const [at, of] = shown.split(" / ").map(Number);
    if (at === of) down = false;
    if (at === 1) down = true;
    pane.dispatchEvent(new WheelEvent("wheel", { deltaY: down ? 60 : -60, bubbles: true, cancelable: true }));
    if (performance.now() - begun > 1000 * seconds) resolve(frames / seconds);
    else requestAnimationFrame(step);
  };
  step();
})"""


def rate(page: Page, seconds: float, *, map_on: bool) -> float:
    """Slices a second with the map shown or hidden."""
    switch = page.locator(".map-switch input")
    if switch.is_checked() != map_on:
        page.keyboard.press("m")
    return float(page.evaluate(PATH, seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each turn")
    parser.add_argument("-n", type=int, default=5, help="turns with and without the map")
    options = parser.parse_args()
    synthetic_exam(SEED)
    harness = Harness(Study(arm="assisted", seeds=(SEED,)))
    with chromium() as browser:
        page = new_page(browser)
        page.goto(f"{harness.url}/read/x/")
        page.locator(".pane[data-picture=cornerstone]").nth(1).wait_for()
        page.wait_for_timeout(3000)
        turns = [
            (rate(page, options.seconds, map_on=True), rate(page, options.seconds, map_on=False))
            for _ in range(options.n)
        ]
    harness.close()
    ratios = [on / off for on, off in turns]
    print(f"with the map: median {statistics.median(on for on, _ in turns):.1f} frames/s")
    print(f"without it: median {statistics.median(off for _, off in turns):.1f} frames/s")
    low, high = min(ratios), max(ratios)
    print(f"with / without, turn by turn: median {statistics.median(ratios):.2f} ({low:.2f}-{high:.2f})")


if __name__ == "__main__":
    main()
