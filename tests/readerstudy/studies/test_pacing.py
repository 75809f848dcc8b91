"""Breaks and caps (line R5): they stop the next case and say when it opens."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readerstudy.studies.pacing import HandedIn, Pacing, Stop, pacing_of, stop_of
from readerstudy.studies.protocol import make

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ZURICH = ZoneInfo("Europe/Zurich")
MINUTE = timedelta(minutes=1)


def handed_in(count: int, *, each: timedelta = 5 * MINUTE, until: datetime = NOON) -> list[HandedIn]:
    """So many cases without a pause between them, the latest first."""
    return [HandedIn(until - (n + 1) * each, until - n * each, active=each) for n in range(count)]


def stop(pacing: Pacing, done: list[HandedIn], now: datetime = NOON, hour: int | None = None) -> Stop | None:
    return stop_of(pacing, done, now=now, zones=[ZURICH], hour=hour)


def test_a_protocol_that_says_nothing_stops_nothing() -> None:
    assert pacing_of(make()) == Pacing()
    assert stop(Pacing(), handed_in(1000)) is None
    assert Pacing().words == ""


def test_a_break_comes_after_so_many_cases_and_ends_to_the_second() -> None:
    pacing = Pacing(break_after_cases=10, break_minutes=15)
    assert stop(pacing, handed_in(9)) is None
    found = stop(pacing, handed_in(10))
    assert found is not None
    assert (found.code, found.opens_at) == ("break", NOON + 15 * MINUTE)
    assert "10 cases since your last break" in found.detail
    assert stop(pacing, handed_in(10), NOON + 15 * MINUTE - timedelta(seconds=1)) is not None
    assert stop(pacing, handed_in(10), NOON + 15 * MINUTE) is None


def test_a_break_comes_after_so_much_active_time() -> None:
    pacing = Pacing(break_after_minutes=60, break_minutes=10)
    idle = [HandedIn(NOON - 90 * MINUTE, NOON, active=59 * MINUTE)]
    assert stop(pacing, idle) is None, "idle time is not reading"
    assert stop(pacing, handed_in(12)) == Stop(
        NOON + 10 * MINUTE,
        "break",
        "You have read for 60 minutes since your last break: take one of 10 minutes now.",
    )


def test_a_rest_between_or_within_cases_is_a_break() -> None:
    pacing = Pacing(break_after_cases=4, break_minutes=15)
    after, before = handed_in(2), handed_in(3, until=NOON - 25 * MINUTE)
    assert stop(pacing, [*after, *before]) is None
    within = [after[0], HandedIn(NOON - 25 * MINUTE, NOON - 5 * MINUTE, 5 * MINUTE, rested=15 * MINUTE)]
    assert stop(pacing, [*within, *before]) is None
    short = [after[0], HandedIn(NOON - 25 * MINUTE, NOON - 5 * MINUTE, 6 * MINUTE, rested=14 * MINUTE)]
    assert stop(pacing, [*short, *before]) is not None


def test_a_day_is_the_readers_own_and_a_cap_opens_with_the_next() -> None:
    pacing = Pacing(cases_per_day=3)
    late = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)
    found = stop(pacing, handed_in(3, until=late), late)
    assert found is not None
    assert (found.code, found.opens_at) == ("cap", datetime(2026, 3, 2, 23, tzinfo=UTC))
    assert stop(pacing, handed_in(3, until=late), found.opens_at) is None
    rounded = stop(pacing, handed_in(3, until=late), late, hour=7)
    assert rounded is not None
    assert rounded.opens_at == datetime(2026, 3, 3, 6, tzinfo=UTC)
    in_the_night = stop(pacing, handed_in(3, until=late), rounded.opens_at - MINUTE, hour=7)
    assert in_the_night is not None, "midnight does not end what ends in the morning"
    assert in_the_night.opens_at == rounded.opens_at
    assert "3 cases yesterday" in in_the_night.detail
    assert stop(pacing, handed_in(3, until=late), rounded.opens_at, hour=7) is None


@pytest.mark.parametrize("other", ["Pacific/Kiritimati", "Asia/Tokyo", "UTC", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("hour", [None, 7])
def test_another_zone_held_that_day_never_ends_a_cap_earlier(other: str, hour: int | None) -> None:
    pacing, done = Pacing(cases_per_day=3), handed_in(3)
    own = stop(pacing, done, hour=hour)
    both = stop_of(pacing, done, now=NOON, zones=[ZURICH, ZoneInfo(other)], hour=hour)
    assert own is not None
    assert both is not None
    assert both.opens_at >= own.opens_at
    end = both.opens_at
    assert stop_of(pacing, done, now=end, zones=[ZURICH, ZoneInfo(other)], hour=hour) is None


def test_hours_of_a_day_and_daylight_saving_time() -> None:
    """The night to 29 March 2026 has an hour less in Zurich."""
    pacing = Pacing(hours_per_day=0.5)
    evening = datetime(2026, 3, 28, 20, tzinfo=UTC)
    assert stop(pacing, handed_in(5, until=evening), evening) is None
    found = stop(pacing, handed_in(6, until=evening), evening)
    assert found is not None
    assert found.detail == "You have read for 0.5 hours today, as much as a day may hold."
    assert found.opens_at == datetime(2026, 3, 28, 23, tzinfo=UTC)
    rounded = stop(pacing, handed_in(6, until=evening), evening, hour=7)
    assert rounded is not None
    assert rounded.opens_at == datetime(2026, 3, 29, 5, tzinfo=UTC)


def test_both_parts_of_a_case_are_one_case() -> None:
    pacing = Pacing(break_after_cases=2, break_minutes=5)
    first, second = handed_in(2)
    assert stop(pacing, [HandedIn(first.opened_at, NOON, MINUTE, begins_a_case=False), second]) is None


def test_the_later_of_two_stops_counts() -> None:
    pacing = Pacing(break_after_cases=2, break_minutes=15, cases_per_day=2)
    found = stop(pacing, handed_in(2))
    assert found is not None
    assert found.code == "cap"


def test_a_clock_that_steps_back_opens_nothing() -> None:
    pacing = Pacing(break_after_cases=2, break_minutes=15, cases_per_day=2)
    assert stop(Pacing(break_after_cases=2, break_minutes=15), handed_in(2), NOON - 60 * MINUTE) is not None
    assert stop(pacing, handed_in(2), NOON - timedelta(days=1)) is not None


@pytest.mark.parametrize(
    ("pacing", "words"),
    [
        (Pacing(break_after_cases=10, break_minutes=15), "After 10 cases a break of 15 minutes"),
        (
            Pacing(break_after_cases=10, break_after_minutes=60, break_minutes=15, cases_per_day=40),
            "After 10 cases or 60 minutes of reading a break of 15 minutes; at most 40 cases a day",
        ),
        (
            Pacing(break_after_cases=1, break_minutes=1, hours_per_day=1),
            "After 1 case a break of 1 minute; at most 1 hour of reading a day",
        ),
        (Pacing(cases_per_day=40, hours_per_day=2.5), "At most 40 cases and 2.5 hours of reading a day"),
    ],
)
def test_it_is_told_in_a_sentence(pacing: Pacing, words: str) -> None:
    assert pacing.words == words


cases = st.lists(st.tuples(st.integers(1, 90), st.integers(0, 120)), min_size=1, max_size=40)


@given(cases, st.integers(1, 8), st.integers(1, 60), st.integers(1, 12), st.sampled_from([None, 7]))
def test_nobody_is_given_more_than_stated_and_everybody_goes_on(spans, after, lasts, most, hour) -> None:
    """A reader who takes each case when it opens: (minutes of reading, minutes of idling before asking)."""
    pacing = Pacing(break_after_cases=after, break_minutes=lasts, cases_per_day=most)
    now, done = NOON, list[HandedIn]()
    for reading, idling in spans:
        now += timedelta(minutes=idling)
        found = stop(pacing, done, now, hour)
        if found is not None:
            assert found.opens_at > now
            now = found.opens_at
            assert stop(pacing, done, now, hour) is None, "a stop ends when it says it does"
        opened, now = now, now + timedelta(minutes=reading)
        done.insert(0, HandedIn(opened, now, active=timedelta(minutes=reading)))
    for latest in range(len(done)):
        run = done[latest : latest + after + 1]
        gaps = [one.opened_at - other.submitted_at for one, other in zip(run, run[1:], strict=False)]
        assert len(run) <= after or max(gaps) >= lasts * MINUTE
    days = [one.submitted_at.astimezone(ZURICH).date() for one in done]
    assert max(days.count(day) for day in days) <= most + 1, "only a case begun the day before comes on top"
