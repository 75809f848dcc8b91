"""The page that describes the interface opens under our content security policy and without a network."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect

from tests import cast

pytestmark = pytest.mark.browser


def test_the_interface_is_described_without_a_network(live_server, chromium: Browser) -> None:
    client = cast.signed_in(cast.coordinator())
    context = chromium.new_context()
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    troubles: list[str] = []
    asked_outside: list[str] = []

    def stay_inside(route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(live_server.url).netloc:
            route.continue_()
        else:
            asked_outside.append(route.request.url)
            route.abort()

    context.route("**/*", stay_inside)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type in ("error", "warning") else None)
    page.goto(f"{live_server.url}/api/docs/")
    expect(page.get_by_role("heading", name="Modic reader study")).to_be_visible()
    operations = page.locator(".opblock")
    expect(operations.first).to_be_visible()
    operations.first.get_by_role("button").first.click()
    expect(page.get_by_text("Responses").first).to_be_visible()
    body = page.locator("body")
    assert body.evaluate("body => getComputedStyle(body).margin") == "0px"
    context.close()
    assert asked_outside == []
    assert troubles == []
