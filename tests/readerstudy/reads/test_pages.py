"""The reader's pages, and what a coordinator sees of the reading."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.studies import services as studies
from tests import cast, factories
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = pytest.mark.django_db


def home_of(reader) -> str:
    return reader.client.get("/read/").content.decode()


def test_a_reader_finds_what_to_read_now(study) -> None:
    reader = desk(study, 2)
    page = home_of(reader)
    assert "Start reading" in page
    assert "0 of 2 cases read" in page
    assert "SYNTHETIC DATA" in page
    reader.read_one()
    assert "Go on reading" in home_of(reader)
    assert "1 of 2 cases read" in home_of(reader)


def test_no_page_names_a_case_or_an_exam(study) -> None:
    reader = desk(study, 2)
    reader.read_one()
    pages = home_of(reader) + reader.client.get(f"/read/{reader.enrolment.pk}/").content.decode()
    for case in study.cases.all():
        assert case.exam.pseudonym not in pages
        assert str(case.exam_id) not in pages


def test_a_reader_learns_when_the_next_period_opens_in_two_zones(study, travel) -> None:
    reader = desk(study, 2)
    reader.user.time_zone = "Europe/Berlin"
    reader.user.save()
    reader.read_period()
    page = home_of(reader)
    assert "29 Mar 2026, 14:00:00 CEST" in page, "in the reader's zone, after the change to summer time"
    assert "12:00:00 UTC" in page
    assert "28 days" in page
    assert f"/read/{reader.enrolment.pk}/" not in page
    travel.shift(timedelta(hours=672))
    reader.sign_in_again()
    assert "Start reading" in home_of(reader)
    assert "with the Modic map" in home_of(reader)


def test_the_end_is_said(study) -> None:
    reader = desk(study, 1)
    reader.read_period()
    assert "You have read all your cases" in home_of(reader)
    studies.lock_study(actor=study.created_by, study=study)
    assert "The study is locked" in home_of(reader)


def test_a_draft_study_and_no_study_are_nothing_to_read() -> None:
    draft = factories.make_draft()
    assert (
        "No study is waiting"
        in cast.signed_in(draft.enrolments.get(index=1).reader).get("/read/").content.decode()
    )
    assert "No study is waiting" in cast.signed_in(cast.reader()).get("/read/").content.decode()


def test_the_room_hands_over_addresses_and_no_case(study) -> None:
    reader = desk(study, 2)
    page = reader.client.get(f"/read/{reader.enrolment.pk}/").content.decode()
    found = re.search(r'<script id="reading-config" type="application/json">(.*?)</script>', page)
    assert found is not None
    assert json.loads(found[1]) == {
        "enrolment": str(reader.enrolment.pk),
        "next_url": f"/api/enrolments/{reader.enrolment.pk}/next",
        "ahead_url": f"/api/enrolments/{reader.enrolment.pk}/ahead",
        "home_url": "/read/",
        "pictures": [
            {kind: f"/static/common/modic-types/{n}-{kind}.png" for kind in ("t1", "t2")} for n in range(4)
        ],
        "layout": None,
        "layouts": {},
        "layout_url": "/api/layout",
        "reader": reader.user.username,
        "person": reader.client.get("/api/journal-keys").json()["keys"][0]["id"],
        "sign_in_url": "/accounts/sign-in/",
        "journal_keys_url": "/api/journal-keys",
    }


def test_another_readers_room_is_not_there_and_the_asking_is_noted(study) -> None:
    theirs = reader_room(study, 2, as_index=3)
    nobody = "00000000-0000-4000-8000-000000000000"
    nobodys = desk(study, 3).client.get(f"/read/{nobody}/")
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    noted = Event.objects.filter(action="read.refused").order_by("seq")
    assert [event.actor_id for event in noted] == [desk(study, 3).enrolment.reader_id] * 2
    rooms = [str(desk(study, 2).enrolment.pk), nobody]
    assert [event.after for event in noted] == [{"room": room, "rule": "not-found"} for room in rooms]


def reader_room(study, index: int, *, as_index: int):
    return desk(study, as_index).client.get(f"/read/{desk(study, index).enrolment.pk}/")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.READER])
def test_no_other_role_has_a_reading_room(study, role) -> None:
    client = cast.signed_in(cast.person(role))
    assert client.get("/read/").status_code == 403
    assert client.get(f"/read/{desk(study, 1).enrolment.pk}/").status_code == 403


def study_page(study) -> str:
    return cast.signed_in(study.created_by).get(f"/studies/{study.pk}/").content.decode()


def test_the_coordinator_sees_completeness_and_openings_never_answers(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_one(grade=3)
    reader.read_one(grade=2)
    page = re.sub(r"\s+", " ", study_page(study))
    assert "2 of 2" in page
    assert "0 of 2" in page
    assert "29 Mar 2026, 12:00:00 UTC" in page
    assert "Modic type" not in page
    assert "not_gradable" not in page


def queries(action) -> int:
    with CaptureQueriesContext(connection) as captured:
        action()
    return len(captured)


def test_queries_stay_the_same_as_grades_grow(db) -> None:
    """First and twelfth case of thirteen, by route; grades grow from none to 132."""
    study = factories.make_study(cases=13)
    reader, page = desk(study, 2), cast.signed_in(study.created_by)

    def counts() -> dict[str, int]:
        read = reader.open()
        reader.look(read)
        return {
            "next": queries(reader.post_next),
            "frame": queries(lambda: reader.client.get(read["images"]["t1"]["frame_urls"][0])),
            "metadata": queries(lambda: reader.client.get(read["images"]["t1"]["metadata_url"])),
            "draft": queries(lambda: reader.put_draft(reader.open(), answers_to(read))),
            "submit": queries(lambda: reader.post_submit(reader.open(), answers_to(read))),
            "home": queries(lambda: reader.client.get("/read/")),
            "study": queries(lambda: page.get(f"/studies/{study.pk}/")),
        }

    first = counts()
    for _ in range(10):
        reader.read_one()
    assert counts() == first
    assert max(first.values()) < 100, first
