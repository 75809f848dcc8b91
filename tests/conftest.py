"""Fixtures for every room, and the rule that a skipped test is a test that isn't there."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.databases import let_flush_empty_append_only_tables

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
expect.set_options(timeout=60_000)
hypothesis.settings.register_profile("whatever-the-machine-is-busy-with", deadline=None)
hypothesis.settings.load_profile("whatever-the-machine-is-busy-with")
ALLOWED_SKIPS = ("R is not installed", "Orthanc is not installed", "dciodvfy is not installed", "no GPU")
_unexpected_skips: list[str] = []


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real and hostile data beside the checkout; never part of the product."""
    folder = os.environ.get("READERSTUDY_SHARED_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("READERSTUDY_SHARED_DATA does not name a folder: the shared test data are absent")
    return Path(folder)


def chromium_path() -> str | None:
    return os.environ.get("READERSTUDY_CHROMIUM") or shutil.which("chromium")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Headless Chromium, as Debian packages it or as READERSTUDY_CHROMIUM names it; one for all tests.

    It is driven from an event loop in this thread; the database may be used too.
    """
    with pytest.MonkeyPatch.context() as monkeypatch, sync_playwright() as playwright:
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True, scope="session")
def _flush() -> Iterator[None]:
    """Transactional tests leave an empty database behind, append-only tables included."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        let_flush_empty_append_only_tables(monkeypatch)
        yield


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note_skip(report)


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Keep a skip without leave, of one test or of a whole file while it is collected."""
    if not report.skipped or not os.environ.get("READERSTUDY_FAIL_ON_SKIP"):
        return
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not any(allowed in reason for allowed in ALLOWED_SKIPS):
        _unexpected_skips.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _unexpected_skips:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in sorted(set(_unexpected_skips)):
        terminalreporter.write_line(f"SKIPPED WITHOUT LEAVE {line}", red=True)
