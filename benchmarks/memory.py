"""Whether memory stays flat over a session: `python -m benchmarks.memory [--cases 75]`.

Megabytes of JavaScript heap and of array buffers after garbage collection, case by case, while a reader
grades synthetic cases in one page. Each is read with its images and those of the next one fetched, scrolled
through, and shown at rest in Cornerstone.
"""

import argparse

from playwright.sync_api import CDPSession

from benchmarks.browser import UNTIL_PAINTED, chromium, grade_all_none, new_page
from tests.browser.viewer_harness import Harness, Study, synthetic_exam

SEEDS = (7, 8, 9)
EARLY = 3


def megabytes(devtools: CDPSession) -> float:
    """Heap and array buffers of the page, what is garbage left out."""
    for _ in range(2):
        devtools.send("HeapProfiler.collectGarbage")
    usage = devtools.send("Runtime.getHeapUsage")
    return float(usage["usedSize"] + usage["backingStorageSize"]) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=75)
    options = parser.parse_args()
    for seed in SEEDS:
        synthetic_exam(seed)
    harness = Harness(Study(arm="assisted", seeds=tuple(SEEDS[i % 3] for i in range(options.cases + 1))))
    after: list[float] = []
    with chromium() as browser:
        page = new_page(browser)
        page.goto(f"{harness.url}/read/x/")
        devtools = page.context.new_cdp_session(page)
        for case in range(1, options.cases + 1):
            page.evaluate(UNTIL_PAINTED, case)
            for key in ("ArrowDown", "ArrowDown", "PageUp"):
                page.keyboard.press(key)
            page.locator(".pane[data-picture=cornerstone]").nth(1).wait_for()
            ahead = [f"/api/reads/{case}/{kind}/frames/{n}" for kind, n in harness.study.counts(case)]
            while not set(ahead) <= {path for _, path in harness.study.requests}:
                page.wait_for_timeout(50)
            page.wait_for_timeout(300)
            after.append(megabytes(devtools))
            grade_all_none(page)
            page.keyboard.press("Enter")
    harness.close()
    early, late, count = after[EARLY - 1], after[-1], len(after)
    print(f"after {EARLY} cases {early:.1f} MB, after {count} cases {late:.1f} MB, most {max(after):.1f} MB")
    print(f"after {count} / after {EARLY}: {late / early:.2f}")


if __name__ == "__main__":
    main()
