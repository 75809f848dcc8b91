"""A report that was begun outlives the page, the browser and the session, and is sent once."""

from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from readerstudy.queries.models import Message, Query
from tests import factories
from tests.browser.conftest import Start
from tests.browser.live_room import enter_room, kill_browser, on_disk, serve_built_pages, sign_in
from tests.readerstudy.reads.desk import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = "A mass beside L2, on both images"


def words_on(page: Page) -> str:
    """Opens the report by its key, and closes it again."""
    page.keyboard.press("p")
    found = page.locator(".writing textarea").input_value()
    page.keyboard.press("Escape")
    return found


def test_trust_15_a_begun_report_survives_reload_crash_and_sign_out_and_is_sent_once(
    profile: Start,
    monkeypatch: pytest.MonkeyPatch,
    settings,
    live_server,
    tmp_path: Path,
) -> None:
    serve_built_pages(monkeypatch, settings)
    study = factories.make_study(cases=2)
    reader, other = desk(study, 1), desk(study, 2)
    _, page = profile()
    sign_in(page, live_server.url, reader.user.username)
    enter_room(page, live_server.url, reader.enrolment)
    page.keyboard.press("p")
    page.keyboard.type(WORDS)
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator(".panel-message")).to_contain_text("A report that you began is back")
    assert words_on(page) == WORDS

    kill_browser(tmp_path / "profile")
    assert WORDS.encode() not in on_disk(tmp_path / "profile"), "it can't be read on the disk"
    Session.objects.all().delete()
    context, page = profile()
    sign_in(page, live_server.url, other.user.username)
    enter_room(page, live_server.url, other.enrolment)
    assert words_on(page) == "", "another reader on this machine sees nothing of it"
    context.clear_cookies()
    sign_in(page, live_server.url, reader.user.username)
    page.goto(f"{live_server.url}/read/{reader.enrolment.pk}/")
    half, asks = page.locator(".half[data-focused=true]"), page.locator(".standstill button")
    expect(half.or_(asks)).to_be_visible()
    if asks.is_visible():  # a browser killed this early may have lost its name, and is another device then
        page.keyboard.press("Enter")
    expect(page.locator(".panel-message")).to_contain_text("A report that you began is back")
    page.keyboard.press("p")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".writing")).to_contain_text("Sent.")
    assert Message.objects.get(query__enrolment=reader.enrolment).text == WORDS
    page.reload()
    expect(half).to_have_count(1)
    page.wait_for_timeout(500)
    assert words_on(page) == ""
    assert Query.objects.count() == 1


def test_a_report_begun_in_a_case_handed_in_elsewhere_is_shown_with_the_next(
    tab: Page, monkeypatch: pytest.MonkeyPatch, settings, live_server
) -> None:
    serve_built_pages(monkeypatch, settings)
    reader = desk(factories.make_study(cases=2), 1)
    sign_in(tab, live_server.url, reader.user.username)
    enter_room(tab, live_server.url, reader.enrolment)
    tab.keyboard.press("p")
    tab.keyboard.type(WORDS)
    tab.wait_for_timeout(500)
    reader.read_one()
    enter_room(tab, live_server.url, reader.enrolment)
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 2")
    left = tab.locator(".left-reports")
    expect(left).to_contain_text(WORDS)
    left.get_by_role("button", name="Send it").click()
    expect(left).to_have_count(0)
    assert Message.objects.get().text == WORDS
    assert Query.objects.get().read.assignment.position == 1
