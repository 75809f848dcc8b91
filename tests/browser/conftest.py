"""A tab of headless Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A fresh tab of 1200 x 720; the test fails if the page throws or breaks the content security policy."""
    context = chromium.new_context(viewport={"width": 1200, "height": 720})
    page = context.new_page()
    page.set_default_timeout(60_000)
    troubles: list[str] = []

    def keep(error: Exception) -> None:
        """An image request that leaving the page cuts off is rejected with its bare XMLHttpRequest."""
        if str(error) != "XMLHttpRequest":
            troubles.append(str(error))

    page.on("pageerror", keep)

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            troubles.append(message.text)

    page.on("console", listen)
    yield page
    context.close()
    assert troubles == []
