"""One device reads a study: another one asks before it takes over, and nobody is held up for long."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from readerstudy.audit.models import Event
from readerstudy.conduct import services as conduct
from readerstudy.reads.models import Read, Seat
from readerstudy.reads.policies import device_in_words
from readerstudy.studies import services as studies
from tests.readerstudy.reads.desk import Desk, answers_to, desk
from tests.readerstudy.reads.test_attention import beat

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HERE, THERE = str(uuid.uuid4()), str(uuid.uuid4())
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def ask(reader: Desk, device: str | None, **more: Any) -> dict:
    response = reader.client.post(
        f"/api/enrolments/{reader.enrolment.pk}/next",
        {"device": device, **more},
        content_type="application/json",
        headers={"user-agent": FIREFOX},
    )
    assert response.status_code == 200, response.content
    return response.json()


def test_a_second_device_is_told_where_and_since_when_and_opens_nothing(study, travel) -> None:
    reader = desk(study, 1)
    first = ask(reader, HERE)["read"]
    travel.shift(timedelta(seconds=40))
    assert beat(reader, first, 0).status_code == 200
    travel.shift(timedelta(seconds=5))
    assert ask(reader, THERE) == {
        "status": "elsewhere",
        "where": "Firefox on Windows",
        "since": "2026-03-01T12:00:00+00:00",
        "last_at": "2026-03-01T12:00:40+00:00",
    }
    assert str(Read.objects.get().lease) == first["lease"]
    assert reader.put_draft(first, answers_to(first)).status_code == 200


def test_taking_over_is_one_deliberate_request_and_the_first_is_told(study, travel) -> None:
    reader = desk(study, 1)
    first = ask(reader, HERE)["read"]
    second = ask(reader, THERE, take_over=True)["read"]
    assert second["id"] == first["id"]
    told = beat(reader, first, 0)
    assert (told.status_code, told.json()["code"]) == (409, "lease")
    assert ask(reader, HERE)["status"] == "elsewhere"
    [event] = Event.objects.filter(action="reading.moved")
    assert (event.before["where"], event.after) == ("Firefox on Windows", {"where": "Firefox on Windows"})


def test_the_same_browser_goes_on_unasked(study) -> None:
    reader = desk(study, 1)
    ask(reader, HERE)
    assert ask(reader, HERE)["status"] == "reading"
    assert not Event.objects.filter(action="reading.moved").exists()


def test_nobody_is_asked_after_leaving_after_half_an_hour_or_with_nothing_under_way(study, travel) -> None:
    reader = desk(study, 1)
    first = ask(reader, HERE)["read"]
    assert beat(reader, first, 0, leaving=True).status_code == 200
    assert not Seat.objects.exists()
    assert ask(reader, THERE)["status"] == "reading"
    travel.shift(timedelta(minutes=29, seconds=59))
    assert ask(reader, HERE)["status"] == "elsewhere"
    travel.shift(timedelta(seconds=1))
    last = ask(reader, HERE)["read"]
    while last:
        answer = reader.post_submit(last, answers_to(last)).json()["next"]
        last = answer.get("read")
    assert ask(reader, THERE)["status"] == "complete"


def test_a_submission_sent_again_takes_nothing_back_from_the_device_that_took_over(study, travel) -> None:
    """Its first answer was lost; meanwhile the next case is read elsewhere."""
    reader = desk(study, 1)
    first = ask(reader, HERE)["read"]
    sent = {"idempotency_key": str(uuid.uuid4())}
    assert reader.post_submit(first, answers_to(first), **sent).json()["next"]["status"] == "reading"
    travel.shift(timedelta(seconds=5))
    theirs = ask(reader, THERE, take_over=True)["read"]
    again = reader.post_submit(first, answers_to(first), **sent)
    assert (again.status_code, again.json()["next"]["status"]) == (200, "elsewhere")
    assert reader.put_draft(theirs, answers_to(theirs)).status_code == 200


def test_a_question_after_a_case_is_asked_at_one_device(study, monkeypatch) -> None:
    """What stands open after handing in is under way too."""
    reader = desk(study, 1)
    first = ask(reader, HERE)["read"]
    while first:
        first = reader.post_submit(first, answers_to(first)).json()["next"].get("read")
    assert ask(reader, THERE)["status"] == "complete"
    monkeypatch.setattr("readerstudy.reads.recalls.unanswered", lambda _: Read.objects.first())
    assert ask(reader, THERE)["status"] == "elsewhere"


def test_studies_and_readers_have_desks_of_their_own(study) -> None:
    ask(desk(study, 1), HERE)
    assert ask(desk(study, 2), THERE)["status"] == "reading"
    assert Seat.objects.count() == 2


def test_who_gives_no_name_takes_over_and_leaves_no_seat(study) -> None:
    """A script, not a browser."""
    reader = desk(study, 1)
    ask(reader, HERE)
    assert ask(reader, None)["status"] == "reading"
    assert not Seat.objects.exists()
    assert ask(reader, THERE)["status"] == "reading"


def test_what_is_no_name_is_refused(study) -> None:
    reader = desk(study, 1)
    url = f"/api/enrolments/{reader.enrolment.pk}/next"
    assert (
        reader.client.post(url, {"device": "my laptop"}, content_type="application/json").status_code == 400
    )


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605.1", "Safari on Mac OS"),
        ("", "a browser"),
        ("curl/8", "a browser"),
    ],
)
def test_a_device_in_a_readers_words(user_agent: str, words: str) -> None:
    assert device_in_words(user_agent) == words


@pytest.mark.parametrize("ends", ["the study is locked", "the reader has left"])
def test_once_reading_has_ended_no_device_is_sent_to_another(study, ends: str) -> None:
    reader = desk(study, 2)
    ask(reader, HERE)
    if ends == "the study is locked":
        studies.lock_study(actor=study.created_by, study=study)
    else:
        conduct.withdraw(actor=study.created_by, enrolment=reader.enrolment, reason="Left the hospital.")
    assert ask(reader, THERE)["status"] == "complete", "there is nothing to take over"
