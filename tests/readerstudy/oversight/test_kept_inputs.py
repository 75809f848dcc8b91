"""Input that did not become answers stands in the audit export and in the report's account of deviations."""

import json

import pytest

from readerstudy.oversight.facts import facts_of
from readerstudy.reports import services as reports
from readerstudy.reports.tables import conduct_tables
from tests import cast
from tests.readerstudy.reads.desk import answers_to, desk
from tests.readerstudy.reports.conftest import MEANING

pytestmark = pytest.mark.django_db


@pytest.fixture
def contested(study):
    """Reader 2 sent type 3 from a window that had lost the case, then handed in zeros."""
    reader = desk(study, 2)
    lost = reader.open()
    held = reader.open()
    late = reader.put_draft(lost, answers_to(lost, grade=3), entered_at="2026-03-01T10:00:00Z")
    assert late.status_code == 409
    reader.look(held)
    assert reader.post_submit(held, answers_to(held)).status_code == 200
    return study


def test_the_audit_export_says_what_came_when_and_why_and_not_what_it_said(contested) -> None:
    [kept] = facts_of(contested)["kept_inputs"]
    case = contested.enrolments.get(index=2).assignments.get(period__number=1, position=1).case.number
    assert (kept["reader"], kept["period"], kept["case"]) == (2, 1, case)
    assert (kept["why"], kept["entered_at"]) == ("opened-elsewhere", "2026-03-01T10:00:00+00:00")
    assert "grade" not in json.dumps(kept)
    assert "answers" not in kept


def test_the_report_counts_it_by_reader_and_reason(contested) -> None:
    analysis = reports.lock_study(
        study_id=contested.pk,
        person=contested.created_by,
        password=cast.PASSWORD,
        meaning=MEANING,
        reason="Stopped early.",
    )
    conduct = json.loads(analysis.result)["conduct"]
    assert [(row["reader"], row["inputs"]) for row in conduct["kept_inputs"]] == [("R2", 1)]
    [table] = [table for table in conduct_tables(conduct) if table.name == "kept-inputs"]
    assert table.rows == (("R2", "came from a window or device that no longer had the case", "1"),)
    assert not any(t.name == "kept-inputs" for t in conduct_tables(conduct | {"kept_inputs": []}))
