"""Amending an open study: signed, with its reason, and never of the past (line D1, trust 8)."""

import html
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.common.errors import Conflict, Refused
from readerstudy.reads import amending
from readerstudy.studies import freezing, protocol
from readerstudy.studies import services as studies
from readerstudy.studies.models import Assignment, Case, Enrolment, Protocol, Study
from readerstudy.studies.selectors import protocol_of
from tests import cast, factories
from tests.readerstudy.reads.desk import Desk, answers_to, desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(travel) -> Study:
    return factories.make_study(cases=3)


def amend(study: Study, *, password: str = cast.PASSWORD, reason: str = "Slow", **wishes) -> Protocol:
    document = wishes.pop("document", None) or protocol_of(study).document
    given = {"exams": [], "readers": [], **wishes}
    return amending.amend(
        actor=study.created_by, study=study, document=document, reason=reason, password=password, **given
    )


def with_washout(study: Study, hours: int) -> dict:
    document = protocol_of(study).document
    return protocol.with_washout(document, hours=hours, mode=document["washout_mode"])


def rows(study: Study) -> list[tuple]:
    held = Assignment.objects.filter(enrolment__study=study).order_by("pk")
    return list(held.values_list("pk", "enrolment", "period", "case", "position", "arm_name", "part"))


def new_exam():
    exam = factories.make_exam()
    factories.make_map(exam)
    return exam


@pytest.mark.both_databases
def test_trust_8_an_amendment_is_another_version_and_the_first_stays(study) -> None:
    first = study.protocols.get()
    second = amend(study, document=with_washout(study, 24))
    assert (second.version, second.reason, second.signed_by) == (2, "Slow", study.created_by)
    assert second.sha256 == protocol.fingerprint(second.document) != first.sha256
    assert second.frozen_at is not None
    first.refresh_from_db()
    assert first.document["periods"][1]["washout_hours"] == 672
    event = Event.objects.get(action="study.amended")
    assert event.reason == "Slow"
    assert "Period 2, washout in hours: 672 becomes 24." in event.after["changes"]


def test_a_shorter_washout_counts_from_the_amendment_on(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_period()
    travel.shift(timedelta(hours=24))
    reader.sign_in_again()
    assert reader.next()["status"] == "waiting"
    amend(study, document=with_washout(study, 24))
    reader.sign_in_again()
    assert reader.next()["status"] == "reading"


@pytest.mark.both_databases
def test_trust_7_added_cases_come_after_the_others_and_the_whole_order_derives_again(study) -> None:
    before = rows(study)
    exams = [new_exam() for _ in range(4)]
    amended = amend(study, exams=exams)
    assert rows(study)[: len(before)] == before
    added = study.cases.filter(number__gt=3)
    assert {case.exam for case in added} == set(exams)
    assert all(case.modic_map_sha256 and case.levels for case in added)
    assert [c.get("added_by") for c in amended.document["cases"]] == [None] * 3 + [2] * 4
    plan = freezing.plan_of(study, amended.document)
    stored = Assignment.objects.filter(enrolment__study=study).values_list(
        "enrolment__index", "period__number", "position", "case__number", "arm_name", "part"
    )
    assert set(stored) == {(p.reader, p.period, p.position, p.case, p.arm, p.part) for p in plan}
    assert len(stored) == len(plan) == 5 * 7


def test_those_who_had_finished_go_on_with_what_was_added(study) -> None:
    reader = desk(study, 1)
    reader.read_period()
    assert reader.next()["status"] == "complete"
    exam = new_exam()
    amend(study, exams=[exam])
    read = reader.read_one()
    assert (read["position"], read["total"]) == (4, 4)
    assert reader.next()["status"] == "complete"


@pytest.mark.both_databases
def test_a_reader_who_joins_reads_everything_in_an_order_of_their_own(study) -> None:
    person = cast.reader()
    amended = amend(study, readers=[person])
    enrolment = Enrolment.objects.get(reader=person)
    assert (enrolment.index, [p.number for p in enrolment.periods.all()]) == (4, [1, 2])
    assert enrolment.assignments.count() == 6
    assert amended.document["readers"][3]["sequence"] == 1
    Desk(enrolment).read_one()


def test_nothing_is_amended_without_the_right_password_and_the_attempt_is_kept(study) -> None:
    with pytest.raises(Refused, match="password"):
        amend(study, document=with_washout(study, 24), password="wrong")
    assert study.protocols.count() == 1
    assert Event.objects.filter(action="study.amendment-signature-refused").count() == 1


def test_nothing_is_amended_while_a_reader_is_mid_case(study, travel) -> None:
    reader = desk(study, 2)
    read = reader.open()
    reader.look(read)
    with pytest.raises(Conflict, match="R2 has a case open"):
        amend(study, document=with_washout(study, 24))
    travel.shift(timedelta(minutes=59))
    reader.put_draft(read, answers_to(read)[:3])
    travel.shift(timedelta(minutes=59))
    with pytest.raises(Conflict, match="R2 has a case open"):
        amend(study, document=with_washout(study, 24))
    travel.shift(timedelta(minutes=1, seconds=1))
    assert amend(study, document=with_washout(study, 24)).version == 2


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"reason": " "}, "Say why"),
        ({}, "Nothing would change"),
        ({"exams": "unmapped"}, "has no Modic map"),
        ({"exams": "same patient"}, "of one patient"),
        ({"readers": "enrolled"}, "does not read in this study yet"),
        ({"readers": "statistician"}, "signs in as a reader"),
        ({"document": "contradiction"}, "give it a washout"),
        ({"document": "question"}, "“question” is fixed"),
    ],
)
def test_an_amendment_that_can_not_stand_changes_nothing(study, wishes, said: str) -> None:
    first = study.cases.first().exam
    made = {
        "unmapped": lambda: [factories.make_exam()],
        "same patient": lambda: [mapped(patient_key=first.patient_key)],
        "enrolled": lambda: [study.enrolments.first().reader],
        "statistician": lambda: [cast.person(Role.STATISTICIAN)],
        "contradiction": lambda: with_washout(study, 0),
        "question": lambda: {**protocol_of(study).document, "question": protocol.make("sham")["question"]},
    }
    before = rows(study)
    given = {key: made[value]() if value in made else value for key, value in wishes.items()}
    with pytest.raises(Refused, match=said):
        amend(study, **given)
    assert (study.protocols.count(), study.cases.count(), rows(study)) == (1, 3, before)


