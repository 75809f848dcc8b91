"""The whole story through HTTP: from DICOM to the agreement report, in separate processes."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from inference.phantom.phantom import make_phantom
from tests.scenarios.conftest import PASSWORD, Running
from tests.scenarios.people import (
    Person,
    next_case,
    read_case,
    release,
    room,
    set_up_study,
    take_in,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

GRADES = {
    "reader-1": [{("L4", "lower"): 2, ("L5", "upper"): 2}, {("L5", "lower"): 1, ("S1", "upper"): 1}],
    "reader-2": [{("L4", "lower"): 2}, {("L5", "lower"): 1, ("S1", "upper"): 2}],
    "reader-3": [{("L4", "lower"): 1, ("L3", "upper"): 1}, {("S1", "upper"): 1}],
}


def test_from_dicom_to_the_report(running: Running, phantom_zips: list[Path]) -> None:
    coordinator = Person(running.url, "coordinator")
    exams = [take_in(coordinator, archive) for archive in phantom_zips[:2]]
    for exam, seed in zip(exams, (101, 102), strict=True):
        release(coordinator, exam, make_phantom(seed))
    study = set_up_study(coordinator, "Story by HTTP", exams)
    readers = {name: Person(running.url, name) for name in GRADES}
    rooms = {name: room(reader) for name, reader in readers.items()}

    assert read_period(readers, rooms, arm="unaided") == set()
    for name in ("reader-2", "reader-3"):
        waiting = next_case(readers[name], rooms[name])
        assert waiting["status"] == "waiting"
        assert waiting["opens_at"]
    assert next_case(readers["reader-1"], rooms["reader-1"])["status"] == "complete"

    advance(coordinator, study, days=27)
    assert next_case(readers["reader-2"], rooms["reader-2"])["status"] == "waiting"
    advance(coordinator, study, days=2)
    twice = {name: readers[name] for name in ("reader-2", "reader-3")}
    assert len(read_period(twice, rooms, arm="assisted")) == 2

    assert coordinator.get(f"reports/{study}/report.json").status_code in (403, 404)
    check_report(lock(coordinator, study), study)


def read_period(readers: dict[str, Person], rooms: dict[str, str], *, arm: str) -> set[str]:
    """Everyone reads both cases; the hashes of the maps that were sent."""
    maps = set()
    for name, reader in readers.items():
        for position in (0, 1):
            case = next_case(reader, rooms[name])
            assert case["status"] == "reading", case
            read = case["read"]
            assert read["period"]["arm"] == arm
            assert read["synthetic"] is True
            if arm == "assisted":
                maps.add(reader.get(read["map_url"]).json()["sha256"])
            else:
                assert read["map_url"] is None
                assert reader.get(f"api/reads/{read['id']}/map").status_code == 404
            read_case(reader, read, GRADES[name][position])
    return maps


def advance(coordinator: Person, study: str, *, days: int) -> None:
    answer = coordinator.post(f"demo/studies/{study}/clock/", {"days": str(days)})
    assert answer.status_code == 302, answer.text


def lock(coordinator: Person, study: str) -> Person:
    page = coordinator.get(f"reports/{study}/lock/").text
    meaning = page.split('name="meaning"')[1].split('value="')[1].split('"')[0]
    signed = {"meaning": meaning, "password": "not the password", "reason": ""}
    assert coordinator.post(f"reports/{study}/lock/", signed).status_code in (400, 403)
    done = coordinator.post(f"reports/{study}/lock/", {**signed, "password": PASSWORD})
    assert done.status_code == 302, done.text
    return coordinator


def check_report(person: Person, study: str) -> None:
    """Page, PDF, CSV and JSON are there, and another tool finds the same kappa in the exported rows."""
    page = person.get(f"reports/{study}/").text
    assert "SYNTHETIC DATA" in page
    assert "not a medical device" in page
    assert person.get(f"reports/{study}/report.pdf").content.startswith(b"%PDF")
    result = json.loads(person.get(f"reports/{study}/report.json").text)
    rows = pd.read_csv(io.StringIO(person.get(f"reports/{study}/readings.csv").text))
    assert len(rows) == 2 * 12 * 5
    wide = rows.pivot(index=["exam", "level", "half"], columns=["reader", "arm"], values="grade")
    for pair in result["agreement"]["pairs"]:
        first, second = pair["readers"]
        for side, phase in (("before", 0), ("after", 1)):
            a, b = (wide[reader, pair["arms"][reader][phase]] for reader in (first, second))
            theirs = cohen_kappa_score(a, b, labels=[0, 1, 2, 3])
            assert pair[side]["kappa"]["estimate"] == pytest.approx(theirs, abs=1e-12)
