"""Headless Chromium, as Debian packages it or as READERSTUDY_CHROMIUM names it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all. It is driven from an event loop in this thread; the database may be used too."""
    path = os.environ.get("READERSTUDY_CHROMIUM") or shutil.which("chromium")
    with pytest.MonkeyPatch.context() as monkeypatch, sync_playwright() as playwright:
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A fresh tab of 1200 x 720; the test fails if the page throws or breaks the content security policy."""
    context = chromium.new_context(viewport={"width": 1200, "height": 720})
    page = context.new_page()
    page.set_default_timeout(60_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            troubles.append(message.text)

    page.on("console", listen)
    yield page
    context.close()
    assert troubles == []