def test_a_study_of_real_exams_takes_no_synthetic_ones(travel) -> None:
    study = factories.make_draft(cases=0)
    real = factories.make_exam(synthetic=False)
    factories.make_map(real, synthetic_model=False)
    studies.set_cases(actor=study.created_by, study=study, exams=[real])
    study = studies.open_study(actor=study.created_by, study=study)
    with pytest.raises(Conflict, match="takes no synthetic ones"):
        amend(study, exams=[new_exam()])


def mapped(**fields):
    exam = factories.make_exam(**fields)
    factories.make_map(exam)
    return exam


@pytest.mark.both_databases
def test_trust_8_rows_are_added_to_an_open_study_by_an_amendment_alone(study) -> None:
    amend(study, document=with_washout(study, 24))
    enrolment, period, case = (study.enrolments.first(), study.periods.first(), study.cases.first())
    person = cast.reader()
    changes = [
        lambda: Case.objects.create(study=study, exam=new_exam(), number=9),
        lambda: Enrolment.objects.create(study=study, reader=person, index=9),
        lambda: enrolment.periods.add(study.periods.get(number=2)),
        lambda: Assignment.objects.create(
            enrolment=enrolment, period=period, case=case, position=9, arm="unaided", arm_name="x", part=2
        ),
        lambda: Protocol.objects.create(study=study, version=3, document={}, sha256=""),
        lambda: Protocol.objects.create(
            study=study, version=4, document={}, sha256="", reason="x", signed_by=person
        ),
        lambda: Protocol.objects.filter(study=study, version=2).update(reason="y"),
        lambda: Protocol.objects.filter(study=study, version=2).update(frozen_at=None),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_page_shows_what_would_change_for_whom_then_takes_the_signature(study) -> None:
    client = cast.signed_in(study.created_by)
    page = html.unescape(client.get(f"/studies/{study.pk}/").content.decode())
    assert f"/studies/{study.pk}/amend/" in page
    address = f"/studies/{study.pk}/amend/"
    exam, person = new_exam(), cast.reader()
    page = client.get(address).content.decode()
    assert exam.pseudonym in page
    assert person.username in page
    wishes = {"washout_2": "14", "closes_1": "", "closes_2": "", "exams": [exam.pk], "readers": [person.pk]}
    looked = html.unescape(client.post(address, {**wishes, "do": "look"}).content.decode())
    assert "672 becomes 336" in looked
    assert "Period 2 concerns R2, R3; not begun yet by R2, R3." in looked
    assert "1 cases are added for R1, R2, R3, R4" in looked
    assert study.protocols.count() == 1
    signed = {**wishes, "do": "sign", "reason": "Slow accrual"}
    assert client.post(address, {**signed, "password": "wrong"}).status_code == 403
    assert client.post(address, {**signed, "password": cast.PASSWORD}).status_code == 302
    assert "Slow accrual" in client.get(address).content.decode()
    assert study.protocols.count() == 2
    past = client.post(address, {**wishes, "closes_2": "2020-01-01T00:00:00Z", "exams": [], "readers": []})
    assert "would close in the past" in html.unescape(past.content.decode())


def test_only_an_open_study_is_amended_and_only_by_the_coordinator(study) -> None:
    address = f"/studies/{study.pk}/amend/"
    assert cast.signed_in(cast.person(Role.ADMINISTRATOR)).get(address).status_code == 403
    assert cast.signed_in(study.enrolments.first().reader).get(address).status_code == 403
    studies.lock_study(actor=study.created_by, study=study)
    assert cast.signed_in(study.created_by).get(address).status_code == 409
