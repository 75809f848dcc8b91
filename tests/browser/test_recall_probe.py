"""The recall probe in the room: after a case of the last period one key answers, and the next case comes."""

from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Page, expect

from readerstudy.predictions import selectors as predictions
from readerstudy.reads.models import Recall
from readerstudy.studies import protocol
from tests import factories
from tests.browser.live_room import enter_room, serve_built_pages, sign_in
from tests.readerstudy.reads.desk import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, settings, live_server):
    """Reader 2 at the door of the last period, with two cases and one lure before them."""
    document = protocol.make(washout_mode="per-session")
    document["periods"][1]["washout_hours"] = 1
    document["recall_probe"] = {"lure_share": 0.3}
    serve_built_pages(monkeypatch, settings)
    told = {"slices": [], "labels": [], "remarks": ["Made up."], "sha256": "0" * 64, "model": {}}
    monkeypatch.setattr(predictions, "map_json", lambda *_: told)
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=True) as traveller:
        study = factories.make_study(cases=3, document=document)
        reader = desk(study, 2)
        for _ in range(2):
            reader.read_one()
        traveller.shift(timedelta(hours=2))
        reader.sign_in_again()
        yield reader


def test_w10_keys_alone_answer_and_go_on(tab: Page, reader, live_server) -> None:
    sign_in(tab, live_server.url, reader.user.username)
    enter_room(tab, live_server.url, reader.enrolment)
    for answer in ("1", "4"):
        for _ in range(12):
            tab.keyboard.press("0")
        tab.keyboard.press("Enter")
        expect(tab.get_by_text("Have you seen this case before in this study?")).to_be_visible()
        expect(tab.locator(".half[data-focused=true]")).to_have_count(0)
        tab.keyboard.press(answer)
        expect(tab.locator("[aria-pressed=true]")).to_contain_text(answer)
        tab.keyboard.press("Enter")
        expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    assert list(Recall.objects.order_by("at").values_list("answer", flat=True)) == [1, 4]
    for _ in range(12):
        tab.keyboard.press("0")
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="Probably not").click()
    tab.get_by_role("button", name="Go on").click()
    expect(tab.get_by_role("heading", name="All done")).to_be_visible()
