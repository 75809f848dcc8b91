"""A synthetic study from a protocol, opened, read by robots, locked, and left as files."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from readerstudy.accounts import services as accounts
from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.demo.robots import Skill
from readerstudy.demo.simulation import Desk, Robots, expected_agreement, go_through, skills_of
from readerstudy.demo.synthetic_cases import MapAccuracy, Truth, draw_suggestions, draw_truth, make_exam
from readerstudy.demo.watching import Watch
from readerstudy.predictions import shams
from readerstudy.predictions.models import ModicMap
from readerstudy.reports import documents
from readerstudy.reports import policies as report_policies
from readerstudy.reports import services as reports
from readerstudy.reports.models import Analysis
from readerstudy.studies import selectors, services
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import Document

FOREVER = 10**9


class NotScratch(RuntimeError):
    """Where people read, nothing is simulated."""


def simulate(
    document: Document,
    *,
    cases: int,
    robots: Robots,
    seed: int,
    studies: int,
    out: Path,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Live the whole protocol once and leave its report and data in `out`; returns the summary.

    Robots need no calibration: it is left out. Raises Stopped where the watch says so.

    Raises NotScratch unless the installation is a demo that holds no study and no person.
    """
    if not settings.DEMO or Study.objects.exists() or User.objects.exists():
        raise NotScratch(
            "A simulation runs in a scratch installation of its own, started as a demo: where there are "
            "studies or people, nothing is simulated."
        )
    document = {key: value for key, value in document.items() if key != "calibration"}
    rng = np.random.default_rng(seed)
    password = secrets.token_urlsafe(24)
    coordinator = accounts.create_person(username="coordinator", password=password, role=Role.COORDINATOR)
    watch = watch or Watch()
    watch.stage("Drawing the cases and their maps")
    truths = _make_cases(cases, rng)
    skills = skills_of(document, robots, rng)
    desks = _desks(_open(document, coordinator, password), password, skills, robots, rng, seed)
    assigned = sum(desk.enrolment.assignments.count() for desk in desks)
    watch.stage("The robots begin", total=assigned)
    calendar = go_through(desks, truths, watch)
    watch.stage("Locking and analysing")
    left = any(desk.leaves_after < FOREVER for desk in desks)
    analysis = reports.lock_study(
        study_id=desks[0].enrolment.study_id,
        person=coordinator,
        password=password,
        meaning=report_policies.MEANINGS[0],
        reason="Simulated readers left the study." if left else "",
    )
    watch.stage("Drawing studies for the distribution of kappa")
    summary = {
        "notice": "SYNTHETIC: readers and cases are simulated. Research use only, not a medical device.",
        "seed": seed,
        "cases": cases,
        "robots": [asdict(skill) for skill in skills],
        "reads": sum(desk.read for desk in desks),
        "calendar": calendar,
        "expected_agreement": expected_agreement(document, skills, cases=cases, studies=studies, seed=seed),
    }
    _leave(out, analysis, document, summary)
    return summary


def _desks(
    study: Study,
    password: str,
    skills: Sequence[Skill],
    robots: Robots,
    rng: np.random.Generator,
    seed: int,
) -> list[Desk]:
    """A robot for every reader; some of them leave early."""
    desks = [
        Desk(enrolment, password, skill, np.random.default_rng([seed, enrolment.index]), FOREVER)
        for enrolment, skill in zip(selectors.enrolments_of(study), skills, strict=True)
    ]
    for desk in desks:
        periods = desk.enrolment.periods.count()
        if any(rng.random() < robots.drop_out for _ in range(periods)):
            desk.leaves_after = int(rng.integers(0, desk.enrolment.assignments.count()))
    return desks


def _make_cases(cases: int, rng: np.random.Generator) -> dict[str, Truth]:
    truths = {}
    for number in range(1, cases + 1):
        truth = draw_truth(rng)
        truths[make_exam(number, draw_suggestions(truth, MapAccuracy(), rng)).pseudonym] = truth
    return truths


def _open(document: Document, coordinator: User, password: str) -> Study:
    readers = [
        accounts.create_person(username=f"robot-{role['index']}", password=password, role=Role.READER)
        for role in document["readers"]
    ]
    study = services.set_up_study(
        actor=coordinator,
        study=None,
        name=f"Simulation of {document['title']}"[:120],
        exams=list(selectors.released_exams()),
        readers=readers,
        document=document,
    )
    if selectors.shows_shams(document):
        for modic_map in ModicMap.objects.all():
            shams.make_sham(map_id=modic_map.pk)
    return services.open_study(actor=coordinator, study=study)


def _leave(out: Path, analysis: Analysis, document: Document, summary: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "protocol.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    (out / "simulation.json").write_text(json.dumps(summary, indent=1) + "\n")
    (out / "report.json").write_text(analysis.result)
    (out / "readings.csv").write_text(analysis.lock.dataset)
    (out / "report.html").write_text(documents.html(analysis.result))
