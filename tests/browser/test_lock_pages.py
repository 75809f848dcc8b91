"""Locking a study and opening it again in Chromium: what stands before a lock is told before anyone signs."""

import pytest
from playwright.sync_api import Page, expect

from readerstudy.conduct import services as conduct
from readerstudy.conduct.models import NotedDeviation
from readerstudy.conduct.states import Deviation, Verdict
from readerstudy.reports.policies import MEANINGS, UNLOCK_MEANING
from readerstudy.studies.models import Assignment, Study
from tests import cast
from tests.browser.live_room import serve_built_pages, sign_in
from tests.browser.test_conduct_pages import SIZES, look
from tests.factories import make_study
from tests.readerstudy.reports.conftest import read_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REASON = "Two readers left the hospital."


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch, settings, live_server) -> Study:
    """Four reads are missing, and a deviation waits for its decision."""
    serve_built_pages(monkeypatch, settings)
    study = make_study(cases=6)
    read_all(study, leave_out=4)
    return study


def sign(tab: Page, meaning: str, password: str, button: str) -> None:
    tab.get_by_label(meaning).check()
    tab.get_by_label("Your password, to sign as").fill(password)
    tab.get_by_role("button", name=button).click()


@pytest.mark.parametrize("size", SIZES)
def test_a_study_is_locked_and_opened_again(live_server, tab: Page, study: Study, size) -> None:
    assignment = Assignment.objects.filter(enrolment__study=study, read__state="submitted")[0]
    noted = NotedDeviation.objects.create(
        assignment=assignment, read_number=1, kind=Deviation.LATE, at=study.opened_at
    )
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(tab, live_server.url, study.created_by.username)
    tab.goto(f"{live_server.url}/reports/{study.pk}/lock/")
    expect(tab.get_by_text("1 deviation waits for a decision")).to_be_in_viewport()
    expect(tab.get_by_role("button", name="Sign and lock")).to_have_count(0)
    look(tab, "lock-undecided", size)
    tab.get_by_role("link", name="Deviations of this study").click()
    expect(tab.get_by_role("heading", name="Deviations")).to_be_in_viewport()
    conduct.decide_deviation(
        actor=study.created_by, deviation=noted, verdict=Verdict.KEEP, reason="It was one day."
    )
    tab.go_back()
    tab.reload()
    look(tab, "lock", size)
    tab.get_by_label("Why the study is locked").fill(REASON)
    sign(tab, MEANINGS[0], "wrong", "Sign and lock")
    expect(tab.get_by_text("The password is not right")).to_be_in_viewport()
    look(tab, "lock-wrong-password", size)
    sign(tab, MEANINGS[0], cast.PASSWORD, "Sign and lock")
    expect(tab.get_by_role("heading", level=1)).to_have_text(f"Agreement report: {study.name}")
    tab.get_by_role("link", name="Open the study again").click()
    tab.get_by_label("Why the study is opened again").fill("no")
    sign(tab, UNLOCK_MEANING, cast.PASSWORD, "Sign and open again")
    expect(tab.get_by_text("Give the reason in a sentence")).to_be_in_viewport()
    look(tab, "unlock", size)
    tab.get_by_label("Why the study is opened again").fill(REASON)
    sign(tab, UNLOCK_MEANING, cast.PASSWORD, "Sign and open again")
    expect(tab.get_by_text("The study is open again.")).to_be_in_viewport()
