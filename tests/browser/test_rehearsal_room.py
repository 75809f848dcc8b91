"""Practice and preview in the real reading room: seen, tried, and not kept."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from readerstudy.exams.models import Sighting
from readerstudy.predictions import selectors as predictions
from readerstudy.reads.models import Grade, Read
from readerstudy.rehearsal import phantoms
from tests import cast, factories
from tests.browser.live_room import SEED, serve_built_pages, sign_in
from tests.browser.viewer_harness import synthetic_exam

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _built(monkeypatch: pytest.MonkeyPatch, settings, live_server) -> None:
    serve_built_pages(monkeypatch, settings)
    monkeypatch.setattr(predictions, "map_json", lambda *_: synthetic_exam(SEED).map)


def grade_all(tab: Page) -> None:
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    tab.keyboard.press("b")
    tab.keyboard.press("Enter")


def test_a_reader_practises_unaided_with_a_map_and_on_demand(
    tab: Page, live_server, monkeypatch: pytest.MonkeyPatch
) -> None:
    phantom = phantoms.make_phantom(SEED)
    monkeypatch.setattr(phantoms, "make_phantom", lambda _: phantom)
    sign_in(tab, live_server.url, cast.reader().username)
    tab.get_by_role("link", name="Practise on synthetic exams").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Practice: nothing is kept")
    expect(tab.locator(".synthetic-badge")).to_be_visible()
    expect(tab.locator(".map-panel")).to_have_count(0)
    grade_all(tab)
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 3")
    expect(tab.locator(".map-remark")).to_contain_text("no model made it")
    expect(tab.locator(".map-note").first).to_contain_text("A model's map in a study can be wrong")
    grade_all(tab)
    expect(tab.locator(".room-header")).to_contain_text("Case 3 of 3")
    tab.keyboard.press("m")
    expect(tab.locator(".legend li")).to_have_count(3)
    assert Axe().run(tab).response["violations"] == []
    grade_all(tab)
    expect(tab.locator(".standstill")).to_contain_text("Nothing of it was kept")
    assert not Read.objects.exists()
    assert not Sighting.objects.exists()
    stored = "async () => (await indexedDB.databases()).length"
    assert tab.evaluate(stored) == 0


def test_a_coordinator_previews_an_arm_and_enters_nothing(tab: Page, live_server) -> None:
    study = factories.make_study(cases=2, bulk_none=True)
    sign_in(tab, live_server.url, study.created_by.username)
    tab.goto(f"{live_server.url}/studies/{study.pk}/")
    tab.get_by_role("link", name="Preview the reading room").click()
    tab.get_by_label("Arm").select_option("assisted")
    assert Axe().run(tab).response["violations"] == []
    tab.get_by_role("button", name="Open the preview").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Preview: nothing is kept")
    expect(tab.locator(".arm-badge")).to_have_text("With Modic map")
    expect(tab.locator('.half[data-site="L4 lower"]')).to_contain_text("Map: 2")
    grade_all(tab)
    expect(tab.locator(".standstill")).to_contain_text("Nothing of it was kept")
    tab.get_by_role("link", name="To another arm or case").click()
    tab.get_by_label("Arm").select_option("unaided")
    tab.get_by_role("button", name="Open the preview").click()
    expect(tab.locator(".arm-badge")).to_have_text("Unaided")
    assert "map" not in tab.locator(".room-side").inner_html().lower()
    assert not Read.objects.exists()
    assert not Grade.objects.exists()
    assert {sighting.occasion for sighting in Sighting.objects.all()} == {"preview"}
