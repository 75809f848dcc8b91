"""Robots go through whole protocols by HTTP, in a scratch installation and nowhere else (line D6)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from readerstudy.audit import selectors as audit
from readerstudy.common import clock
from readerstudy.demo.robots import Skill
from readerstudy.demo.scratch_study import NotScratch, simulate
from readerstudy.demo.simulation import Robots, expected_agreement, skills_of
from readerstudy.demo.synthetic_cases import MapAccuracy, draw_suggestions, draw_truth
from readerstudy.reads.models import Read, Reveal
from readerstudy.studies import protocol
from readerstudy.studies.models import Study
from tests import cast


@pytest.fixture
def scratch(settings, tmp_path: Path) -> Path:
    settings.DEMO, settings.DATA_DIR, settings.MEDIA_ROOT = True, tmp_path, tmp_path / "media"
    settings.ALLOWED_HOSTS = ["testserver"]
    return tmp_path


def run(out: Path, key: str, **changes: Any) -> dict[str, Any]:
    wanted = {"cases": 4, "robots": Robots(), "seed": 3, "studies": 5, **changes}
    return simulate(protocol.make(key, readers=3 if key == "gao-2022" else 2), out=out, **wanted)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["gao-2022", "second-read", "on-demand", "sham"])
def test_robots_live_a_whole_protocol_and_leave_its_report(scratch: Path, key: str) -> None:
    begun = clock.now()
    out = scratch / "out"
    summary = run(out, key)
    study = Study.objects.get()
    assert (study.state, study.synthetic) == ("locked", True)
    assigned = sum(enrolment.assignments.count() for enrolment in study.enrolments.all())
    assert summary["reads"] == Read.objects.filter(state="submitted").count() == assigned
    document = study.protocols.get().document
    if len(document["periods"]) > 1:
        assert (clock.now() - begun).days >= 28, "the washout was waited out"
    if key == "on-demand":
        assert Reveal.objects.exists()
    assert audit.breaks() == []
    report = json.loads((out / "report.json").read_text())
    assert report["synthetic"] is True
    assert "SYNTHETIC" in (out / "report.html").read_text()
    assert (out / "readings.csv").read_text().count("\n") == 1 + assigned * len(document["question"]["sites"])
    assert json.loads((out / "simulation.json").read_text()) == summary
    assert len(summary["expected_agreement"]) == len(document["statistics"]["pairs"])


@pytest.mark.django_db
def test_robots_that_leave_are_missing_and_the_lock_says_so(scratch: Path) -> None:
    summary = run(scratch / "out", "gao-2022", robots=Robots(drop_out=0.95))
    assert summary["reads"] < 20
    lock = json.loads((scratch / "out" / "report.json").read_text())["lock"]
    assert "left the study" in lock["reason"]


@pytest.mark.django_db
def test_nothing_is_simulated_where_there_are_people_or_no_demo(scratch: Path, settings) -> None:
    cast.reader()
    with pytest.raises(NotScratch):
        run(scratch / "out", "gao-2022")
    assert not Study.objects.exists()
    settings.DEMO = False
    with pytest.raises(NotScratch):
        run(scratch / "out", "gao-2022")


def test_what_is_expected_follows_the_robots_and_repeats() -> None:
    document = protocol.make()
    perfect = [Skill(seen=1, invented=0, typed=1, trust=0)] * 3
    for row in expected_agreement(document, perfect, cases=20, studies=5, seed=1):
        assert row["before"]["mean"] == row["after"]["mean"] == 1
        assert row["change"]["mean"] == 0
    poor = [Skill(seen=0.6, invented=0.1, typed=0.6, trust=trust) for trust in (0, 0.9, 0.9)]
    pair = next(
        row
        for row in expected_agreement(document, poor, cases=40, studies=20, seed=1)
        if row["pair"] == ["R2", "R3"]
    )
    assert pair["change"]["low"] > 0, "those who trust the same map agree more"
    assert expected_agreement(document, poor, cases=10, studies=3, seed=7) == expected_agreement(
        document, poor, cases=10, studies=3, seed=7
    )


def test_a_map_is_as_accurate_as_stated() -> None:
    rng = np.random.default_rng(1)
    found, present, silent, absent = 0, 0, 0, 0
    for _ in range(600):
        truth = draw_truth(rng)
        said = draw_suggestions(truth, MapAccuracy(), rng)
        present += sum(bool(kind) for kind in truth.values())
        found += sum(bool(truth[site]) and bool(said[site]) for site in truth)
        absent += sum(not kind for kind in truth.values())
        silent += sum(not truth[site] and not said[site] for site in truth)
    assert found / present == pytest.approx(0.71, abs=0.03)
    assert silent / absent == pytest.approx(0.95, abs=0.01)
    assert present / (present + absent) == pytest.approx(0.27, abs=0.03)


def test_robots_are_alike_but_not_the_same_and_the_baseline_sees_more() -> None:
    document = protocol.make(readers=40)
    skills = skills_of(document, Robots(seen=0.6, spread=0.02), np.random.default_rng(1))
    assert len({skill.seen for skill in skills}) == 40
    assert skills[0].seen > max(skill.seen for skill in skills[1:])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-file.json"], "No such file"),
        (["gao-2022", "--cases", "1"], "2 to 2000 cases"),
        (["split-plot", "--readers", "2"], "takes 4 readers"),
    ],
)
def test_what_can_not_be_simulated_is_said(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("simulate", *arguments)
