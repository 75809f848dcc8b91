"""Adjudicators at the reading room: keys alone take them through their cases, alone and then together."""

import pytest
from playwright.sync_api import Page, expect

from readerstudy.accounts.states import Role
from readerstudy.adjudication import services
from readerstudy.adjudication.models import Adjudication
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.browser.live_room import serve_built_pages, sign_in
from tests.readerstudy.adjudication.conftest import lock, read_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def adjudication(monkeypatch: pytest.MonkeyPatch, settings, live_server) -> Adjudication:
    """Three halves of three cases, before two adjudicators."""
    serve_built_pages(monkeypatch, settings)
    coordinator = cast.coordinator()
    study: Study = factories.make_study(cases=4, actor=coordinator)
    read_all(study)
    lock(study, coordinator)
    return services.open_adjudication(
        actor=coordinator,
        study_id=study.pk,
        adjudicators=[cast.person(Role.ADJUDICATOR) for _ in range(2)],
        takes_agreed=False,
    )


def decide(tab: Page, keys: str, *, of: int) -> None:
    """Grade the one half of every case with the next key, and submit."""
    for number, key in enumerate(keys, start=1):
        expect(tab.get_by_text(f"Case {number} of {of}", exact=True)).to_be_visible()
        expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
        tab.keyboard.press(key)
        tab.keyboard.press("Enter")


def test_two_adjudicators_decide_by_keys(tab: Page, adjudication: Adjudication, live_server) -> None:
    first, second = (seat.person.username for seat in adjudication.seats.select_related("person"))
    for name, keys in ((first, "111"), (second, "112")):
        sign_in(tab, live_server.url, name)
        expect(tab.get_by_role("heading", level=1)).to_have_text("My adjudications")
        tab.get_by_role("link", name="Begin").click()
        decide(tab, keys, of=3)
        tab.get_by_role("link", name="To my adjudications").click()
        if name == first:
            expect(tab.get_by_text("The others are not ready yet.")).to_be_visible()
            tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_text("A1: 1, A2: 2")).to_be_visible()
    tab.get_by_role("link", name="Decide together").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Adjudication, together")
    decide(tab, "2", of=1)
    expect(tab.get_by_role("heading", name="All done")).to_be_visible()
    adjudication.refresh_from_db()
    assert adjudication.state == "decided"
    tab.get_by_role("link", name="To my adjudications").click()
    expect(tab.get_by_text("Nothing is left to do here.")).to_be_visible()
