"""Deviations are written by the system, decided by a person; withdrawals keep data (R8, trust 10)."""

import copy
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from readerstudy.audit.models import Event
from readerstudy.common.errors import Conflict
from readerstudy.conduct import selectors, services
from readerstudy.conduct.models import DeviationDecision, NotedDeviation
from readerstudy.conduct.states import Deviation, Verdict
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.reads.models import Grade, Read
from readerstudy.reports import services as reports
from readerstudy.reports.policies import MEANINGS
from readerstudy.reports.standing import exclusions
from readerstudy.studies import protocol
from readerstudy.studies.selectors import protocol_of
from readerstudy.studies.services.casework import withdraw_case
from readerstudy.studies.states import WithdrawalReason
from tests import cast, factories
from tests.readerstudy.conduct.test_corrections import table
from tests.readerstudy.reads.desk import answers_to, desk
from tests.readerstudy.reads.test_amending import amend

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
REASON = "Nothing speaks against the grades."


def kinds() -> list[str]:
    return list(NotedDeviation.objects.values_list("kind", flat=True))


def decide(study, verdict: Verdict) -> None:
    services.decide_deviation(
        actor=study.created_by, deviation=NotedDeviation.objects.get(), verdict=verdict, reason=REASON
    )


def lock(study, **wishes):
    return reports.lock_study(
        study_id=study.pk,
        person=study.created_by,
        password=cast.PASSWORD,
        meaning=MEANINGS[0],
        reason="Reading was ended early.",
    )


def test_r8_a_plain_read_deviates_in_nothing(study, travel) -> None:
    desk(study, 2).read_period()
    assert kinds() == []


def test_r8_a_read_whose_images_were_never_sent_is_noted(study, travel) -> None:
    reader = desk(study, 1)
    read = reader.open()
    reader.post_submit(read, answers_to(read))
    assert kinds() == [Deviation.IMAGES_NOT_SENT]
    event = Event.objects.get(action="deviation.noted")
    assert (event.actor, event.after["reader"], event.after["kind"]) == ("system", 1, "images-not-sent")


