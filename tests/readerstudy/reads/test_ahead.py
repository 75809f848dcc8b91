"""The one next case sent ahead: its images, nothing of it before its turn, and it counts (W1, trust 7)."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from readerstudy.audit.models import Event
from readerstudy.reads.models import Exposure, Read
from readerstudy.reads.states import ReadState
from readerstudy.studies import protocol
from readerstudy.studies import services as studies
from tests import cast, factories
from tests.readerstudy.conftest import CANARY
from tests.readerstudy.reads.desk import Desk, Json, answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
WASHOUT = timedelta(hours=672)


@pytest.fixture
def long(db):
    """Four cases, just opened."""
    return factories.make_study(cases=4)


def id_of(images: Json) -> str:
    """The read that addresses of images belong to."""
    found = re.search(r"/api/reads/([^/]+)/", images["t1"]["metadata_url"])
    assert found
    return found[1]


def all_urls(images: Json) -> list[str]:
    return [url for series in images.values() for url in (series["metadata_url"], *series["frame_urls"])]


def test_it_is_the_case_that_is_opened_next(long) -> None:
    reader = desk(long, 2)
    read = reader.open()
    images = reader.ahead()
    assert images is not None
    assert {reader.client.get(url).status_code for url in all_urls(images)} == {200}
    answer = reader.post_submit(read, answers_to(read)).json()
    assert answer["next"]["status"] == "reading"
    assert answer["next"]["read"]["id"] == id_of(images)
    assert answer["next"]["read"]["images"] == images
    assert answer["next"]["read"]["state"] == ReadState.OPENED
    assert answer["next"]["read"]["position"] == 2


def test_asking_again_gives_the_same_and_never_a_second(long) -> None:
    reader = desk(long, 2)
    reader.open()
    first = reader.ahead()
    assert reader.ahead() == first
    assert Read.objects.count() == 2
    assert Event.objects.filter(action="read.sent-ahead").count() == 1


def test_the_database_holds_one_ahead_for_each_reader(long) -> None:
    reader, other = desk(long, 2), desk(long, 3)
    for one in (reader, other):
        one.open()
        assert one.ahead()
    third = reader.enrolment.assignments.get(period__number=1, position=3)
    opened_at = Read.objects.all()[0].opened_at
    with pytest.raises(DatabaseError, match="one ahead"), transaction.atomic():
        Read.objects.create(assignment=third, state=ReadState.AHEAD, opened_at=opened_at)
    opened = Read.objects.filter(state=ReadState.OPENED)
    with pytest.raises(DatabaseError, match="opened once"), transaction.atomic():
        opened.update(state=ReadState.AHEAD)


def test_nothing_goes_ahead_while_nothing_is_read(long) -> None:
    reader = desk(long, 2)
    assert reader.ahead() is None
    assert not Read.objects.exists()


def test_nothing_goes_ahead_past_the_end_of_a_period_or_of_the_study(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_one()
    reader.open()
    assert reader.ahead() is None
    baseline = desk(study, 1)
    baseline.read_one()
    baseline.open()
    assert baseline.ahead() is None


def test_nothing_goes_ahead_of_a_patient_whose_washout_runs(travel) -> None:
    """The second case's patient was seen by this reader in another study a minute ago."""
    reader = cast.reader()
    exams = [factories.make_exam() for _ in range(3)]
    for exam in exams:
        factories.make_map(exam)

    def study_of(cases: list) -> Desk:
        actor = cast.coordinator()
        made = studies.create_study(actor=actor, name="One of two")
        studies.set_cases(actor=actor, study=made, exams=cases)
        studies.enrol_readers(actor=actor, study=made, readers=[reader, cast.reader(), cast.reader()])
        studies.open_study(actor=actor, study=made)
        return desk(made, 1)

    main = study_of(exams)
    second = main.enrolment.assignments.get(position=2).case.exam
    study_of([second]).read_one()
    travel.shift(timedelta(minutes=1))
    main.open()
    assert main.ahead() is None
    travel.shift(WASHOUT)
    main.sign_in_again()
    main.open()
    assert main.ahead() is not None


def test_trust_1_only_images_go_ahead(long) -> None:
    """No map, level, position or answer of a case before its turn, in an assisted period either."""
    reader = desk(long, 3)
    reader.open()
    images = reader.ahead()
    assert images is not None
    assert set(images) == {"t1", "t2"}
    assert set(images["t1"]) == {"metadata_url", "frame_urls", "description"}
    read = Read.objects.get(pk=id_of(images))
    base = f"/api/reads/{read.pk}"
    body = {"lease": str(read.lease), "version": 0, "answers": [], "idempotency_key": "12345678"}
    for response in (
        reader.client.put(f"{base}/draft", body, content_type="application/json"),
        reader.client.post(f"{base}/submit", body, content_type="application/json"),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "ahead")
    assert read.assignment.arm == "unaided"
    assert reader.client.get(f"{base}/map").status_code == 404
    read.refresh_from_db()
    assert (read.state, read.draft, read.version) == (ReadState.AHEAD, [], 0)


