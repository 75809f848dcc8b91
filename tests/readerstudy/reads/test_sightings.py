"""Exposures outside reads count like those in them (W1, trust 6)."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from readerstudy.audit.models import Event
from readerstudy.exams.models import Exam, Instance, LastLook, Sighting
from readerstudy.exams.selectors import known_as
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.reads.models import Exposure
from readerstudy.studies import protocol
from readerstudy.studies import services as studies
from readerstudy.studies.states import WashoutMode
from tests import cast, factories
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
WASHOUT = timedelta(hours=672)


def coming_exam(reader, *, period: int = 1, position: int = 1) -> Exam:
    return reader.enrolment.assignments.get(period__number=period, position=position).case.exam


def opening(reader) -> datetime:
    reader.sign_in_again()
    answer = reader.next()
    assert answer["status"] == "waiting", answer
    return datetime.fromisoformat(answer["opens_at"])


@pytest.mark.parametrize("occasion", Occasion)
def test_trust_6_a_case_seen_elsewhere_waits_to_the_exact_second(study, travel, occasion) -> None:
    reader = desk(study, 2)
    note_sighting(person=reader.user, exam=coming_exam(reader), occasion=occasion)
    opens = Sighting.objects.get().at + WASHOUT
    assert opening(reader) == opens
    travel.move_to(opens - timedelta(microseconds=1))
    assert opening(reader) == opens
    travel.move_to(opens)
    reader.sign_in_again()
    assert reader.next()["status"] == "reading"


def test_trust_6_the_same_patient_and_the_same_pictures_under_another_id_count(study, travel) -> None:
    reader = desk(study, 2)
    exam = coming_exam(reader)
    patient = factories.make_exam(patient_key=exam.patient_key)
    copy = factories.make_exam()
    for kind in ("t1", "t2"):
        for index in range(2):
            original = Instance.objects.get(series__exam=exam, series__kind=kind, index=index)
            twin = Instance.objects.filter(series__exam=copy, series__kind=kind, index=index)
            twin.update(pixel_sha256=original.pixel_sha256)
    assert known_as(exam.pk) == {exam.pk, patient.pk, copy.pk}
    for other in (patient, copy):
        travel.shift(timedelta(days=40))
        note_sighting(person=reader.user, exam=other, occasion=Occasion.CALIBRATION)
        assert opening(reader) == Sighting.objects.latest("at").at + WASHOUT


def test_one_shared_blank_image_does_not_make_two_exams_the_same(study) -> None:
    exam, other = (factories.make_exam(slices=5) for _ in range(2))
    for one in (exam, other):
        Instance.objects.filter(series__exam=one, series__kind="t1", index=0).update(pixel_sha256="0" * 64)
    assert known_as(exam.pk) == {exam.pk}


def test_another_case_seen_elsewhere_stands_before_nothing(study) -> None:
    reader = desk(study, 2)
    note_sighting(person=reader.user, exam=factories.make_exam(), occasion=Occasion.CALIBRATION)
    note_sighting(person=cast.reader(), exam=coming_exam(reader), occasion=Occasion.CALIBRATION)
    assert reader.next()["status"] == "reading"


def test_trust_6_a_case_seen_elsewhere_while_it_is_being_read_closes_until_washed_out(study, travel) -> None:
    """Nothing more of it is sent or taken; afterwards the read goes on and its exposure begins anew."""
    reader = desk(study, 2)
    read = reader.open()
    reader.look(read)
    reader.put_draft(read, answers_to(read, leave_out=2))
    note_sighting(person=reader.user, exam=coming_exam(reader), occasion=Occasion.TRUTH_MAKING)
    seen = Sighting.objects.get().at
    assert seen > Exposure.objects.get().last_at, "the sighting came after, though the clock stood still"
    frame = read["images"]["t1"]["frame_urls"][0]
    for response in (
        reader.client.get(frame),
        reader.post_submit(read, answers_to(read), version=1),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "washout")
    travel.move_to(seen + WASHOUT)
    reader.sign_in_again()
    again = reader.open()
    assert (again["id"], len(again["answers"])) == (read["id"], 10)
    reader.look(again)
    spells = Exposure.objects.order_by("first_at").values_list("first_at", "last_at")
    assert [last < seen for _, last in spells] == [True, False]
    assert spells[1][0] - seen >= WASHOUT
    assert Event.objects.filter(action="read.exposed").count() == 2


def test_what_is_seen_within_the_session_itself_never_counts(study, travel) -> None:
    reader = desk(study, 2)
    for _ in range(3):
        reader.look(reader.open())
        travel.shift(timedelta(minutes=10))
    assert reader.open()["position"] == 1
    assert Exposure.objects.count() == 1


def test_per_session_a_sighting_of_one_case_leaves_the_others_alone(db, travel) -> None:
    study = factories.make_study(cases=2)
    reader = desk(study, 2)
    reader.read_period()
    last = Exposure.objects.latest("last_at").last_at
    travel.shift(timedelta(days=20))
    note_sighting(
        person=reader.user,
        exam=coming_exam(reader, period=2, position=2),
        occasion=Occasion.CALIBRATION,
    )
    assert opening(reader) == last + WASHOUT


def test_per_case_the_later_of_read_and_sighting_counts(db, travel) -> None:
    draft = factories.make_draft(cases=1)
    studies.set_protocol(
        actor=draft.created_by, study=draft, document=protocol.make(washout_mode=WashoutMode.PER_CASE)
    )
    reader = desk(studies.open_study(actor=draft.created_by, study=draft), 2)
    reader.read_period()
    travel.shift(timedelta(days=20))
    note_sighting(person=reader.user, exam=coming_exam(reader), occasion=Occasion.ADJUDICATION)
    assert opening(reader) == Sighting.objects.get().at + WASHOUT


def test_the_images_of_one_look_are_kept_once_a_second(study, travel) -> None:
    person, exam = cast.coordinator(), study.cases.first().exam
    for _ in range(5):
        note_sighting(person=person, exam=exam, occasion=Occasion.INTAKE)
        travel.shift(timedelta(milliseconds=300))
    assert Sighting.objects.count() == 2
    assert Event.objects.filter(action="exam.seen").count() == 2


def test_trust_6_no_clock_makes_a_later_look_earlier(study, travel) -> None:
    person = desk(study, 2).user
    exams = [factories.make_exam() for _ in range(2)]
    for exam in exams:
        note_sighting(person=person, exam=exam, occasion=Occasion.CALIBRATION)
        travel.shift(timedelta(days=-30))
    first, second = (Sighting.objects.get(exam=exam).at for exam in exams)
    assert second > first
    read = desk(study, 2).open()
    desk(study, 2).look(read)
    assert Exposure.objects.get().first_at >= second


def test_coordinators_looks_are_kept_for_the_day_they_read(study) -> None:
    exam = study.cases.first().exam
    client = cast.signed_in(study.created_by)
    assert client.get(f"/exams/{exam.pk}/t1/frames/0").status_code == 200
    assert Sighting.objects.get().person == study.created_by
    assert Sighting.objects.get().occasion == Occasion.INTAKE


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exams_sighting SET occasion = 'calibration'",
        "DELETE FROM exams_sighting",
        "UPDATE exams_lastlook SET at = '2020-01-01 00:00:00+00:00'",
        "DELETE FROM exams_lastlook",
    ],
)
def test_trust_11_sightings_stay_as_they_are(study, statement) -> None:
    note_sighting(person=study.created_by, exam=study.cases.first().exam, occasion=Occasion.INTAKE)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (Sighting.objects.count(), LastLook.objects.count()) == (1, 1)