def test_r8_an_assisted_read_without_its_map_is_noted(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_period()
    travel.shift(timedelta(hours=672))
    reader.sign_in_again()
    read = reader.open()
    reader.look(read)
    reader.client.get(read["map_url"])
    reader.post_submit(read, answers_to(read))
    assert kinds() == []
    reader.read_one()
    assert kinds() == [Deviation.AID_FAILURE]


def test_r8_a_long_pause_is_noted_with_its_length(study, travel) -> None:
    reader = desk(study, 1)
    reader.look(reader.open())
    travel.shift(timedelta(hours=7))
    reader.open()
    travel.shift(timedelta(hours=10))
    reader.sign_in_again()
    reader.read_one()
    assert NotedDeviation.objects.get().detail == "10.0 hours"


def test_r8_what_was_seen_elsewhere_while_it_was_read_is_noted(study, travel) -> None:
    reader = desk(study, 2)
    read = reader.open()
    reader.look(read)
    exam = Read.objects.get().assignment.case.exam
    note_sighting(person=reader.user, exam=exam, occasion=Occasion.CALIBRATION)
    travel.shift(timedelta(days=28, seconds=1))
    reader.sign_in_again()
    reader.read_one()
    assert set(kinds()) == {Deviation.SEEN_ELSEWHERE, Deviation.INTERRUPTION}


def test_r8_after_its_period_has_closed_a_case_is_finished_late_and_no_other_given(study, travel) -> None:
    stated = protocol_of(study)
    stated.document["periods"][0]["closes_at"] = "2026-03-01T13:00:00Z"
    from django.db import connection

    from tests.databases import triggers_lifted

    with triggers_lifted(connection):
        stated.save()
    reader = desk(study, 1)
    reader.look(reader.open())
    travel.shift(timedelta(hours=1))
    reader.sign_in_again()
    reader.read_one()
    assert kinds() == [Deviation.LATE]
    answer = reader.next()
    assert (answer["status"], "has closed" in answer["message"]) == ("complete", True)
    assert "has closed" in reader.client.get("/read/").content.decode()
    page = cast.signed_in(study.created_by).get(f"/studies/{study.pk}/").content.decode()
    assert "closed" in page


def test_r8_a_case_given_after_a_later_period_showed_it_is_noted(travel) -> None:
    """The first period closes with it unread, the second shows it with the map, and the first opens again."""
    document = protocol.make()
    document["periods"][0]["closes_at"] = "2026-03-01T13:00:00Z"
    study = factories.make_study(cases=2, document=document)
    reader = desk(study, 2)
    first = reader.open()
    reader.look(first)
    travel.shift(timedelta(hours=1))
    reader.post_submit(first, answers_to(first))
    travel.shift(timedelta(days=28))
    reader.sign_in_again()
    left = reader.enrolment.assignments.get(period__number=1, position=2)
    while not Read.objects.filter(assignment__period__number=2, assignment__case=left.case).exists():
        read = reader.open()
        reader.look(read)
        reader.client.get(read["map_url"])
        reader.post_submit(read, answers_to(read))
    reader.look(reader.open())
    reader.client.get(reader.open()["map_url"])
    reader.read_one()
    assert set(kinds()) == {Deviation.LATE}
    longer = copy.deepcopy(protocol_of(study).document)
    longer["periods"][0]["closes_at"] = "2026-12-01T13:00:00Z"
    amend(study, document=longer)
    travel.shift(timedelta(days=29))
    reader.sign_in_again()
    assert reader.read_one()["period"]["arm"] == "unaided"
    noted = NotedDeviation.objects.get(kind=Deviation.WRONG_ORDER)
    assert (noted.assignment_id, noted.detail) == (left.pk, "seen before it in period: 2")


def test_r8_a_person_decides_with_a_reason_and_the_later_word_counts(study, travel) -> None:
    reader = desk(study, 1)
    read = reader.open()
    reader.post_submit(read, answers_to(read, grade=1))
    assert selectors.undecided(study) == 1
    with pytest.raises(Conflict, match="1 deviation waits for a decision"):
        lock(study)
    decide(study, Verdict.KEEP)
    assert selectors.undecided(study) == 0
    assert {row["per_protocol"] for row in table(study) if row["grade"]} == {"yes"}
    decide(study, Verdict.EXCLUDE)
    assert DeviationDecision.objects.count() == 2
    rows = [row for row in table(study) if row["grade"]]
    assert {(row["full"], row["per_protocol"], row["excluded"]) for row in rows} == {
        ("yes", "no", "images-not-sent")
    }
    counted = exclusions(study, protocol_of(study).document)
    assert counted == [
        {"reader": "R1", "arm": "unaided", "reason": "images-not-sent", "set": "per-protocol", "reads": 1}
    ]
    result = lock(study).result
    assert '"verdict": "exclude"' in result
    assert '"images-not-sent"' in result
    with pytest.raises(Conflict, match="locked"):
        decide(study, Verdict.KEEP)


def test_r8_what_was_noted_and_decided_stays(study, travel) -> None:
    reader = desk(study, 1)
    read = reader.open()
    reader.post_submit(read, answers_to(read))
    decide(study, Verdict.KEEP)
    for model in (NotedDeviation, DeviationDecision):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()


def test_trust_10_a_withdrawn_readers_data_stay_flagged_and_left_out(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_one()
    read = reader.open()
    withdrawal = services.withdraw(
        actor=study.created_by, enrolment=reader.enrolment, reason="Left the hospital in May."
    )
    answer = reader.next()
    assert (answer["status"], "left this study" in answer["message"]) == ("complete", True)
    frame = reader.client.get(read["images"]["t1"]["frame_urls"][0])
    assert (frame.status_code, frame.json()["code"]) == (409, "withdrawn")
    late = reader.post_submit(read, answers_to(read))
    assert (late.status_code, late.json()["code"]) == (409, "withdrawn")
    assert Grade.objects.filter(reader=reader.user).count() == 12
    rows = [row for row in table(study) if row["reader"] == "R2"]
    assert {(row["full"], row["per_protocol"], row["excluded"]) for row in rows} == {
        ("no", "no", "reader withdrawn")
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        withdrawal.delete()
    with pytest.raises(Conflict, match="already"):
        services.withdraw(actor=study.created_by, enrolment=reader.enrolment, reason="Left the hospital.")


def test_trust_10_a_withdrawn_case_is_passed_over_and_its_reads_left_out(travel, db) -> None:
    study = factories.make_study(cases=3)
    reader = desk(study, 1)
    read = reader.read_one()
    case = Read.objects.get(pk=read["id"]).assignment.case
    for gone in (case, reader.enrolment.assignments.get(position=2).case):
        withdraw_case(
            actor=study.created_by,
            study=study,
            case_id=gone.pk,
            reason=WithdrawalReason.OTHER,
            words="The patient took back consent.",
        )
    assert reader.open()["position"] == 3
    reader.read_one()
    assert reader.next()["status"] == "complete"
    page = reader.client.get("/read/").content.decode()
    assert "1 of 1 cases read" in page
    left_out = {row["exam"] for row in table(study) if row["full"] == "no"}
    assert len(left_out) == 2
    assert Grade.objects.filter(read=read["id"]).count() == 12
