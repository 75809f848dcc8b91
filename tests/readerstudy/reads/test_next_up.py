"""The next case is found behind what is settled, and is the one a search of everything finds (trust 7)."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.test.utils import CaptureQueriesContext

from readerstudy.common import clock
from readerstudy.reads import next_up, places, selectors, services
from readerstudy.reads.models import Exposure, Place, Read
from readerstudy.reads.states import ReadState
from readerstudy.studies import protocol
from readerstudy.studies.models import Assignment, CaseWithdrawal, Enrolment, Study
from readerstudy.studies.services import casework
from readerstudy.studies.states import WashoutMode, WithdrawalReason
from tests import factories
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def searched(enrolment: Enrolment, closed: list[int]) -> list[int]:
    """Keys of all that is unread, in the stored order, by the tables themselves."""
    rows = enrolment.assignments.exclude(read__state=ReadState.SUBMITTED)
    rows = rows.exclude(Exists(CaseWithdrawal.objects.filter(case=OuterRef("case"))))
    looked_at = Q(state=ReadState.DRAFT) | Q(state=ReadState.OPENED, exposures__isnull=False)
    under_way = Exists(Read.objects.filter(looked_at, assignment=OuterRef("pk")))
    rows = rows.exclude(~under_way, period__number__in=closed)
    return list(rows.order_by("period__number", "position", "part").values_list("pk", flat=True))


def hand_in(assignment: Assignment) -> None:
    Read.objects.update_or_create(
        assignment=assignment,
        number=1,
        defaults={"state": ReadState.SUBMITTED, "opened_at": NOW, "submitted_at": NOW},
    )


@pytest.mark.parametrize("template", ["gao-2022", "second-read", "crossover"])
@pytest.mark.parametrize("seed", range(3))
def test_trust_7_the_next_case_is_what_a_search_of_the_whole_order_finds(
    template: str, seed: int, travel, monkeypatch
) -> None:
    """Handed in in order and out of it, opened, looked at, withdrawn; the first period closed half-way."""
    monkeypatch.setattr(places, "EVERY", 2)
    chance = random.Random(seed)
    document = protocol.make(template)
    document["periods"][0]["closes_at"] = "2026-03-10T12:00:00Z"
    study = factories.make_study(cases=7, document=document)
    enrolment = study.enrolments.select_related("study", "reader").get(index=2)
    for step in range(20):
        now, closed = clock.now(), [1] if step >= 14 else []
        found = next_up.next_up(enrolment, now=now).coming
        keys = searched(enrolment, closed)
        assert (found.pk if found else None) == next(iter(keys), None)
        assert next_up.next_assignment(enrolment, now=now) == found
        if found is None:
            break
        after = next_up.assignment_after(found, now=now)
        in_period = [a.pk for a in Assignment.objects.filter(pk__in=keys, period=found.period)]
        assert (after.pk if after else None) == next((k for k in keys[1:] if k in in_period), None)
        places.keep_place(coming=found, now=now)
        act(chance, study, found, list(Assignment.objects.filter(pk__in=keys)))
        if step == 13:
            travel.shift(timedelta(days=9))
    assert Place.objects.exists()


def act(chance: random.Random, study: Study, found: Assignment, unread: list[Assignment]) -> None:
    wish = chance.random()
    any_one = chance.choice([one for one in unread if one.part == 1] or [found])
    if wish < 0.6:
        hand_in(found)
    elif wish < 0.7:
        hand_in(any_one)
    elif wish < 0.8 and study.cases.filter(withdrawal__isnull=True).count() > 3:
        casework.withdraw_case(
            actor=study.created_by,
            study=study,
            case_id=any_one.case_id,
            reason=WithdrawalReason.IMAGES,
            words="T2 ends above L4.",
        )
    elif not Read.objects.filter(assignment=any_one).exists():
        read = Read.objects.create(assignment=any_one, opened_at=NOW, state=ReadState.OPENED)
        if wish < 0.9:
            Exposure.objects.create(read=read, item="pixels", first_at=NOW, last_at=NOW, **read.seen_by)


@pytest.mark.parametrize("under_way", [False, True])
def test_r8_a_case_that_was_opened_with_the_answer_before_and_never_seen_is_not_given_once_closed(
    travel, under_way: bool
) -> None:
    document = protocol.make()
    document["periods"][0]["closes_at"] = "2026-03-01T13:00:00Z"
    reader = desk(factories.make_study(cases=3, document=document), 2)
    first = reader.open()
    reader.look(first)
    coming = reader.post_submit(first, answers_to(first)).json()["next"]
    assert coming["status"] == "reading"
    if under_way:
        reader.look(coming["read"])
    travel.shift(timedelta(hours=1))
    given = reader.next()
    if under_way:
        assert given["read"]["id"] == coming["read"]["id"]
    else:
        assert given["status"] == "waiting", "the second period, after its washout"


def refused(sql: str, rule: str) -> None:
    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_no_place_leads_what_is_settled_whoever_writes_it(study, monkeypatch) -> None:
    monkeypatch.setattr(places, "EVERY", 1)
    reader = desk(study, 2)
    reader.read_one()
    reader.open()
    place = Place.objects.get()
    assert (place.settled_to, place.enrolment_id) == (1, reader.enrolment.pk)
    refused("UPDATE reads_place SET settled_to = 2", "never leads")
    refused("UPDATE reads_place SET settled_to = 0", "never leads")
    other = study.enrolments.get(index=3)
    with pytest.raises(DatabaseError, match="never leads"), transaction.atomic():
        Place.objects.create(enrolment=other, period=place.period, settled_to=1)
    held = Assignment.objects.get(enrolment=reader.enrolment, period=place.period, position=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Assignment.objects.create(
            enrolment=held.enrolment,
            period=held.period,
            case=held.case,
            position=1,
            arm=held.arm,
            arm_name=held.arm_name,
            part=2,
        )


def test_trust_6_an_exposure_is_of_its_reads_reader_exam_and_session_whoever_writes_it(study) -> None:
    reader = desk(study, 2)
    read = reader.open()
    reader.look(read)
    exposure = Exposure.objects.get()
    assignment = Read.objects.get().assignment
    assert exposure.reader == reader.user
    assert exposure.exam == assignment.case.exam
    assert (exposure.enrolment, exposure.period) == (assignment.enrolment, assignment.period)
    for column in ("reader_id", "period_id"):
        refused(f"UPDATE reads_exposure SET {column} = {column} + 1", "its reads")
    others = {
        "reader_id": study.enrolments.get(index=3).reader_id,
        "exam_id": study.cases.exclude(pk=assignment.case_id).get().exam_id,
        "enrolment_id": study.enrolments.get(index=3).pk,
        "period_id": study.periods.get(number=2).pk,
    }
    for column, other in others.items():
        wrong = {**Read.objects.get().seen_by, column: other}
        with pytest.raises(DatabaseError, match="its reads"), transaction.atomic():
            Exposure.objects.create(
                read=Read.objects.get(), item="modic-map", first_at=NOW, last_at=NOW, **wrong
            )


@pytest.mark.parametrize("mode", WashoutMode)
def test_a_decision_takes_as_many_queries_however_much_was_read(mode: WashoutMode, travel) -> None:
    def asked(cases: int) -> int:
        study = factories.make_study(cases=cases, document=protocol.make(washout_mode=mode))
        reader = desk(study, 2)
        for _ in range(cases - 1):
            reader.read_one()
        with CaptureQueriesContext(connection) as queries:
            enrolment = Enrolment.objects.select_related("study", "reader").get(pk=reader.enrolment.pk)
            for assignment in next_up.next_up(enrolment, now=clock.now()).candidates:
                selectors.washout_of(assignment, now=clock.now())
        return len(queries)

    assert asked(2) == asked(5) == 4


def test_the_place_is_kept_at_every_sixteenth_case(travel) -> None:
    study = factories.make_study(cases=18)
    reader = desk(study, 2)
    for assignment in reader.enrolment.assignments.filter(period__number=1, position__lte=16):
        hand_in(assignment)
    assert not Place.objects.exists()
    services.next_case(reader=reader.user, enrolment_id=reader.enrolment.pk)
    assert Place.objects.get().settled_to == 16
