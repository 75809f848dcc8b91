"""An amendment beside one that waits, input kept of adjudicators, the washouts in a report; axe approves."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from readerstudy.accounts.states import Role
from readerstudy.adjudication import services as adjudications
from readerstudy.common import clock
from readerstudy.studies.selectors import protocol_of, protocols_to_come
from tests import cast, factories
from tests.browser.live_room import serve_built_pages, sign_in
from tests.browser.test_conduct_pages import SIZES, look
from tests.readerstudy.adjudication.conftest import Adjudicator, lock, read_all
from tests.readerstudy.reads.desk import answers_to
from tests.readerstudy.reads.test_amending import amend

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _built(monkeypatch: pytest.MonkeyPatch, settings, live_server) -> None:
    serve_built_pages(monkeypatch, settings)


@pytest.mark.parametrize("size", SIZES)
def test_d1_a_page_that_amends_tells_what_waits_and_what_may_not_be_touched(live_server, tab, size) -> None:
    study = factories.make_study()
    capped = protocol_of(study).document | {"pacing": {"cases_per_day": 40}}
    amend(study, document=capped, effective_at=clock.now() + timedelta(days=9))
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(tab, live_server.url, study.created_by.username)
    tab.goto(f"{live_server.url}/studies/{study.pk}/amend/")
    expect(tab.get_by_text("Version 2 is signed and takes effect on")).to_be_visible()
    expect(tab.get_by_text("Breaks and caps: now cases per day 40. Whatever else you amend")).to_be_visible()
    tab.get_by_label("Most cases a day").fill("20")
    tab.get_by_role("button", name="Show what would change").click()
    expect(tab.get_by_text("Version 2 changes breaks and caps too")).to_be_visible()
    look(tab, "amend-refused", size)
    tab.get_by_label("Most cases a day").fill("")
    tab.get_by_label("Washout before Assisted").fill("30")
    tab.get_by_label("Why it is amended").fill("Readers remember.")
    tab.get_by_label("Your password, as your signature").fill(cast.PASSWORD)
    tab.get_by_role("button", name="Sign and amend").click()
    expect(tab.get_by_text("Version 3 of the protocol is in force.")).to_be_visible()
    (carried,) = protocols_to_come(study)
    assert (carried.version, carried.document["pacing"]) == (4, {"cases_per_day": 40})
    tab.goto(f"{live_server.url}/studies/{study.pk}/amend/")
    expect(tab.get_by_text("Version 4 is signed and takes effect on")).to_be_visible()
    look(tab, "amend-waiting", size)


@pytest.mark.parametrize("size", SIZES)
def test_kept_input_of_adjudicators_and_the_washouts_in_the_report(live_server, tab: Page, size) -> None:
    coordinator = cast.coordinator()
    study = factories.make_study(cases=4, actor=coordinator)
    read_all(study)
    lock(study, coordinator)
    person = cast.person(Role.ADJUDICATOR)
    held = adjudications.open_adjudication(
        actor=coordinator, study_id=study.pk, adjudicators=[person], takes_agreed=False
    )
    desk = Adjudicator(person, held)
    lost = desk.open()
    desk.open()
    assert desk.put_draft(lost, answers_to(lost)).json()["kept"] is True
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(tab, live_server.url, coordinator.username)
    tab.goto(f"{live_server.url}/adjudications/{held.pk}/")
    expect(tab.get_by_role("heading", name="Input that came and did not count")).to_be_visible()
    look(tab, "adjudication-kept", size)
    tab.goto(f"{live_server.url}/reports/{study.pk}/")
    washouts = tab.get_by_role("img", name="Histogram of the days between two readings of a case")
    washouts.scroll_into_view_if_needed()
    expect(washouts).to_be_visible()
    look(tab, "report-washouts", size)
