"""The protocol editor in Chromium: what the form would mean follows it, at both sizes that matter.

With READERSTUDY_SCREENSHOTS naming a folder, the editor leaves its pictures there.
"""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django_vite.core.asset_loader import DjangoViteAssetLoader
from playwright.sync_api import Page, expect

from readerstudy.studies import protocol
from tests import cast, factories

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _built(settings, monkeypatch) -> None:
    """The pages' own look and behaviours, as they are built."""
    built = {"dev_mode": False, "manifest_path": settings.FRONTEND_DIST / "manifest.json"}
    settings.DJANGO_VITE = {"default": built | {"static_url_prefix": ""}}
    monkeypatch.setattr(DjangoViteAssetLoader, "_instance", None)


def shoot(page: Page, name: str) -> None:
    folder = os.environ.get("READERSTUDY_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=False)


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)])
def test_consequences_follow_the_form(live_server, tab: Page, size: tuple[int, int]) -> None:
    study = factories.make_draft(cases=4)
    client = cast.signed_in(study.created_by)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    tab.context.add_cookies([cookie])
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    tab.goto(f"{live_server.url}/studies/{study.pk}/protocol/")
    aside = tab.locator("#consequences")
    expect(aside).to_contain_text("Order and arm are confounded")
    expect(aside).to_contain_text("this is the draft as it is saved")
    shoot(tab, f"editor-{size[0]}")
    washout = tab.get_by_label("Washout before period 2, days")
    washout.fill("14")
    expect(aside).to_contain_text("shorter than 28 days (14 days)")
    expect(aside).to_contain_text("672 becomes 336")
    washout.fill("0")
    expect(aside).to_contain_text("give it a washout")
    shoot(tab, f"editor-refused-{size[0]}")
    washout.fill("35")
    expect(aside).not_to_contain_text("can't be saved")
    tab.get_by_label("Cases", exact=True).fill("60")
    expect(aside.locator("dd").first).to_have_text("300")
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    tab.keyboard.press("Tab")
    tab.get_by_role("button", name="Save the protocol").focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("status").first).to_contain_text("Saved; what changed: 1.")
    assert study.protocols.get().document["periods"][1]["washout_hours"] == 35 * 24


def test_a_design_with_many_sequences_fits(live_server, tab: Page) -> None:
    study = factories.make_draft(cases=4, document=protocol.make("williams", readers=12))
    client = cast.signed_in(study.created_by)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    tab.context.add_cookies([cookie])
    tab.set_viewport_size({"width": 1024, "height": 768})
    tab.goto(f"{live_server.url}/studies/{study.pk}/protocol/")
    expect(tab.locator("#consequences")).to_contain_text("R12")
    shoot(tab, "editor-williams-1024")
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
