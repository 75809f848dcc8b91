"""A tab of headless Chromium, and a machine whose browser is started again."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

from tests.conftest import FLAGS, chromium_path

Start = Callable[[], tuple[BrowserContext, Page]]


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


@pytest.fixture
def profile(chromium: Browser, tmp_path: Path) -> Iterator[Start]:
    """Starts Chromium on one profile, as a reader's machine has it; again after it was closed or killed."""
    running: list[BrowserContext] = []

    def start() -> tuple[BrowserContext, Page]:
        context = chromium.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium_path(),
            args=FLAGS,
            viewport={"width": 1200, "height": 720},
        )
        context.set_default_timeout(60_000)
        running.append(context)
        return context, context.pages[0]

    yield start
    for context in running:
        with suppress(Error):  # one that was killed is closed already
            context.close()
