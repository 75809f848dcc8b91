"""How fast the reading room is: `python benchmarks/first_image.py [--url URL --reader NAME --password P]`.

Measures, in headless Chromium: navigation to both first images painted (cold cache, a fresh profile each
time), and submitting a case to the next one painted in place. Without --url it reads synthetic cases from the
stand-in server of the browser tests. With --url it reads on a running installation; the next case is measured
there only with --submit, because that hands cases in with every half graded 0.
"""

import argparse
import os
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.viewer_harness import Harness, Study, synthetic_exam

SIZE = {"width": 1440, "height": 900}
UNTIL_PAINTED = """count => new Promise((resolve, reject) => {
  const begun = performance.now();
  const look = () => {
    const shown = performance.getEntriesByName("case-shown");
    if (performance.now() - begun > 60000) return reject(new Error("no case in 60 s"));
    if (shown.length < count) return requestAnimationFrame(look);
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
  };
  look();
})"""
LAST_SUBMITTED = "performance.getEntriesByName('case-submitted').at(-1).startTime"
BYTES = "performance.getEntriesByType('resource').map(e => [e.name, e.encodedBodySize])"


@contextmanager
def browser() -> Iterator[Browser]:
    path = os.environ.get("READERSTUDY_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


def open_room(chromium: Browser, url: str, sign_in: tuple[str, str] | None) -> tuple[Page, str]:
    """A page with an empty cache, and the address of the reading room."""
    page = chromium.new_context(viewport=SIZE).new_page()
    page.set_default_timeout(120_000)
    if sign_in is None:
        return page, f"{url}/read/x/"
    page.goto(f"{url}/accounts/sign-in/")
    page.get_by_label("User name").fill(sign_in[0])
    page.get_by_label("Password").fill(sign_in[1])
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{url}/read/")
    room = page.locator("main a[href^='/read/']").first.get_attribute("href")
    return page, f"{url}{room}"


def first_images(page: Page, room: str) -> float:
    """Milliseconds from navigation to both first images painted."""
    page.goto(room)
    return float(page.evaluate(UNTIL_PAINTED, 1))


def next_case(page: Page, count: int) -> float:
    """Milliseconds from submitting to the next case painted; `count` cases will have been shown then."""
    for _ in range(12):
        page.keyboard.press("0")
    page.keyboard.press("Enter")
    painted = float(page.evaluate(UNTIL_PAINTED, count))
    return painted - float(page.evaluate(LAST_SUBMITTED))


def report(name: str, values: list[float]) -> None:
    low, high = min(values), max(values)
    print(f"{name}: median {statistics.median(values):.0f} ms ({low:.0f}-{high:.0f}, n={len(values)})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--reader", default="reader-1")
    parser.add_argument("--password", default="see-the-endplate")
    parser.add_argument("--submit", type=int, default=0, help="cases to hand in on the installation")
    parser.add_argument("-n", type=int, default=5, help="fresh starts")
    options = parser.parse_args()
    harness = None if options.url else Harness(Study(seeds=(7, 8) * 5))
    if harness:
        synthetic_exam(7), synthetic_exam(8)
    url = options.url or harness.url  # type: ignore[union-attr]
    sign_in = (options.reader, options.password) if options.url else None
    with browser() as chromium:
        starts = []
        for _ in range(options.n):
            page, room = open_room(chromium, url, sign_in)
            starts.append(first_images(page, room))
            sizes = page.evaluate(BYTES)
            last = page
            if len(starts) < options.n:
                page.context.close()
        report("navigation to both first images", starts)
        app = sum(size for name, size in sizes if "/static/" in name)
        print(f"application bytes as sent: {app / 1e6:.2f} MB")
        submits = 9 if harness else options.submit
        if submits:
            report("next case in place", [next_case(last, count) for count in range(2, submits + 2)])
    if harness:
        harness.close()


if __name__ == "__main__":
    main()
