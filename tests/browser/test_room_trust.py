"""Nothing entered is lost and nothing of the AI stays: the real server, a real browser, what goes wrong."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, Route, expect

from readerstudy.audit.models import Event
from readerstudy.reads.models import Grade, KeptInput, Read
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.browser.conftest import Start
from tests.browser.live_room import (
    PHASES,
    Proxy,
    enter_room,
    kill_browser,
    on_disk,
    serve_built_pages,
    sign_in,
)
from tests.readerstudy.reads.desk import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch, settings, live_server) -> Study:
    serve_built_pages(monkeypatch, settings)
    return factories.make_study(cases=2)


def grade(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def grades_on(page: Page) -> str:
    return "".join(page.locator("input[type=radio]:checked").evaluate_all("all => all.map(one => one.value)"))


def away(route: Route) -> None:
    route.abort()


def test_trust_15_a_killed_browser_keeps_what_the_server_never_had(
    profile: Start, study: Study, live_server, tmp_path: Path
) -> None:
    reader = desk(study, 1)
    _, page = profile()
    sign_in(page, live_server.url, reader.user.username)
    enter_room(page, live_server.url, reader.enrolment)
    page.route("**/draft", away)
    grade(page, "0213")
    expect(page.locator(".save-line")).to_contain_text("Not saved")
    page.wait_for_timeout(500)
    kill_browser(tmp_path / "profile")
    assert reader_draft(reader) == []
    kept = on_disk(tmp_path / "profile")
    assert b"person" in kept, "the journal is there"
    assert b"not_gradable" not in kept, "and can't be read"
    assert str(reader.enrolment.pk).encode() not in kept

    context, page = profile()
    sign_in(page, live_server.url, desk(study, 2).user.username)
    enter_room(page, live_server.url, desk(study, 2).enrolment)
    assert grades_on(page) == "", "another reader on this machine sees nothing of it"
    context.clear_cookies()

    sign_in(page, live_server.url, reader.user.username)
    page.goto(f"{live_server.url}/read/{reader.enrolment.pk}/")
    half, asks = page.locator(".half[data-focused=true]"), page.locator(".standstill button")
    expect(half.or_(asks)).to_be_visible()
    if asks.is_visible():  # a browser killed this early may have lost its name, and is another device then
        expect(asks).to_be_focused()
        page.keyboard.press("Enter")
    expect(half).to_have_count(1)
    assert grades_on(page) == "0213"
    expect(page.locator(".panel-message")).to_contain_text("is back")
    expect(page.locator(".save-line")).to_have_text("Saved")
    assert [answer["grade"] for answer in reader_draft(reader)] == [0, 2, 1, 3]


def reader_draft(reader) -> list[dict]:
    """What is stored for the case that is open; the one sent ahead has nothing yet."""
    return Read.objects.exclude(state="ahead").get(assignment__enrolment=reader.enrolment).draft


def test_trust_15_an_ended_session_asks_for_the_password_over_the_case(
    tab: Page, study: Study, live_server
) -> None:
    reader = desk(study, 1)
    sign_in(tab, live_server.url, reader.user.username)
    enter_room(tab, live_server.url, reader.enrolment)
    tab.evaluate("window.sameDocument = true")
    grade(tab, "01")
    expect(tab.locator(".save-line")).to_have_text("Saved")
    Session.objects.all().delete()
    grade(tab, "2")
    form = tab.locator(".sign-in-again")
    expect(form).to_contain_text("Nothing you entered is lost")
    expect(form.locator("[name=username]")).to_have_value(reader.user.username)
    grade(tab, "wrong")
    tab.keyboard.press("Enter")
    expect(form).to_contain_text("This is not the password")
    form.locator("[name=password]").fill(cast.PASSWORD)
    tab.keyboard.press("Enter")
    expect(form).to_have_count(0)
    expect(tab.locator(".save-line")).to_have_text("Saved")
    assert tab.evaluate("window.sameDocument") is True
    assert grades_on(tab) == "012"
    assert [answer["grade"] for answer in reader_draft(reader)] == [0, 1, 2]


def test_trust_15_nobody_else_goes_on_in_a_readers_room(tab: Page, study: Study, live_server) -> None:
    reader, other = desk(study, 1), desk(study, 2)
    sign_in(tab, live_server.url, reader.user.username)
    enter_room(tab, live_server.url, reader.enrolment)
    tab.context.clear_cookies(name="sessionid")
    second = tab.context.new_page()
    sign_in(second, live_server.url, other.user.username)
    tab.context.clear_cookies(name="sessionid")
    grade(tab, "3")
    form = tab.locator(".sign-in-again")
    expect(form).to_be_visible()
    sign_in(second, live_server.url, other.user.username)
    form.locator("[name=password]").fill(cast.PASSWORD)
    form.locator("button").click()
    expect(form).to_contain_text("Somebody else is signed in")
    assert not Read.objects.filter(assignment__enrolment=other.enrolment).exists()
    assert reader_draft(reader) == []


def test_one_window_reads_and_the_other_says_so(tab: Page, study: Study, live_server) -> None:
    reader = desk(study, 1)
    sign_in(tab, live_server.url, reader.user.username)
    enter_room(tab, live_server.url, reader.enrolment)
    second = tab.context.new_page()
    second.goto(f"{live_server.url}/read/{reader.enrolment.pk}/")
    expect(second.locator(".standstill")).to_contain_text("reading in another window")
    grade(tab, "12")
    expect(tab.locator(".save-line")).to_have_text("Saved")
    second.get_by_role("button", name="Read here instead").click()
    expect(second.locator(".half[data-focused=true]")).to_have_count(1)
    assert grades_on(second) == "12"
    expect(tab.locator(".standstill")).to_contain_text("reading in another window")
    assert not KeptInput.objects.exists()


def test_trust_13_another_device_takes_the_case_and_both_inputs_are_kept(
    tab: Page, chromium: Browser, study: Study, live_server
) -> None:
    reader = desk(study, 1)
    sign_in(tab, live_server.url, reader.user.username)
    enter_room(tab, live_server.url, reader.enrolment)
    device = chromium.new_context()
    other = device.new_page()
    sign_in(other, live_server.url, reader.user.username)
    other.goto(f"{live_server.url}/read/{reader.enrolment.pk}/")
    expect(other.locator(".standstill")).to_contain_text("reading on another device")
    expect(other.locator(".standstill")).to_contain_text("Chrome on Linux, since")
    grade(tab, "2")
    expect(tab.locator(".save-line")).to_have_text("Saved")
    other.keyboard.press("Enter")
    expect(other.locator(".half[data-focused=true]")).to_have_count(1)
    assert grades_on(other) == "2"
    grade(other, "1")
    expect(other.locator(".save-line")).to_have_text("Saved")
    grade(tab, "3")
    expect(tab.locator(".conflict")).to_contain_text("on another device")
    assert [kept.why for kept in KeptInput.objects.all()] == ["opened-elsewhere"]
    tab.get_by_role("button", name="Those on this screen").click()
    expect(tab.locator(".save-line")).to_have_text("Saved")
    assert [answer["grade"] for answer in reader_draft(reader)] == [2, 3]
    assert {kept.why for kept in KeptInput.objects.all()} == {"opened-elsewhere", "replaced"}
    device.close()


@pytest.fixture
def proxy(live_server) -> Iterator[Proxy]:
    proxy = Proxy(live_server)
    yield proxy
    proxy.close()


def test_trust_16_a_submission_cut_at_any_phase_is_stored_once_and_the_page_says_which(
    tab: Page, study: Study, proxy: Proxy
) -> None:
    """Two connections are cut, then one is left alone; until then it is said not to be known."""
    reader = desk(study, 1)
    cases = factories.make_study(cases=len(PHASES), readers=[reader.user, cast.reader(), cast.reader()])
    enrolment = cases.enrolments.get(index=1)
    sign_in(tab, proxy.url, reader.user.username)
    enter_room(tab, proxy.url, enrolment)
    for number, phase in enumerate(PHASES, start=1):
        expect(tab.locator(".room-header")).to_contain_text(f"Case {number} of {len(PHASES)}")
        proxy.cut_submissions(phase, times=2)
        grade(tab, "000000000000")
        tab.keyboard.press("Enter")
        expect(tab.locator(".save-line")).to_contain_text("not known yet whether this case is handed in")
        assert Grade.objects.count() in (12 * number - 12, 12 * number)
        following = f"Case {number + 1} of" if number < len(PHASES) else "All done"
        expect(tab.locator(".room")).to_contain_text(following)
        assert proxy.cut == 2, phase
        assert Grade.objects.count() == 12 * number
        assert Event.objects.filter(action="read.submitted").count() == number
    assert not KeptInput.objects.exists()


def test_trust_16_who_stops_asking_learns_later_that_it_was_handed_in(
    tab: Page, study: Study, proxy: Proxy
) -> None:
    reader = desk(study, 1)
    sign_in(tab, proxy.url, reader.user.username)
    enter_room(tab, proxy.url, reader.enrolment)
    proxy.cut_submissions("unanswered", times=99)
    grade(tab, "000000000000")
    tab.keyboard.press("Enter")
    expect(tab.locator(".save-line")).to_contain_text("not known yet")
    tab.keyboard.press("Escape")
    expect(tab.locator(".panel-message")).to_contain_text("not known whether this case is handed in")
    tab.locator('.half[data-site="L4 lower"] .choice').nth(2).click()
    expect(tab.locator(".conflict")).to_contain_text("handed in and locked")
    expect(tab.locator(".conflict")).to_contain_text("the coordinator sees that it came")
    assert KeptInput.objects.get().why == "handed-in"
    assert set(Grade.objects.values_list("grade", flat=True)) == {0}
    tab.get_by_role("button", name="Go on reading").click()
    expect(tab.locator(".room-header")).to_contain_text("Case 2 of 2")


def test_trust_4_no_byte_of_the_ai_stays_on_a_readers_machine(
    profile: Start, study: Study, live_server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "canary-5d0e9b"
    label = {"level": "L4", "half": "lower", "types": [2], "suggestion": 2, "secondary": None}
    figures = {"volume_mm3": {"2": 1.0}, "fraction": 0.1, "largest_diameter_mm": 9.0, "probability": 0.9}
    told = {"slices": [], "labels": [{**label, **figures}], "remarks": [f"Remark of {canary}."]}
    told |= {"sha256": canary, "model": {"detect": canary}}
    monkeypatch.setattr("readerstudy.predictions.selectors.map_json", lambda *_: told)
    reader = desk(study, 2)
    unaided = desk(factories.make_study(cases=1, readers=[cast.reader(), reader.user, cast.reader()]), 2)
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=True) as clock:
        reader.read_period()
        clock.shift(timedelta(days=28, hours=1))
        context, page = profile()
        sign_in(page, live_server.url, reader.user.username)
        enter_room(page, live_server.url, reader.enrolment)
        expect(page.locator(".map-remark")).to_contain_text(canary)
        grade(page, "200000000000")
        page.keyboard.press("Enter")
        expect(page.locator(".room-header")).to_contain_text("Case 2 of 2")
        enter_room(page, live_server.url, unaided.enrolment)
        assert page.evaluate("caches.keys().then(keys => keys.length)") == 0
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert canary not in kept
        assert page.evaluate("document.documentElement.outerHTML").count(canary) == 0
        context.close()
    files = [file for file in (tmp_path / "profile").rglob("*") if file.is_file()]
    assert "reading-journal".encode("utf-16-be") in on_disk(tmp_path / "profile")
    assert [str(file) for file in files if canary.encode() in file.read_bytes()] == []
