"""Breaks and caps at the reading room's door (line R5): refused with when and why; nothing goes ahead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from readerstudy.accounts.services import set_contact
from readerstudy.audit.models import Event
from readerstudy.reads.models import Attention, Read
from readerstudy.reads.reopening import reopen
from readerstudy.studies import protocol
from readerstudy.studies.selectors import protocol_of
from tests import factories
from tests.readerstudy.reads.desk import Desk, answers_to, desk
from tests.readerstudy.reads.test_amending import amend
from tests.readerstudy.reads.test_attention import beat

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
MINUTE = timedelta(minutes=1)


def reader_with(template: str = "gao-2022", cases: int = 4, **pacing: Any) -> Desk:
    document = protocol.make(template) | {"pacing": pacing}
    return desk(factories.make_study(cases=cases, document=document), 2)


def test_r5_a_break_stops_the_next_case_and_says_when_it_opens_and_why(travel) -> None:
    reader = reader_with(break_after_cases=2, break_minutes=15)
    reader.read_one()
    read = reader.open()
    reader.look(read)
    coming = reader.post_submit(read, answers_to(read)).json()["next"]
    assert coming["status"] == "waiting"
    assert coming["opens_at"] == "2026-03-01T12:15:00+00:00"
    assert coming["message"].startswith("You have read 2 cases since your last break")
    assert not Event.objects.filter(action="read.refused").exists(), "nobody asked"
    assert reader.next() == coming
    refused = Event.objects.get(action="read.refused")
    assert (refused.after["rule"], refused.after["opens_at"]) == ("break", coming["opens_at"])
    page = reader.client.get("/read/").content.decode()
    assert "take one of 15 minutes now" in page
    assert "Go on reading" not in page
    travel.shift(15 * MINUTE - timedelta(seconds=1))
    assert reader.next()["status"] == "waiting"
    travel.shift(timedelta(seconds=1))
    assert reader.open()["position"] == 3
    assert "Go on reading" in reader.client.get("/read/").content.decode()


def test_r5_the_case_under_way_is_never_stopped(travel) -> None:
    reader = reader_with(cases_per_day=1, break_after_minutes=1, break_minutes=60)
    read = reader.open()
    reader.look(read)
    travel.shift(3 * MINUTE)
    assert reader.open()["id"] == read["id"]
    assert reader.put_draft(reader.open(), answers_to(read)).status_code == 200
    again = reader.open()
    assert reader.post_submit(again, answers_to(again)).json()["next"]["status"] == "waiting"


def test_r5_a_cap_opens_with_the_readers_next_day(travel) -> None:
    reader = reader_with(cases_per_day=2)
    reader.user.time_zone = "Asia/Tokyo"
    reader.user.save()
    reader.read_one()
    reader.read_one()
    assert reader.next()["opens_at"] == "2026-03-01T15:00:00+00:00"
    assert Event.objects.get(action="read.refused").after["rule"] == "cap"
    travel.shift(timedelta(hours=3))
    assert reader.open()["position"] == 3


def test_r5_another_time_zone_does_not_lift_a_cap(travel) -> None:
    """At 16 h on 1 March it is the day after in Tokyo."""
    reader = reader_with(cases_per_day=2)
    reader.read_one()
    reader.read_one()
    ends = "2026-03-02T00:00:00+00:00"
    assert reader.next()["opens_at"] == ends
    travel.shift(timedelta(hours=4))
    for zone in ("Asia/Tokyo", "Europe/London", "Asia/Tokyo"):
        set_contact(user=reader.user, time_zone=zone, email="")
        reader.sign_in_again()
        assert reader.next()["opens_at"] == ends
    travel.move_to(ends)
    reader.sign_in_again()
    assert reader.open()["position"] == 3


def test_r5_nothing_goes_ahead_past_a_break_or_cap(travel) -> None:
    reader = reader_with(break_after_cases=2, break_minutes=15, cases_per_day=3)
    reader.look(reader.open())
    assert reader.ahead() is not None
    reader.read_one()
    reader.look(reader.open())
    assert reader.ahead() is None, "the break comes after this one"
    reader.read_one()
    travel.shift(15 * MINUTE)
    reader.look(reader.open())
    assert reader.ahead() is None, "the day is full after this one"
    assert not Read.objects.filter(state="ahead").exists()


def test_w1_what_was_sent_ahead_leaves_no_more_once_a_break_or_closing_stands_before_it(travel) -> None:
    """By an amendment, or by the clock, while the case before it is still read."""
    reader = desk(factories.make_study(cases=4), 2)
    read = reader.open()
    reader.look(read)
    images = reader.ahead()
    assert images is not None
    frame = images["t1"]["frame_urls"][0]
    assert reader.client.get(frame).status_code == 200
    study = reader.enrolment.study
    capped = protocol_of(study).document | {"pacing": {"cases_per_day": 1}}
    later = {"effective_at": datetime(2026, 3, 1, 13, tzinfo=UTC)}
    amend(study, document=capped, **later)
    travel.shift(timedelta(minutes=60))
    refused = reader.client.get(frame)
    assert (refused.status_code, refused.json()["code"]) == (409, "ahead")
    assert Event.objects.filter(action="read.refused", after__rule="ahead").count() == 1
    periods = [{**row} for row in capped["periods"]]
    periods[0]["closes_at"] = "2026-03-01T14:00:00Z"
    amend(study, document={**capped, "pacing": {"cases_per_day": 3}, "periods": periods})
    assert reader.client.get(frame).status_code == 200
    travel.shift(timedelta(minutes=60))
    assert reader.client.get(frame).status_code == 409
    assert reader.client.get(read["images"]["t1"]["frame_urls"][0]).status_code == 200


def test_r5_a_limit_in_time_may_come_at_any_moment_so_that_nothing_goes_ahead(travel) -> None:
    reader = reader_with(hours_per_day=8)
    reader.look(reader.open())
    assert reader.ahead() is None


def test_r5_both_parts_of_a_second_read_are_one_case(travel) -> None:
    reader = reader_with("second-read", break_after_cases=1, break_minutes=15)
    first = reader.read_one()
    second = reader.open()
    assert (first["part"], second["part"]) == (1, 2)
    assert reader.post_submit(second, answers_to(second)).json()["next"]["status"] == "waiting"


def test_r5_a_rest_with_a_case_open_is_a_break(travel) -> None:
    """The next case opens with the handing in of the one before: a night with it open is no reading."""
    reader = reader_with(break_after_cases=2, break_minutes=15)
    reader.read_one()
    read = reader.open()
    reader.look(read)
    travel.shift(10 * MINUTE)
    beat(reader, read, 0)
    travel.shift(10 * MINUTE)
    beat(reader, read, 5_000)
    travel.shift(MINUTE)
    beat(reader, read, 60_000)
    held = Attention.objects.get(read=read["id"])
    assert (held.active_ms, held.resting_ms, held.longest_rest_ms) == (65_000, 0, 20 * 60_000 - 5_000)
    assert reader.post_submit(read, answers_to(read)).json()["next"]["status"] == "reading"
    assert reader.read_one()["position"] == 3
    assert reader.next()["status"] == "waiting"


def test_a_case_that_waits_for_weeks_counts_a_rest_of_a_day(travel) -> None:
    reader = reader_with(break_after_cases=2, break_minutes=15)
    read = reader.open()
    travel.shift(timedelta(days=60))
    reader.sign_in_again()
    read = reader.open()
    assert reader.post_submit(read, answers_to(read), active_ms=1_000).status_code == 200
    assert Attention.objects.get(read=read["id"]).longest_rest_ms == 24 * 3600 * 1000


def test_r5_a_correction_waits_for_the_break_as_well(travel) -> None:
    reader = reader_with(break_after_cases=2, break_minutes=15)
    reader.read_one()
    reader.read_one()
    study = reader.enrolment.study
    assignment = reader.enrolment.assignments.get(period__number=1, position=1)
    reopen(actor=study.created_by, assignment=assignment, reason="Upper and lower were mixed up.")
    assert reader.next()["status"] == "waiting"
    travel.shift(15 * MINUTE)
    assert reader.open()["position"] == 1
