"""The real server behind a real browser, with synthetic images in place of stored ones.

`Proxy` stands between the two and can cut the connection at any phase of a submission.
"""

import os
import signal
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django_vite.core.asset_loader import DjangoViteAssetLoader
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from readerstudy.exams.models import Instance, Series
from readerstudy.studies.models import Enrolment
from tests import cast
from tests.browser.viewer_harness import synthetic_exam

SEED = 7


def serve_built_pages(monkeypatch: pytest.MonkeyPatch, settings: Any, *, seed: int = SEED) -> None:
    """Pages load the built front end, and every exam looks like one phantom."""
    manifest = Path(django_settings.FRONTEND_DIST) / "manifest.json"
    settings.DJANGO_VITE = {
        "default": {"dev_mode": False, "manifest_path": manifest, "static_url_prefix": ""}
    }
    monkeypatch.setattr(DjangoViteAssetLoader, "_instance", None)
    exam = synthetic_exam(seed)

    def first(series: Series) -> int:
        return (len(exam.frames[series.kind]) - series.slices) // 2

    def metadata(series: Series) -> list[dict[str, Any]]:
        return exam.metadata[series.kind][first(series) :][: series.slices]

    def frame(instance: Instance) -> bytes:
        return exam.frames[instance.series.kind][first(instance.series) + instance.index]

    monkeypatch.setattr("readerstudy.exams.rendering.metadata", metadata)
    monkeypatch.setattr("readerstudy.exams.rendering.frame", frame)


def sign_in(page: Page, url: str, username: str) -> None:
    page.goto(f"{url}/accounts/sign-in/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def enter_room(page: Page, url: str, enrolment: Enrolment) -> None:
    """Opens the room and waits until a case can be graded."""
    page.goto(f"{url}/read/{enrolment.pk}/")
    expect(page.locator(".half[data-focused=true]")).to_have_count(1)


def shoot(page: Page, name: str) -> None:
    """With READERSTUDY_SCREENSHOTS naming a folder, the page leaves its picture there."""
    if folder := os.environ.get("READERSTUDY_SCREENSHOTS"):
        page.wait_for_timeout(1500)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def kill_browser(folder: Path) -> None:
    """The power goes: every process of this profile's browser ends at once."""
    marker = f"--user-data-dir={folder}".encode()
    for entry in Path("/proc").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # one that ended by itself meanwhile
            if entry.name.isdigit() and marker in (entry / "cmdline").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)


def on_disk(folder: Path) -> bytes:
    """What the browser's databases of this profile hold."""
    files = [file for file in folder.rglob("*") if file.is_file() and "IndexedDB" in file.parts]
    return b"".join(file.read_bytes() for file in files)


PHASES = (
    "before",
    "in the head",
    "in the body",
    "unanswered",
    "in the answer's head",
    "in the answer's body",
)
"""Where a submission is cut: before it, within it, after it was carried out, within its answer."""


class Proxy:
    """Forwards one request a connection; a request to cut is forwarded no further than `phase` says."""

    def __init__(self, live: LiveServer) -> None:
        self.upstream = (live.thread.host, live.thread.port)
        self.listener = socket.create_server(("localhost", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}"
        self.phase = ""
        self.times = 0
        self.cut = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_submissions(self, phase: str, times: int) -> None:
        self.phase, self.times, self.cut = phase, times, 0

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                client.settimeout(60)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            request = _whole_request(client)
            if not request:
                return
            is_cut = b"/submit " in request.split(b"\r\n", 1)[0] and self.cut < self.times
            self.cut += is_cut
            client.sendall(self._exchange(request, self.phase if is_cut else ""))

    def _exchange(self, request: bytes, phase: str) -> bytes:
        """What the browser gets, which is nothing where the connection is cut before an answer."""
        if phase == "before":
            return b""
        sent = {"in the head": request[:40], "in the body": request[:-15]}.get(phase, request)
        with socket.create_connection(self.upstream, timeout=60) as server:
            server.sendall(sent)
            if sent != request:
                server.shutdown(socket.SHUT_WR)
                _until_closed(server)
                return b""
            answer = _until_closed(server)
        if phase == "unanswered":
            return b""
        if phase == "in the answer's head":
            return answer[:12]
        return answer[:-4] if phase == "in the answer's body" else answer


def _whole_request(client: socket.socket) -> bytes:
    """Head and body of the next request, which is told to be the connection's last."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = client.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, body = data.split(b"\r\n\r\n", 1)
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    lengths = [int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")]
    while len(body) < sum(lengths):
        body += client.recv(65536)
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body


def _until_closed(server: socket.socket) -> bytes:
    return b"".join(iter(lambda: server.recv(65536), b""))