def test_trust_1_the_map_of_an_assisted_case_waits_for_its_turn(travel) -> None:
    study = factories.make_study(cases=2)
    reader = desk(study, 2)
    reader.read_period()
    travel.shift(WASHOUT)
    reader.sign_in_again()
    read = reader.open()
    assert read["period"]["arm"] == "assisted"
    images = reader.ahead()
    assert images is not None
    refused = reader.client.get(f"/api/reads/{id_of(images)}/map")
    assert (refused.status_code, refused.json()["code"]) == (409, "ahead")
    assert CANARY not in refused.content.decode()
    assert Event.objects.filter(action="read.refused", after__rule="ahead").exists()
    opened = reader.post_submit(read, answers_to(read)).json()["next"]["read"]
    assert reader.client.get(opened["map_url"]).status_code == 200


def test_it_counts_as_exposure_when_sent_and_again_when_opened(long, travel) -> None:
    reader = desk(long, 2)
    read = reader.open()
    images = reader.ahead()
    assert images is not None
    assert not Exposure.objects.exists(), "an address is no pixel"
    travel.shift(timedelta(minutes=1))
    reader.look({"images": images})
    exposure = Exposure.objects.get(read_id=id_of(images))
    assert exposure.first_at == exposure.last_at
    travel.shift(timedelta(minutes=9))
    reader.post_submit(read, answers_to(read))
    exposure.refresh_from_db()
    assert exposure.last_at - exposure.first_at == timedelta(minutes=9), "seen from memory from now on"


def test_a_case_sent_ahead_and_never_opened_counts(long, travel) -> None:
    reader = desk(long, 2)
    read = reader.open()
    images = reader.ahead()
    assert images is not None
    travel.shift(timedelta(hours=1))
    reader.look({"images": images})
    sent = Exposure.objects.get(read_id=id_of(images)).last_at
    assert (sent, read["id"]) == (Read.objects.get(pk=read["id"]).opened_at + timedelta(hours=1), read["id"])
    patient = Read.objects.get(pk=id_of(images)).assignment.case.exam.patient_key
    exam = factories.make_exam(patient_key=patient)
    factories.make_map(exam)
    actor = cast.coordinator()
    other = studies.create_study(actor=actor, name="Another study")
    studies.set_cases(actor=actor, study=other, exams=[exam])
    studies.enrol_readers(actor=actor, study=other, readers=[reader.user, cast.reader(), cast.reader()])
    studies.open_study(actor=actor, study=other)
    assert desk(other, 1).next()["opens_at"] == (sent + WASHOUT).isoformat()


def test_of_another_reader_it_is_not_there(long) -> None:
    reader, other = desk(long, 2), desk(long, 3)
    reader.open()
    images = reader.ahead()
    assert images is not None
    assert {other.client.get(url).status_code for url in all_urls(images)} == {404}
    assert other.client.post(f"/api/enrolments/{reader.enrolment.pk}/ahead").status_code == 404
    assert Event.objects.filter(action="read.refused", actor_id=other.user.pk).count() > 1


def test_a_submission_sent_again_is_answered_with_the_same_next_case(long) -> None:
    reader = desk(long, 2)
    read = reader.open()
    wanted = {"idempotency_key": "the-same-submission"}
    first = reader.post_submit(read, answers_to(read), **wanted).json()
    again = reader.post_submit(read, answers_to(read), **wanted).json()
    assert first["next"]["read"]["id"] == again["next"]["read"]["id"]
    assert Read.objects.count() == 2


def test_no_list_names_it(long) -> None:
    reader = desk(long, 2)
    reader.open()
    images = reader.ahead()
    assert images is not None
    pages = [f"/read/{reader.enrolment.pk}/", "/read/"]
    assert [page for page in pages if id_of(images) in reader.client.get(page).content.decode()] == []
    assert reader.next()["read"]["position"] == 1


@pytest.mark.parametrize("closes_at", ["2026-03-01T12:00:30Z", "2026-04-01T12:00:00Z"])
def test_w1_nothing_goes_ahead_in_a_period_that_closes(travel, closes_at: str) -> None:
    """A case may be handed in after any moment, and none of its period follows once it has closed."""
    document = protocol.make()
    document["periods"][0]["closes_at"] = closes_at
    reader = desk(factories.make_study(cases=4, document=document), 2)
    reader.look(reader.open())
    assert reader.ahead() is None
    assert not Read.objects.filter(state=ReadState.AHEAD).exists()
