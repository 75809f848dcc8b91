"""Axe finds nothing on any page that any role can reach by links, and motion stops where it is not wanted."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.adjudication.services import open_adjudication, stop
from readerstudy.predictions import selectors as predictions
from readerstudy.reports import services as reports
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.browser.live_room import serve_built_pages, sign_in
from tests.readerstudy.reports.conftest import MEANING, read_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_PAGE = (
    "download",
    ".html",
    ".csv",
    ".pdf",
    ".json",
    ".zip",
    ".dcm",
    ".svg",
    ".png",
    ".xlsx",
    "/api/schema",
    "sign-out",
)


@pytest.fixture
def product(monkeypatch: pytest.MonkeyPatch, settings, live_server) -> tuple[Study, User]:
    """A draft, an open and a locked study, exams in intake, and the coordinator of all of them."""
    serve_built_pages(monkeypatch, settings)
    told = {"slices": [], "labels": [], "remarks": ["Made up."], "sha256": "0" * 64, "model": {}}
    monkeypatch.setattr(predictions, "map_json", lambda *_: told)
    coordinator = cast.coordinator()
    locked = factories.make_study(cases=20, actor=coordinator)
    read_all(locked)
    reports.lock_study(study_id=locked.pk, person=coordinator, password=cast.PASSWORD, meaning=MEANING)
    factories.make_draft(actor=coordinator)
    factories.make_exam(released=False)
    return factories.make_study(actor=coordinator), coordinator


def page_name(url: str) -> str:
    """The route's name; empty for what is no page of the product."""
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


def walk(page: Page, base: str, visit: Callable[[str], None]) -> list[str]:
    """Every kind of page reachable by links from where the page is, each once."""
    waiting, seen = [page.url], []
    while waiting:
        url = waiting.pop(0)
        name = page_name(url)
        if not name or name in seen or any(mark in url for mark in NO_PAGE):
            continue
        seen.append(name)
        page.goto(url)
        visit(name)
        hrefs = page.locator("a[href]").evaluate_all("all => all.map(one => one.href)")
        waiting += [href for href in hrefs if href.startswith(base)]
    return seen


EXPECTED = {
    Role.COORDINATOR: {"studies:list", "studies:detail", "exams:list", "exams:detail", "reports:report"},
    Role.READER: {"reads:home", "reads:room"},
    Role.ADJUDICATOR: {"adjudication:home", "adjudication:room"},
    Role.STATISTICIAN: {"reports:list", "reports:report"},
    Role.AUDITOR: {"reports:list"},
    Role.ADMINISTRATOR: {"studies:list"},
}


@pytest.mark.parametrize("role", list(EXPECTED))
def test_axe_finds_nothing_on_any_page(
    tab: Page, product: tuple[Study, User], live_server, role: Role
) -> None:
    study, coordinator = product
    people = {Role.COORDINATOR: coordinator, Role.READER: study.enrolments.get(index=2).reader}
    person = people.get(role) or cast.person(role)
    if role in (Role.ADJUDICATOR, Role.COORDINATOR):
        panel = [person] if role is Role.ADJUDICATOR else [cast.person(Role.ADJUDICATOR)]
        opened = open_adjudication(
            actor=coordinator,
            study_id=Study.objects.get(state="locked").pk,
            adjudicators=panel,
            takes_agreed=False,
        )
        if role is Role.COORDINATOR:
            stop(actor=coordinator, adjudication=opened, reason="To be opened anew.")
    tab.goto(f"{live_server.url}/accounts/sign-in/")
    problems: list[str] = []

    def check(name: str) -> None:
        if name in ("reads:room", "adjudication:room"):
            expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
        found = Axe().run(tab).response["violations"]
        problems.extend(
            f"{name}: {violation['id']} at {violation['nodes'][0]['target']}" for violation in found
        )

    check("accounts:sign-in")
    sign_in(tab, live_server.url, person.username)
    seen = walk(tab, live_server.url, check)
    assert problems == []
    assert EXPECTED[role] <= set(seen), seen


def test_nothing_moves_where_motion_is_not_wanted(
    tab: Page, product: tuple[Study, User], live_server
) -> None:
    study, _ = product
    tab.emulate_media(reduced_motion="reduce")
    enrolment = study.enrolments.get(index=2)
    sign_in(tab, live_server.url, enrolment.reader.username)
    moving = """() => [...document.querySelectorAll("*")].filter(one => {
        const style = getComputedStyle(one);
        const still = value => value.split(",").every(part => parseFloat(part) < 0.01);
        const animated = style.animationName !== "none" && !still(style.animationDuration);
        return animated || !still(style.transitionDuration);
    }).map(one => one.outerHTML.slice(0, 80))"""
    assert tab.evaluate(moving) == []
    tab.goto(f"{live_server.url}/read/{enrolment.pk}/")
    expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
    assert tab.evaluate(moving) == []
