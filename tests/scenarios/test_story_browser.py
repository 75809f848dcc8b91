"""The whole story in headless Chromium, by mouse and keyboard, in separate processes.

With READERSTUDY_SCREENSHOTS naming a folder, every station leaves a picture there.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.scenarios.conftest import PASSWORD, Running

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.timeout(900)]

KEYS = {"reader-1": "000000022000", "reader-2": "000000012000", "reader-3": "000000003000"}


class Desk:
    """One person at one browser window."""

    def __init__(self, browser: Browser, url: str, name: str, size: tuple[int, int]) -> None:
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.requests: list[str] = []
        self.troubles: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", self.keep)
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.url = url
        self.go("accounts/sign-in/")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def keep(self, error: Exception) -> None:
        """An image request that leaving the page cuts off is rejected with its bare XMLHttpRequest."""
        if str(error) != "XMLHttpRequest":
            self.troubles.append(str(error))

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def shoot(self, name: str) -> None:
        folder = os.environ.get("READERSTUDY_SCREENSHOTS")
        if folder:
            size = self.page.viewport_size or {"width": 0}
            self.page.screenshot(path=str(Path(folder) / f"{name}-{size['width']}.png"))

    def check_accessible(self) -> None:
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()


@contextmanager
def at_desk(
    browser: Browser, running: Running, name: str, size: tuple[int, int] = (1440, 900)
) -> Iterator[Desk]:
    desk = Desk(browser, running.url, name, size)
    yield desk
    desk.context.close()
    assert desk.troubles == []


def test_from_dicom_to_the_report_in_a_browser(
    running: Running,
    phantom_zips: list[Path],
    chromium: Browser,
) -> None:
    with at_desk(chromium, running, "coordinator") as desk:
        bring_in(desk, phantom_zips[2])
        study = make_study(desk, "Story in a browser")
        advance_clock(desk, study)
    for name, size in (("reader-1", (1024, 768)), ("reader-2", (1440, 900)), ("reader-3", (1440, 900))):
        with at_desk(chromium, running, name, size) as desk:
            read_all(desk, KEYS[name], arm="Unaided")
            assert not [url for url in desk.requests if url.endswith("/map")]
            if name != "reader-1":
                expect(desk.page.locator(".standstill")).to_contain_text("Opens")
    with at_desk(chromium, running, "coordinator") as desk:
        advance_clock(desk, study)
    for name, size in (("reader-2", (1440, 900)), ("reader-3", (1024, 768))):
        with at_desk(chromium, running, name, size) as desk:
            read_all(desk, KEYS["reader-1"], arm="With Modic map")
            assert [url for url in desk.requests if url.endswith("/map")]
    with at_desk(chromium, running, "coordinator") as desk:
        lock_and_look(desk, study)


def bring_in(desk: Desk, archive: Path) -> None:
    """Upload, then look at what came of it and release it."""
    page = desk.page
    desk.go("exams/upload/")
    page.get_by_label("synthetic").check()
    page.locator("input[data-upload-files]:not([webkitdirectory])").set_input_files(archive)
    exam = page.locator("main").get_by_role("link", name=re.compile(r"^P-")).first
    expect(exam).to_be_visible(timeout=120_000)
    desk.shoot("upload")
    exam.click()
    release_exam(desk)


def release_exam(desk: Desk) -> None:
    """From the exam's page: wait for the map, look, confirm, release."""
    page = desk.page
    desk.check_accessible()
    exam_url = page.url
    expect(page.get_by_role("link", name="Modic map (DICOM SEG)")).to_be_visible(timeout=240_000)
    desk.shoot("exam")
    page.goto(exam_url + "view/")
    expect(page.locator("canvas").first).to_be_visible()
    page.wait_for_timeout(1500)
    desk.shoot("exam-view")
    page.goto(exam_url + "release/")
    expect(page.locator("[data-levels-input]")).not_to_have_value("")
    desk.shoot("release")
    desk.check_accessible()
    page.get_by_label("I have looked at every image").check()
    page.get_by_role("button", name="Release or exclude").click()
    expect(page.locator("main")).to_contain_text("released")


def make_study(desk: Desk, name: str) -> str:
    """A study of every released exam with readers 1 to 3, opened; its id."""
    page = desk.page
    desk.go("studies/new/")
    page.get_by_label("Name of the study").fill(name)
    for place in (1, 2, 3):
        page.get_by_label(f"Reader {place}").select_option(label=f"reader-{place}")
    for box in page.locator("input[name=exams]").all():
        box.check()
    desk.shoot("new-study")
    desk.check_accessible()
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_label("Your password, to sign").fill(PASSWORD)
    page.get_by_role("button", name="Sign and open the study").click()
    expect(page.get_by_role("status").first).to_contain_text("The study is open")
    return page.url.rstrip("/").split("/")[-1]


def advance_clock(desk: Desk, study: str) -> None:
    """Past the washout: also of what the same readers saw of the same exams in an earlier study."""
    desk.go(f"studies/{study}/")
    desk.page.get_by_label("Move it forward by").fill("29")
    desk.shoot("study")
    desk.page.get_by_role("button", name="Advance the clock").click()
    expect(desk.page.get_by_role("status").first).to_contain_text("days ahead")


def read_all(desk: Desk, keys: str, *, arm: str) -> None:
    """Read every case by keyboard, without a page load between them."""
    page = desk.page
    desk.go("read/")
    desk.shoot("reader-home")
    desk.check_accessible()
    page.get_by_role("link", name=re.compile("Start reading|Go on reading")).first.click()
    expect(page.locator(".arm-badge")).to_have_text(arm)
    page.evaluate("window.sameDocument = true")
    total = int((page.get_by_text(re.compile(r"Case \d+ of \d+")).inner_text()).split()[-1])
    for position in range(1, total + 1):
        expect(page.locator(".room-header")).to_contain_text(f"Case {position} of {total}")
        expect(page.locator(".half[data-focused=true]")).to_have_count(1)
        assert page.locator("input[type=radio]:checked").count() == 0
        assert page.locator(".map-panel").count() == (0 if arm == "Unaided" else 1)
        if position == 1:
            page.keyboard.press("Enter")
            expect(page.locator(".panel-message")).to_contain_text("have no grade")
            page.wait_for_timeout(1500)
            desk.shoot("reading-" + arm.lower().replace(" ", "-"))
            desk.check_accessible()
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator(".save-line")).to_have_text("Saved")
        page.keyboard.press("Enter")
    expect(page.locator(".standstill")).to_be_visible()
    assert page.evaluate("window.sameDocument") is True


def lock_and_look(desk: Desk, study: str) -> None:
    """Sign, and find the report as page and files."""
    page = desk.page
    desk.go(f"reports/{study}/lock/")
    desk.check_accessible()
    page.locator("input[name=meaning]").first.check()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign and lock").click()
    expect(page.locator("h1")).to_contain_text("Agreement report")
    expect(page.locator("main")).to_contain_text("SYNTHETIC DATA")
    desk.shoot("report")
    desk.check_accessible()
    for form in ("PDF", "JSON"):
        expect(page.get_by_role("link", name=re.compile(form)).first).to_be_visible()
