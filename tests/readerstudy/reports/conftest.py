"""A study that was read to its end, with the made-up grades shaped like the paper's Table 3."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from readerstudy.reads.models import Exposure, Grade, Read
from readerstudy.reads.states import Item, ReadState
from readerstudy.reports import services
from readerstudy.reports.policies import MEANINGS
from readerstudy.studies.models import Assignment, Study
from tests import cast
from tests.factories import LONG_AGO, make_study

TABLE = Path(__file__).parents[2] / "annotations" / "data" / "table3_like.csv"
ARMS = {"unaided": "initial", "assisted": "assisted"}
PASSWORD = cast.PASSWORD
MEANING = MEANINGS[0]


def table3_like() -> dict[tuple[int, int, str, str, str], int]:
    """(case, reader, phase, level, half) -> grade."""
    with TABLE.open(newline="") as file:
        return {
            (int(r["exam"][1:]), int(r["reader"]), r["phase"], r["level"], r["endplate"]): int(r["grade"])
            for r in csv.DictReader(file)
        }


def submit(assignment: Assignment, answers: list[dict]) -> Read:
    """A submitted read with these answers, straight in the database, four weeks and a bit between periods."""
    opened = LONG_AGO + timedelta(days=30 * assignment.period.number, minutes=10 * assignment.position)
    read = Read.objects.create(assignment=assignment, opened_at=opened)
    reader = assignment.enrolment.reader
    Grade.objects.bulk_create(Grade(read=read, reader=reader, at=opened, **answer) for answer in answers)
    spell = {"first_at": opened, "last_at": opened + timedelta(minutes=5)}
    Exposure.objects.create(read=read, item=Item.PIXELS, **spell, **read.seen_by)
    read.state, read.submitted_at = ReadState.SUBMITTED, opened + timedelta(minutes=6)
    read.save()
    return read


def read_all(study: Study, *, leave_out: int = 0) -> None:
    """Every assigned read but the last `leave_out` of them, graded as in the table."""
    grades = table3_like()
    assignments = Assignment.objects.filter(enrolment__study=study).select_related(
        "case", "enrolment__reader", "period"
    )
    for assignment in list(assignments)[: len(assignments) - leave_out]:
        key = (assignment.case.number, assignment.enrolment.index, ARMS[assignment.arm])
        submit(
            assignment,
            [
                {"level": level, "half": half, "grade": grades[(*key, level, half)]}
                for level in ("L1", "L2", "L3", "L4", "L5", "S1")
                for half in ("upper", "lower")
            ],
        )


@pytest.fixture
def coordinator(db):
    return cast.coordinator()


@pytest.fixture
def open_study(coordinator):
    """Twenty cases, opened, nothing read."""
    return make_study(cases=20, actor=coordinator)


@pytest.fixture
def finished_study(open_study):
    """The same with every read submitted."""
    read_all(open_study)
    return open_study


@pytest.fixture
def analysis(finished_study, coordinator):
    """The same, locked and analysed."""
    return services.lock_study(
        study_id=finished_study.pk, person=coordinator, password=PASSWORD, meaning=MEANING
    )
