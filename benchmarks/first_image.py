"""How soon images are there: `python -m benchmarks.first_image [-n 5] [--alone]`.

In headless Chromium, with an empty cache each time, on the same synthetic exam: the reading room, OHIF 3.13
and dwv 0.36 (both from npm), in turns. Two images are there when both are painted; that the wheel answers is
checked right after. Bytes are those of scripts, styles and WebAssembly that a page fetched, compressed with
brotli. --alone leaves the peers out.
"""

import argparse
import statistics
import urllib.request

import brotli
from playwright.sync_api import Browser, Page

from benchmarks.browser import chromium, line, new_page
from benchmarks.peers import peers
from tests.browser.viewer_harness import Harness, Study, synthetic_exam

SEED = 7
FIRST_PAINTED = """selector => new Promise(resolve => {
  const look = () => {
    for (const canvas of document.querySelectorAll(selector)) {
      if (canvas.width < 100 || canvas.height < 100) continue;
      const row = canvas.getContext("2d").getImageData(0, canvas.height >> 1, canvas.width, 1).data;
      if (new Set(row).size > 20) return resolve(performance.now());
    }
    requestAnimationFrame(look);
  };
  look();
})"""
BOTH_PAINTED = """selector => new Promise((resolve, reject) => {
  const begun = performance.now();
  const isPainted = canvas => {
    if (canvas.width < 100 || canvas.height < 100) return false;
    const row = canvas.getContext("2d").getImageData(0, canvas.height >> 1, canvas.width, 1).data;
    return new Set(row).size > 20;
  };
  const look = () => {
    if (performance.now() - begun > 100000) return reject(new Error("no two images in 100 s"));
    const painted = [...document.querySelectorAll(selector)].filter(isPainted);
    if (painted.length < 2) requestAnimationFrame(look);
    else resolve(performance.now());
  };
  look();
})"""
ROW = """canvas => canvas.getContext("2d").getImageData(0, canvas.height >> 1, canvas.width, 1).data.join()"""


class Fetched:
    """Bytes of the application that a page fetches, as brotli makes them."""

    def __init__(self, page: Page) -> None:
        self.urls: set[str] = set()
        page.on("response", lambda response: self.urls.add(response.url.split("?")[0]))

    def megabytes(self) -> float:
        kinds = (".js", ".mjs", ".css", ".wasm")
        wanted = [url for url in self.urls if url.startswith("http") and url.endswith(kinds)]
        total = 0
        for url in wanted:
            with urllib.request.urlopen(url, timeout=60) as answer:
                total += len(brotli.compress(answer.read(), quality=9))
        return total / 1e6


def measured(browser: Browser, url: str, script: str, selector: str, *, weigh: bool) -> tuple[float, float]:
    """Milliseconds until `script` resolves, and megabytes fetched some seconds later."""
    page = new_page(browser)
    fetched = Fetched(page)
    page.goto(url, wait_until="commit")
    there = float(page.evaluate(script, selector))
    if script == BOTH_PAINTED:
        check_wheel(page, selector)
    size = 0.0
    if weigh:
        page.wait_for_timeout(8000)
        size = fetched.megabytes()
    page.context.close()
    return there, size


def check_wheel(page: Page, selector: str) -> None:
    """Raise unless a turn of the wheel brings another picture."""
    canvas = page.locator(selector).first
    before = canvas.evaluate(ROW)
    canvas.hover(force=True)
    for _ in range(50):
        page.mouse.wheel(0, 100)
        page.wait_for_timeout(200)
        if canvas.evaluate(ROW) != before:
            return
    raise AssertionError(f"{page.url}: the wheel brings no other image")


def compare(browser: Browser, ours: str, theirs: str, rounds: int) -> None:
    """Turn by turn, so that whatever else the machine does meets all alike."""
    ohif = f"{theirs}/viewer/dicomjson?url={theirs}/study.json&hangingprotocolId=@ohif/mnGrid"
    two, two_ohif, first, first_dwv = [], [], [], []
    size = size_ohif = 0.0
    for turn in range(rounds):
        weigh = turn == 0
        there, weight = measured(browser, ours, BOTH_PAINTED, ".pane-stage", weigh=weigh)
        there_ohif, weight_ohif = measured(browser, ohif, BOTH_PAINTED, ".cornerstone-canvas", weigh=weigh)
        two.append(there)
        two_ohif.append(there_ohif)
        size, size_ohif = max(size, weight), max(size_ohif, weight_ohif)
        first.append(measured(browser, ours, FIRST_PAINTED, ".pane-stage", weigh=False)[0])
        dwv = measured(browser, f"{theirs}/dwv.html", FIRST_PAINTED, "#layerGroup0 canvas", weigh=False)
        first_dwv.append(dwv[0])
    print(line("both images painted", two))
    print(line("OHIF, the same", two_ohif))
    pairs = [a / b for a, b in zip(two, two_ohif, strict=True)]
    print(f"ratio, turn by turn: median {statistics.median(pairs):.2f} ({min(pairs):.2f}-{max(pairs):.2f})")
    print(line("first painted T1", first))
    print(line("dwv, the same", first_dwv))
    print(f"application, brotli: {size:.2f} MB; OHIF {size_ohif:.2f} MB; ratio {size / size_ohif:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("-n", type=int, default=5, help="turns")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    options = parser.parse_args()
    synthetic_exam(SEED)
    harness = Harness(Study(seeds=(SEED,)))
    room = f"{harness.url}/read/x/"
    with chromium() as browser:
        if options.alone:
            starts = [
                measured(browser, room, BOTH_PAINTED, ".pane-stage", weigh=False)[0] for _ in range(options.n)
            ]
            print(line("both images painted", starts))
        else:
            with peers(SEED) as theirs:
                compare(browser, room, theirs, options.n)
    harness.close()


if __name__ == "__main__":
    main()
