"""What the benchmarks of the reading room have in common: a browser, a reader at the room, their words."""

import os
import shutil
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

SIZE = {"width": 1440, "height": 900}
UNTIL_PAINTED = """count => new Promise((resolve, reject) => {
  const begun = performance.now();
  const look = () => {
    const shown = performance.getEntriesByName("case-shown");
    if (performance.now() - begun > 60000) return reject(new Error("no case in 60 s"));
    if (shown.length < count) return requestAnimationFrame(look);
    requestAnimationFrame(() => resolve(performance.now()));
  };
  look();
})"""
"""Milliseconds of the page's clock when the case of this number, counted from 1, is on the screen."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless, without a graphics card, as continuous integration has it."""
    path = os.environ.get("READERSTUDY_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"]
        )
        yield found
        found.close()


def new_page(browser: Browser) -> Page:
    """A page with an empty cache."""
    page = browser.new_context(viewport=SIZE).new_page()
    page.set_default_timeout(120_000)
    return page


def sign_in(page: Page, url: str, name: str, password: str) -> str:
    """Sign in, and return the address of the first reading room."""
    page.goto(f"{url}/accounts/sign-in/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{url}/read/")
    room = page.locator("main a[href^='/read/']").first.get_attribute("href")
    return f"{url}{room}"


def grade_all_none(page: Page) -> None:
    """Every half of the open case graded 0, not handed in yet."""
    for _ in range(12):
        page.keyboard.press("0")


def line(name: str, values: Sequence[float], unit: str = "ms") -> str:
    """Median, range and number of what was measured."""
    low, high = min(values), max(values)
    return f"{name}: median {statistics.median(values):.0f} {unit} ({low:.0f}-{high:.0f}, n={len(values)})"
