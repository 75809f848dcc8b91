"""Axe finds nothing on any page a reader can reach by links, and nothing moves where it is not wanted."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

from readerstudy.studies.models import Study
from tests import factories
from tests.browser.live_room import serve_built_pages, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_PAGE = ("download", "/api/schema", "sign-out")


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch, settings, live_server) -> Study:
    serve_built_pages(monkeypatch, settings)
    return factories.make_study()


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
        is_file = "." in urlsplit(url).path.rsplit("/", 1)[-1]
        if not name or name in seen or is_file or any(mark in url for mark in NO_PAGE):
            continue
        seen.append(name)
        page.goto(url)
        visit(name)
        hrefs = page.locator("a[href]").evaluate_all("all => all.map(one => one.href)")
        waiting += [href for href in hrefs if href.startswith(base)]
    return seen


def test_axe_finds_nothing_on_any_page_of_a_reader(tab: Page, study: Study, live_server) -> None:
    tab.goto(f"{live_server.url}/accounts/sign-in/")
    problems: list[str] = []

    def check(name: str) -> None:
        if name == "reads:room":
            expect(tab.locator(".half[data-focused=true]")).to_have_count(1)
        found = Axe().run(tab).response["violations"]
        problems.extend(
            f"{name}: {violation['id']} at {violation['nodes'][0]['target']}" for violation in found
        )

    check("accounts:sign-in")
    sign_in(tab, live_server.url, study.enrolments.get(index=2).reader.username)
    seen = walk(tab, live_server.url, check)
    assert problems == []
    assert {"reads:home", "reads:room"} <= set(seen), seen


def test_nothing_moves_where_motion_is_not_wanted(tab: Page, study: Study, live_server) -> None:
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
