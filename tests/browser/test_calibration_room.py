"""Calibration in the reading room itself: a case is read, handed in, compared, and the next one follows."""

import pytest
from playwright.sync_api import Page, expect

from annotations.vocabulary import SITES_12
from readerstudy.preparation.models import CalibrationRead
from readerstudy.preparation.services import calibration as services
from readerstudy.preparation.states import Measure
from readerstudy.reads.models import Grade
from readerstudy.studies import services as studies
from tests import factories
from tests.browser.live_room import serve_built_pages, shoot, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NONE = [{"level": s.level.value, "half": s.half.value, "grade": 0, "not_gradable": None} for s in SITES_12]


@pytest.fixture
def enrolment(monkeypatch: pytest.MonkeyPatch, settings, live_server):
    """Reader 2 of a study with two calibration cases without a Modic change."""
    serve_built_pages(monkeypatch, settings)
    draft = factories.make_draft(cases=2)
    who = draft.created_by
    services.set_rule(actor=who, study=draft, measure=Measure.AGREEMENT, threshold=0.95, attempts=1)
    for _ in range(2):
        services.add_case(actor=who, study=draft, exam=factories.make_exam(), answers=NONE, note="Nothing.")
    return studies.open_study(actor=who, study=draft).enrolments.select_related("reader").get(index=2)


def test_a_reader_goes_through_calibration_and_on_to_the_study(tab: Page, enrolment, live_server) -> None:
    sign_in(tab, live_server.url, enrolment.reader.username)
    tab.get_by_role("link", name="Start reading").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Calibration: A study in miniature")
    for number, words in ((1, "Begin"), (2, "Next case")):
        tab.get_by_role("link", name=words).click()
        expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
        for _ in range(12):
            tab.keyboard.press("0")
        tab.keyboard.press("Enter")
        tab.keyboard.press("Enter")
        tab.get_by_role("link", name="To the comparison").click()
        tab.get_by_role("link", name=f"See how case {number} compares").click()
        expect(tab.get_by_text("12 of 12 halves agree with the expert.")).to_be_visible()
        expect(tab.get_by_text("Nothing.", exact=True)).to_be_visible()
        expect(tab.locator("#exam-viewer canvas").first).to_be_visible()
        shoot(tab, f"comparison-{number}")
        tab.get_by_role("link", name="Go on").click()
    expect(tab.get_by_text("passed", exact=True)).to_be_visible()
    assert CalibrationRead.objects.filter(state="submitted").count() == 2
    assert not Grade.objects.exists()
    tab.get_by_role("link", name="your reading page").click()
    tab.get_by_role("link", name="Start reading").click()
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
