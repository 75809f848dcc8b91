"""A draft's pages in Chromium, whole and where something is missing: axe approves, nothing is too wide."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.live_room import serve_built_pages, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)])
def test_a_draft_and_what_it_lacks(live_server, tab: Page, size, monkeypatch, settings) -> None:
    serve_built_pages(monkeypatch, settings)
    draft = factories.make_draft()
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(tab, live_server.url, draft.created_by.username)
    for address, said in (
        (f"/studies/{draft.pk}/", "Sign and open the study"),
        (f"/studies/{draft.pk}/edit/", "Save the draft"),
        ("/studies/new/?template=williams&readers=6", "Save the draft"),
    ):
        tab.goto(live_server.url + address)
        expect(tab.get_by_role("button", name=said)).to_be_visible()
        approve(tab)
    tab.get_by_role("button", name="Save the draft").click()
    expect(tab.get_by_text("Choose a reader.", exact=True)).to_have_count(6)
    approve(tab)


def approve(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
