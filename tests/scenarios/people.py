"""People at their browsers, reduced to HTTP: sign in, fill in forms, call the API."""

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from inference.phantom.phantom import Phantom
from tests.scenarios.conftest import PASSWORD

HALVES = [(level, half) for level in ("L1", "L2", "L3", "L4", "L5", "S1") for half in ("upper", "lower")]


@dataclass
class Person:
    """A signed-in person of an installation at `url`."""

    url: str
    name: str
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.get("accounts/sign-in/")
        answer = self.post("accounts/sign-in/", {"username": self.name, "password": PASSWORD})
        assert answer.status_code == 302, answer.text

    def get(self, path: str) -> requests.Response:
        return self.session.get(self._address(path), timeout=60, allow_redirects=False)

    def post(self, path: str, data: Any = None, **more: Any) -> requests.Response:
        headers = {"X-CSRFToken": self.session.cookies.get("csrftoken", ""), **more.pop("headers", {})}
        return self.session.post(
            self._address(path), data=data, headers=headers, timeout=120, allow_redirects=False, **more
        )

    def put(self, path: str, body: Any) -> requests.Response:
        headers = {"X-CSRFToken": self.session.cookies["csrftoken"]}
        return self.session.put(self._address(path), json=body, headers=headers, timeout=60)

    def config(self, path: str, name: str) -> Any:
        """The data that a page hands to its script."""
        page = self.get(path)
        assert page.status_code == 200, page.text
        found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page.text)
        assert found, page.text
        return json.loads(found.group(1))

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else self.url + path.lstrip("/")


def wait_for(what: Any, patience_s: float = 240.0) -> Any:
    """The first true answer of `what()`."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"nothing came in {patience_s} s")


def take_in(coordinator: Person, archive: Path) -> str:
    """Upload a zip and wait until it is taken in; the new exam's id."""
    with archive.open("rb") as file:
        answer = coordinator.post(
            "exams/upload/",
            {"synthetic": "yes"},
            files={"files": (archive.name, file)},
            headers={"Accept": "application/json"},
        )
    assert answer.status_code == 201, answer.text
    url = answer.json()["url"]
    wait_for(lambda: coordinator.get(url + "status").json()["finished"])
    found = re.search(r"/exams/([0-9a-f-]{36})/", coordinator.get(url).text)
    assert found, coordinator.get(url).text
    return found.group(1)


def release(coordinator: Person, exam: str, phantom: Phantom) -> None:
    """Wait for the map, then confirm the names that are known because the exam was made."""
    wait_for(lambda: coordinator.config(f"exams/{exam}/view/", "exam-config")["map_url"])
    points = phantom.truth.level_points_mm
    levels = [
        {"level": level.value, "body": None, "point_mm": list(points[level])} for level in sorted(points)
    ]
    answer = coordinator.post(
        f"exams/{exam}/release/", {"levels": json.dumps(levels), "looked_at_all": "yes"}
    )
    assert answer.status_code == 302, answer.text


def set_up_study(coordinator: Person, name: str, exams: list[str]) -> str:
    """Make a study of the paper's template with readers 1 to 3 and open it; its id."""
    page = coordinator.get("studies/new/").text
    readers = {who: key for key, who in re.findall(r'<option value="(\d+)"[^>]*>(reader-\d)</option>', page)}
    wishes = {
        "name": name,
        "washout_days": "28",
        "washout_mode": "per-session",
        "exams": exams,
        **{f"reader_{i}": readers[f"reader-{i}"] for i in (1, 2, 3)},
    }
    answer = coordinator.post("studies/new/", wishes)
    assert answer.status_code == 302, answer.text
    study = answer.headers["Location"].strip("/").split("/")[-1]
    signed = coordinator.post(f"studies/{study}/open/", {"password": PASSWORD})
    assert signed.status_code == 302
    return study


def room(reader: Person) -> str:
    """The address of this reader's newest reading room."""
    found = re.search(r"/read/([0-9a-f-]{36})/", reader.get("read/").text)
    assert found, reader.get("read/").text
    return reader.config(found.group(0), "reading-config")["next_url"]


def next_case(reader: Person, url: str) -> dict[str, Any]:
    """What the server answers to "next case"."""
    answer = reader.post(url)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def answers(grades: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    """A complete set of answers, 0 where `grades` says nothing."""
    return [
        {"level": level, "half": half, "grade": grades.get((level, half), 0), "not_gradable": None}
        for level, half in HALVES
    ]


def read_case(reader: Person, read: dict[str, Any], grades: dict[tuple[str, str], int]) -> None:
    """Look at every image, save a draft, hand in."""
    for images in read["images"].values():
        assert len(reader.get(images["metadata_url"]).json()) == len(images["frame_urls"])
        for url in images["frame_urls"]:
            frame = reader.get(url)
            assert frame.status_code == 200
            assert frame.headers["Cache-Control"] == "no-store"
    complete = answers(grades)
    gaps = {"lease": read["lease"], "version": read["version"], "answers": complete[:-2]}
    refused = reader.post(read["submit_url"], json={**gaps, "idempotency_key": str(uuid4())})
    assert refused.status_code == 400
    assert len(refused.json()["gaps"]) == 2
    draft = reader.put(read["draft_url"], gaps)
    assert draft.status_code == 200, draft.text
    body = {"lease": read["lease"], "version": draft.json()["version"], "answers": complete}
    key = str(uuid4())
    for _ in range(2):
        done = reader.post(read["submit_url"], json={**body, "idempotency_key": key})
        assert done.status_code == 200, done.text
    assert reader.get(read["images"]["t1"]["frame_urls"][0]).status_code == 409
