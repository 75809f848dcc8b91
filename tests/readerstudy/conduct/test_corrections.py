"""A correction is a new read with a reason; what was handed in stays (R4, trust 12)."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from readerstudy.audit.models import Event
from readerstudy.common.errors import BadInput, Conflict
from readerstudy.conduct.models import NotedDeviation, Reopening
from readerstudy.conduct.states import Deviation
from readerstudy.reads.models import Exposure, Read
from readerstudy.reads.reopening import reopen
from readerstudy.reports import dataset, selectors
from readerstudy.studies.selectors import protocol_of
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
REASON = "Upper and lower were mixed up at L4."


def table(study) -> list[dict[str, str]]:
    text = dataset.render(selectors.dataset_rows(study, protocol_of(study).document), synthetic=True)
    return list(csv.DictReader(io.StringIO(text)))


def reopened(study, reader, position: int = 1) -> Reopening:
    assignment = reader.enrolment.assignments.get(period__number=1, position=position)
    return reopen(actor=study.created_by, assignment=assignment, reason=REASON)


def test_trust_12_a_correction_stands_beside_the_original_and_both_are_exported(study, travel) -> None:
    reader = desk(study, 1)
    first = reader.read_one(grade=1)
    reopened(study, reader)
    again = reader.open()
    assert (again["position"], again["answers"]) == (1, []), "nothing is preset"
    assert again["id"] != first["id"]
    reader.look(again)
    reader.post_submit(again, answers_to(again, grade=2))
    rows = [row for row in table(study) if row["reader"] == "R1" and row["position"] == "1"]
    assert {(row["read"], row["grade"], row["full"], row["excluded"]) for row in rows} == {
        ("1", "1", "yes", ""),
        ("2", "2", "no", "not the primary read"),
    }
    assert {row["deviations"] for row in rows if row["read"] == "2"} == {"reopened"}
    event = Event.objects.get(action="read.reopened")
    assert (event.object_id, event.reason) == (first["id"], REASON)
    assert (event.before["state"], event.after["state"]) == ("locked", "reopened")


def test_the_plan_may_take_the_correction_as_primary(study) -> None:
    reader = desk(study, 1)
    reader.read_one(grade=1)
    reopened(study, reader)
    reader.read_one(grade=2)
    document = protocol_of(study).document
    document["statistics"]["primary_read"] = "correction"
    text = dataset.render(selectors.dataset_rows(study, document), synthetic=True)
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["grade"]]
    assert {(row["read"], row["full"]) for row in rows} == {("1", "no"), ("2", "yes")}
    analysed = dataset.analysed(dataset.parse(text), "full")
    assert set(analysed["grade"].dropna()) == {2}


def test_until_it_is_handed_in_a_correction_is_no_data(study) -> None:
    reader = desk(study, 1)
    reader.read_one(grade=1)
    reopened(study, reader)
    read = reader.open()
    reader.put_draft(read, answers_to(read, grade=3))
    rows = [row for row in table(study) if row["reader"] == "R1" and row["position"] == "1"]
    assert {(row["read"], row["grade"]) for row in rows} == {("1", "1")}


def test_the_case_under_way_is_finished_first(study) -> None:
    reader = desk(study, 1)
    reader.read_one()
    under_way = reader.open()
    reader.look(under_way)
    reopened(study, reader)
    assert reader.open()["id"] == under_way["id"]
    reader.post_submit(reader.open(), answers_to(under_way))
    assert reader.open()["position"] == 1
    reader.read_one()
    assert reader.next()["status"] == "complete"


def test_a_correction_waits_for_its_washout_and_holds_up_nothing_else(study, travel) -> None:
    """Seen in the second period a day ago, a case of the first is not shown again for four weeks."""
    reader = desk(study, 2)
    reader.read_period()
    travel.shift(timedelta(hours=672))
    reader.sign_in_again()
    read = reader.read_one()
    seen = Exposure.objects.latest("last_at").last_at
    case = Read.objects.get(pk=read["id"]).assignment.case
    first = reader.enrolment.assignments.get(period__number=1, case=case)
    reopen(actor=study.created_by, assignment=first, reason=REASON)
    assert reader.read_one()["position"] == 2, "the order goes on"
    answer = reader.next()
    assert datetime.fromisoformat(answer["opens_at"]) == seen + timedelta(hours=672)
    travel.move_to(seen + timedelta(hours=672))
    reader.sign_in_again()
    assert reader.read_one()["period"]["number"] == 1


def test_a_correction_may_be_corrected(study) -> None:
    reader = desk(study, 1)
    for number in (1, 2, 3):
        reader.read_one(grade=number)
        if number < 3:
            reopened(study, reader)
    numbers = Read.objects.filter(assignment__position=1, assignment__enrolment=reader.enrolment)
    assert list(numbers.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    assert NotedDeviation.objects.filter(kind=Deviation.REOPENED).count() == 2


def test_only_what_is_handed_in_and_not_asked_for_already_can_be_reopened(study) -> None:
    reader = desk(study, 1)
    with pytest.raises(Conflict, match="handed in"):
        reopened(study, reader)
    reader.open()
    with pytest.raises(Conflict, match="handed in"):
        reopened(study, reader)
    reader.read_one()
    with pytest.raises(BadInput, match="sentence"):
        reopen(actor=study.created_by, assignment=reader.enrolment.assignments.first(), reason=" ")
    reopened(study, reader)
    with pytest.raises(Conflict, match="not reopened already"):
        reopened(study, reader)


def test_trust_12_the_database_takes_no_second_read_without_a_reason(study) -> None:
    reader = desk(study, 1)
    read = Read.objects.get(pk=reader.read_one()["id"])
    with pytest.raises(DatabaseError), transaction.atomic():
        Read.objects.create(assignment=read.assignment, number=2, opened_at=read.opened_at)
    reopened(study, reader)
    Read.objects.create(assignment=read.assignment, number=2, opened_at=read.opened_at)
    with pytest.raises(DatabaseError), transaction.atomic():
        Read.objects.create(assignment=read.assignment, number=3, opened_at=read.opened_at)
