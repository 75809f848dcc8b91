"""How soon images are there: `python -m benchmarks.first_image [-n 5] [--alone] [--record FILE]`.

In headless Chromium, with an empty cache each time, on the same synthetic exam: the reading room, OHIF 3.13
and dwv 0.36 (both from npm), in turns. Two images are there when both are painted, and it is checked once
that the wheel answers then; they are at rest when Cornerstone shows them. Bytes are those of scripts, styles
and WebAssembly that a page fetched, compressed with brotli. --alone leaves the peers out. With --record every
turn is kept in FILE, and what npm gave beside it; the next run goes on from there, and reports all turns.
"""

import argparse
import json
import statistics
import urllib.request
from contextlib import nullcontext
from pathlib import Path

import brotli
from playwright.sync_api import Browser, Page

from benchmarks.browser import chromium, line, new_page
from benchmarks.peers import peers
from tests.browser.viewer_harness import Harness, Study, synthetic_exam

SEED = 7
PAINTED = """([selector, count]) => new Promise((resolve, reject) => {
  const begun = performance.now();
  const isPainted = canvas => {
    if (canvas.width < 100 || canvas.height < 100) return false;
    const row = canvas.getContext("2d").getImageData(0, canvas.height >> 1, canvas.width, 1).data;
    return new Set(row).size > 20;
  };
  const look = () => {
    if (performance.now() - begun > 60000) return reject(new Error(`no ${count} images in 60 s`));
    const painted = [...document.querySelectorAll(selector)].filter(isPainted);
    if (painted.length < count) requestAnimationFrame(look);
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


def measured(browser: Browser, url: str, selector: str, count: int) -> float:
    """Milliseconds of the page's clock until so many images are painted."""
    page = new_page(browser)
    page.goto(url, wait_until="commit")
    there = float(page.evaluate(PAINTED, [selector, count]))
    page.context.close()
    return there


def weighed(browser: Browser, url: str, selector: str) -> float:
    """Megabytes of the application, fetched until some seconds after both images answer the wheel."""
    page = new_page(browser)
    fetched = Fetched(page)
    page.goto(url, wait_until="commit")
    page.evaluate(PAINTED, [selector, 2])
    check_wheel(page, selector)
    page.wait_for_timeout(8000)
    size = fetched.megabytes()
    page.context.close()
    return size


def check_wheel(page: Page, selector: str) -> None:
    """Raise unless a turn of the wheel brings another picture."""
    canvas = page.locator(selector).first
    before = canvas.evaluate(ROW)
    canvas.hover(force=True)
    for _ in range(100):
        page.mouse.wheel(0, 100)
        page.wait_for_timeout(200)
        if canvas.evaluate(ROW) != before:
            return
    raise AssertionError(f"{page.url}: the wheel brings no other image")


REST = ".pane[data-picture=cornerstone] .pane-stage"
"""The early picture of an image that has come to rest in Cornerstone."""
OURS, THEIRS, DWV = ".pane-stage", ".cornerstone-canvas", "#layerGroup0 canvas"
Turn = dict[str, float]


def turn(browser: Browser, ours: str, theirs: str | None) -> Turn:
    """One after the other, so that whatever else the machine does meets all alike."""
    found = {"both": measured(browser, ours, OURS, 2), "both at rest": measured(browser, ours, REST, 2)}
    if theirs is not None:
        found["both, OHIF"] = measured(browser, ohif(theirs), THEIRS, 2)
        found["first T1"] = measured(browser, ours, OURS, 1)
        found["first T1, dwv"] = measured(browser, f"{theirs}/dwv.html", DWV, 1)
    return found


def ohif(theirs: str) -> str:
    return f"{theirs}/viewer/dicomjson?url={theirs}/study.json&hangingprotocolId=@ohif/mnGrid"


def report(turns: list[Turn], sizes: list[float]) -> None:
    """Medians and ranges, and ratios turn by turn."""
    for name in turns[0]:
        print(line(f"{name}, painted", [one[name] for one in turns]))
    pairs_of = {"both": "both, OHIF", "both at rest": "both, OHIF", "first T1": "first T1, dwv"}
    for name, peer in pairs_of.items():
        if peer in turns[0]:
            pairs = [one[name] / one[peer] for one in turns]
            spread = f"({min(pairs):.2f}-{max(pairs):.2f}, n={len(pairs)})"
            print(f"{name} / {peer}, turn by turn: median {statistics.median(pairs):.2f} {spread}")
    if sizes:
        size, size_ohif = sizes
        print(f"application, brotli: {size:.2f} MB; OHIF {size_ohif:.2f} MB; ratio {size / size_ohif:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("-n", type=int, default=5, help="turns in all")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--record", type=Path, help="a file to keep every turn in, and to go on from")
    options = parser.parse_args()
    synthetic_exam(SEED)
    harness = Harness(Study(seeds=(SEED,)))
    room = f"{harness.url}/read/x/"
    kept = json.loads(options.record.read_text()) if options.record and options.record.exists() else {}
    turns, sizes = kept.get("turns", []), kept.get("sizes", [])
    unpacked = options.record and options.record.with_suffix(".peers")
    with chromium() as browser, nullcontext() if options.alone else peers(SEED, unpacked) as theirs:
        while len(turns) < options.n or (theirs and not sizes):
            if theirs and not sizes:
                sizes = [weighed(browser, room, OURS), weighed(browser, ohif(theirs), THEIRS)]
            else:
                turns.append(turn(browser, room, theirs))
            if options.record:
                options.record.write_text(json.dumps({"turns": turns, "sizes": sizes}))
    harness.close()
    report(turns, sizes)


if __name__ == "__main__":
    main()
