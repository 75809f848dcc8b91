"""Pages of conduct in Chromium: a break told to its reader, amending, deleting, simulating; axe approves.

With READERSTUDY_SCREENSHOTS naming a folder, they leave their pictures there.
"""

import json
import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from readerstudy.demo import runs
from readerstudy.demo.robots import Skill
from readerstudy.demo.simulation import expected_agreement
from readerstudy.studies import protocol, services
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.browser.live_room import enter_room, serve_built_pages, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = [(1440, 900), (1024, 768)]


@pytest.fixture(autouse=True)
def _built(monkeypatch: pytest.MonkeyPatch, settings, live_server) -> None:
    serve_built_pages(monkeypatch, settings)


def look(page: Page, name: str, size: tuple[int, int]) -> None:
    """Nothing is wider than the window and axe finds nothing."""
    if folder := os.environ.get("READERSTUDY_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}-{size[0]}.png"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("size", SIZES)
def test_r5_a_break_is_told_in_the_room_and_on_the_readers_page(live_server, tab: Page, size) -> None:
    document = protocol.make() | {"pacing": {"break_after_cases": 1, "break_minutes": 15}}
    study = factories.make_study(cases=3, document=document)
    enrolment = study.enrolments.select_related("reader").get(index=2)
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(tab, live_server.url, enrolment.reader.username)
    enter_room(tab, live_server.url, enrolment)
    for _ in range(12):
        tab.keyboard.press("0")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    told = tab.get_by_text("You have read 1 case since your last break: take one of 15 minutes now.")
    expect(told).to_be_visible()
    expect(tab.locator(".standstill time")).to_be_visible()
    look(tab, "break-room", size)
    tab.goto(f"{live_server.url}/read/")
    expect(tab.get_by_text("The next case opens on")).to_be_visible()
    look(tab, "break-home", size)


@pytest.mark.parametrize("size", SIZES)
def test_amending_and_deleting(live_server, tab: Page, size) -> None:
    draft = factories.make_draft()
    study = factories.make_study(actor=draft.created_by)
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(tab, live_server.url, draft.created_by.username)
    tab.goto(f"{live_server.url}/studies/{study.pk}/amend/")
    tab.get_by_label("Most cases a day").fill("40")
    tab.get_by_role("button", name="Show what would change").click()
    expect(tab.get_by_text("Breaks and caps: now cases per day 40.")).to_be_visible()
    look(tab, "amend", size)
    tab.goto(f"{live_server.url}/studies/{draft.pk}/")
    tab.get_by_role("link", name="Delete …").click()
    look(tab, "delete", size)
    tab.get_by_label("The study's name, to confirm").fill(draft.name)
    tab.get_by_role("button", name="Delete the draft").click()
    expect(tab.get_by_text("is deleted.")).to_be_visible()
    assert not Study.objects.filter(pk=draft.pk).exists()


def finished(folder: Path, wish: dict) -> None:
    """What a simulation leaves, without living it."""
    document = protocol.make()
    skills = [Skill(0.8, 0.08, 0.85, 0.5)] * 3
    summary = {
        "notice": "SYNTHETIC: readers and cases are simulated. Research use only, not a medical device.",
        "reads": 100,
        "robots": [{}] * 3,
        "calendar": [
            {"reader": "R1", "from": "2026-03-02T09:00:00", "to": "2026-03-02T10:00:00", "reads": 20}
        ],
        "expected_agreement": expected_agreement(document, skills, cases=20, studies=60, seed=1),
    }
    (folder / "out").mkdir()
    (folder / "out" / "simulation.json").write_text(json.dumps(summary))
    (folder / "ended.json").write_text(json.dumps({"how": "done", "words": ""}))


@pytest.mark.parametrize("size", SIZES)
def test_a_simulation_and_its_distributions(
    live_server, tab: Page, size, monkeypatch, settings, tmp_path
) -> None:
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    monkeypatch.setattr(runs, "_start", finished)
    draft = services.create_study(actor=cast.coordinator(), name="Draft")
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(tab, live_server.url, draft.created_by.username)
    tab.goto(f"{live_server.url}/studies/{draft.pk}/protocol/")
    tab.get_by_role("link", name="Simulate …").click()
    look(tab, "simulations", size)
    tab.get_by_role("button", name="Let robots read").click()
    expect(tab.get_by_role("heading", name="Distribution over 200 drawn studies")).to_be_visible()
    look(tab, "simulation", size)
