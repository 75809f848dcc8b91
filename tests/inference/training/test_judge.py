"""The evaluation report: what is marked beside what was found, the paper's figures, and the files."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from annotations.vocabulary import Half, Level, ModicType
from inference.export import numbered_by_level
from inference.phantom import Phantom, make_phantom
from inference.pipeline import MapSettings
from inference.steps.modicmap import PUBLISHED
from inference.training import inprocess
from inference.training.__main__ import main
from inference.training.exams import AnnotatedExam
from inference.training.judge import command
from inference.training.judge.compare import BodyPair, Compared, HalfPair, Panel, compare
from inference.training.judge.document import report_files
from inference.training.judge.figures import figures
from inference.training.report import PHANTOM_SEEDS, SECOND_SEEDS
from inference.training.splits import keep_split
from tests.inference.pipeline.perfect import detector_for, localizer_for

NONE, ONE, TWO, THREE = ModicType
GREY = np.zeros((20, 10), np.float32)
PANEL = Panel(GREY, GREY, GREY.astype(np.uint8), GREY.astype(np.uint8), 1.0)


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(3)


@pytest.fixture(scope="module")
def exam(phantom: Phantom) -> AnnotatedExam:
    levels = {number: level for number, level in phantom.truth.levels.items() if level}
    numbers = numbered_by_level(phantom.truth.bodies.astype(np.int16), levels)
    return AnnotatedExam("one", phantom.t1, phantom.t2, numbers, phantom.truth.lesions, "P1")


@pytest.fixture(scope="module")
def compared(phantom: Phantom, exam: AnnotatedExam) -> Compared:
    return compare(exam, localizer_for(phantom), detector_for(phantom), MapSettings())


def test_perfect_networks_are_told_to_be_nearly_perfect(compared: Compared) -> None:
    found = figures([compared])
    assert found["bodies"]["dice"]["estimate"] > 0.95
    assert found["bodies"]["missed"] == 0
    assert found["bodies"]["named_right"] == found["bodies"]["named"] == 6
    assert len(compared.halves) == 12
    assert {half.level for half in compared.halves} == set(Level)
    assert found["voxels"]["dice"] > 0.8
    assert found["suggestion"]["any type"]["sensitivity"]["estimate"] == 1.0
    assert found["suggestion"]["any type"]["specificity"]["estimate"] == 1.0
    assert found["auc"] == 1.0
    assert abs(found["volumes"]["bias_share"]) < 0.1
    assert {kind: len(values) > 0 for kind, values in compared.z.items()}[2]


def half(level: Level, marked: tuple[ModicType, ...], found: tuple[ModicType, ...], p: float) -> HalfPair:
    first = (marked or (NONE,))[0], (found or (NONE,))[0]
    return HalfPair(level, Half.UPPER, marked, found, *first, p)


def made(name: str, patient: str, halves: tuple[HalfPair, ...], headers: Mapping[str, Any]) -> Compared:
    bodies = (
        BodyPair(Level.L4, 0.9, 30.0, 31.0, True),
        BodyPair(Level.L5, 0.0, 28.0, 0.0, False),
        BodyPair(None, 0.8, 25.0, 24.0, None),
    )
    z = {kind: np.full((5, 2), kind, np.float32) for kind in (1, 2, 3)}
    return Compared(name, patient, headers, bodies, halves, 30, 50, 70, z, PANEL)


@pytest.fixture
def drawn() -> list[Compared]:
    headers = {
        "t1": {"tr_ms": 500.0, "field_cm": 28.0},
        "patient": {"age": 61, "sex": "F"},
    }
    first = (half(Level.L4, (ONE,), (ONE, TWO), 0.9), half(Level.L5, (), (), 0.2))
    second = (half(Level.L4, (TWO,), (), 0.1), half(Level.L5, (), (THREE,), 0.6))
    third = (half(Level.L4, (), (), 0.05), half(Level.S1, (TWO,), (TWO,), 0.8))
    return [
        made("a", "P", first, headers),
        made("b", "Q", second, {}),
        made("c", "R", third, {}),
    ]


def test_figures_are_those_counted_by_hand(drawn: list[Compared]) -> None:
    found = figures(drawn)
    presence = found["any_voxel"]["any type"]
    assert presence["counts"] == [[2, 1], [1, 2]]
    assert presence["sensitivity"]["estimate"] == pytest.approx(2 / 3)
    assert presence["specificity"]["estimate"] == pytest.approx(2 / 3)
    assert presence["kappa"]["estimate"] == pytest.approx(1 / 3)
    assert found["any_voxel"]["type 2"]["counts"] == [[3, 1], [1, 1]]
    assert found["suggestion"]["type 2"]["counts"] == [[4, 0], [1, 1]]
    assert found["bodies"]["dice"]["estimate"] == pytest.approx((0.9 + 0.0 + 0.8) / 3)
    assert found["bodies"]["missed"] == 3
    assert (found["bodies"]["named_right"], found["bodies"]["named"]) == (3, 6)
    assert found["voxels"]["dice"] == pytest.approx(2 * 90 / (150 + 210))
    assert found["auc"] == pytest.approx(7 / 9)
    rows = {row["level"]: row for row in found["prevalence"]}
    assert rows["all"]["marked"]["any type"] == 0.5
    assert rows["L4"]["found"]["2"] == pytest.approx(1 / 3)
    assert rows["S1"]["halves"] == 1
    with pytest.raises(ValueError, match="no exam is left"):
        figures([])


def test_the_files_hold_pictures_tables_and_pages_and_are_the_same_twice(drawn: list[Compared]) -> None:
    def files() -> dict[str, bytes]:
        facts = {"detect 1": "SHA-256 d"}
        said = {"d": "T1 and T2 do not overlap"}
        day = date(2026, 1, 1)
        return report_files(drawn, figures(drawn), said, facts, PUBLISHED, day, synthetic=True)

    found = files()
    assert found == files()
    assert set(found) == {
        *("report.json", "report.html", "report.pdf", "tables/halves.csv"),
        *(f"tables/{name}.csv" for name in ("table-1", "table-2", "bodies", "prevalence")),
        *(f"figures/{name}.svg" for name in ("dice", "volumes", "people", "scatter", "panels", "prevalence")),
    }
    page = found["report.html"].decode()
    for words in ("SYNTHETIC DATA", "Research use only", "T1 and T2 do not overlap", "SHA-256 d", "0.71"):
        assert words in page
    assert found["report.pdf"].startswith(b"%PDF")
    rows = list(csv.DictReader(io.StringIO(found["tables/halves.csv"].decode())))
    assert len(rows) == 6
    assert rows[0]["found_types"] == "1 2"
    table = found["tables/table-1.csv"].decode()
    assert "500 to 500 (mean 500), 1 exams" in table
    assert "not known" in table
    nobody = [replace(exam, headers={}) for exam in drawn]
    less = report_files(nobody, figures(nobody), {}, {}, PUBLISHED, date(2026, 1, 1), synthetic=False)
    assert "figures/people.svg" not in less
    assert "SYNTHETIC" not in less["report.html"].decode()


def test_whoever_was_learned_from_or_cannot_be_mapped_is_left_out_and_said(
    phantom: Phantom, exam: AnnotatedExam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [replace(exam, name="two", patient="P2"), replace(exam, name="three", patient="P3", t2=None)]
    monkeypatch.setattr(command, "read_exams", lambda folder: [exam, *others])
    keep_split(tmp_path / "runs" / "detect", {"P2"}, {"P9"})
    out, heard = tmp_path / "report", list[str]()
    wish = command.Wish(out, tmp_path, range(0), tmp_path / "runs", date(2026, 1, 1))
    command.write_report(wish, localizer_for(phantom), detector_for(phantom), MapSettings(), heard.append)
    stored = json.loads((out / "report.json").read_text())
    assert stored["exams"] == 1
    assert stored["left_out"] == {
        "two": "a network, or the centroids, learned from this patient",
        "three": "three lacks t2 or modic: it cannot be judged",
    }
    assert stored["synthetic"] is False
    assert heard[0] == "one: judged"
    assert stored["Learned from"].startswith("1 persons, by 1 record(s)")


def test_exams_whose_headers_say_so_are_told_to_be_synthetic(
    phantom: Phantom, exam: AnnotatedExam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "phantom_exams", lambda seeds, second: [replace(exam, synthetic=True)])
    heard: list[str] = []
    wish = command.Wish(tmp_path / "report", None, range(5, 7), None, date(2026, 1, 1), second=True)
    command.write_report(wish, localizer_for(phantom), detector_for(phantom), MapSettings(), heard.append)
    stored = json.loads((tmp_path / "report" / "report.json").read_text())
    assert stored["synthetic"] is True
    assert stored["Exams"] == "phantoms of the second appearance, seeds 5 to 6"
    assert stored["Learned from"].startswith("no record of training was found")
    assert stored["Learned from"] in heard


@pytest.mark.parametrize(("more", "seeds"), [([], PHANTOM_SEEDS), (["--second-appearance"], SECOND_SEEDS)])
def test_each_appearance_is_judged_on_seeds_of_its_own(
    exam: AnnotatedExam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], seeds: range
) -> None:
    """The exam that is given here can't be judged, which ends the command."""
    asked: list[tuple[range, bool]] = []

    def made(wanted: range, *, second: bool) -> list[AnnotatedExam]:
        asked.append((wanted, second))
        return [replace(exam, t2=None)]

    monkeypatch.setattr(command, "phantom_exams", made)
    facts = {"name": "none", "version": "1", "digest": "d"}
    monkeypatch.setattr(inprocess, "exported", lambda model, folder: SimpleNamespace(**facts))
    options = ["--phantoms", "2", "--out", str(tmp_path / "out"), "--runs", str(tmp_path)]
    assert main(["evaluate", "report", *options, *more]) == 1
    assert asked == [(seeds[:2], bool(more))]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    wish = command.Wish(tmp_path, None, range(0), None, date(2026, 1, 1))
    with pytest.raises(ValueError, match="holds other files"):
        command.write_report(wish, None, None, MapSettings(), print)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
