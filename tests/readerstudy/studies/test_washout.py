"""The washout: last exposure plus elapsed hours, to the second (lines W1 to W3, trust 6)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readerstudy.studies.policies import (
    Exposed,
    not_before_morning,
    reading_opens_at,
    washout_has_passed,
)
from readerstudy.studies.states import WashoutMode

WASHOUT = timedelta(hours=672)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.timezones()
).filter(lambda moment: moment.utcoffset() is not None)


def opens(*exposures: Exposed, mode: WashoutMode = WashoutMode.PER_SESSION) -> datetime:
    moment = reading_opens_at(washout=WASHOUT, mode=mode, exposures=exposures)
    assert moment is not None
    return moment


def seen(moment: datetime, *, same_case: bool = True, earlier: bool = True) -> Exposed:
    return Exposed(moment, same_case=same_case, earlier_period=earlier)


def test_trust_6_a_case_never_seen_is_open() -> None:
    assert reading_opens_at(washout=WASHOUT, mode=WashoutMode.PER_CASE, exposures=[]) is None
    assert washout_has_passed(now=datetime(2026, 1, 1, tzinfo=UTC), opens_at=None)


def test_trust_6_opens_at_the_exact_second() -> None:
    last = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    moment = opens(seen(last))
    assert moment == datetime(2026, 3, 29, 12, 0, 0, tzinfo=UTC)
    assert washout_has_passed(now=moment, opens_at=moment)
    assert not washout_has_passed(now=moment - timedelta(microseconds=1), opens_at=moment)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        # clocks go forward on 29 March 2026: 28 calendar days would be 671 h
        (datetime(2026, 3, 2, 9, 0), datetime(2026, 3, 30, 10, 0)),
        # clocks go back on 25 October 2026: 28 calendar days would be 673 h
        (datetime(2026, 10, 1, 9, 0), datetime(2026, 10, 29, 8, 0)),
        # a leap day within
        (datetime(2028, 2, 10, 9, 0), datetime(2028, 3, 9, 9, 0)),
    ],
)
def test_trust_6_daylight_saving_and_leap_days_change_nothing(last: datetime, expected: datetime) -> None:
    zone = ZoneInfo("Europe/Berlin")
    moment = opens(seen(last.replace(tzinfo=zone)))
    assert moment.astimezone(zone).replace(tzinfo=None) == expected
    assert moment - last.replace(tzinfo=zone).astimezone(UTC) == WASHOUT


def test_trust_6_the_repeated_hour_is_told_apart() -> None:
    zone = ZoneInfo("Europe/Berlin")
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=zone)
    assert opens(seen(twice.replace(fold=1))) - opens(seen(twice)) == timedelta(hours=1)


def test_trust_6_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        opens(seen(datetime(2026, 1, 1)))


def test_per_session_the_latest_exposure_of_earlier_periods_counts() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
    assert opens(seen(early), seen(late, same_case=False)) == late + WASHOUT
    assert opens(seen(early), seen(late, same_case=False, earlier=False)) == early + WASHOUT


def test_per_case_only_the_same_patient_counts_wherever_it_was_seen() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
    assert opens(seen(early), seen(late, same_case=False), mode=WashoutMode.PER_CASE) == early + WASHOUT
    assert opens(seen(early), seen(late, earlier=False), mode=WashoutMode.PER_CASE) == late + WASHOUT


@given(
    st.lists(st.builds(Exposed, MOMENTS, st.booleans(), st.booleans()), max_size=6),
    st.integers(1, 10_000),
    st.sampled_from(WashoutMode),
    MOMENTS,
)
def test_never_closer_than_the_washout(
    exposures: list[Exposed], hours: int, mode: WashoutMode, now: datetime
) -> None:
    washout = timedelta(hours=hours)
    moment = reading_opens_at(washout=washout, mode=mode, exposures=exposures)
    if washout_has_passed(now=now, opens_at=moment):
        own = [e for e in exposures if e.same_case]
        assert all(now.astimezone(UTC) - e.at.astimezone(UTC) >= washout for e in own)
    more = reading_opens_at(washout=washout, mode=mode, exposures=[*exposures, seen(now, earlier=False)])
    assert more is not None
    assert moment is None or more >= moment, "an exposure never brings reading closer"


def test_trust_6_an_exposure_at_this_very_instant_counts() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert not washout_has_passed(now=now, opens_at=opens(seen(now)))


@pytest.mark.parametrize(
    ("moment", "hour", "zone", "expected"),
    [
        ("2026-03-10T06:59:59+00:00", 7, "UTC", "2026-03-10T07:00:00+00:00"),
        ("2026-03-10T07:00:00+00:00", 7, "UTC", "2026-03-10T07:00:00+00:00"),
        ("2026-03-10T07:00:00.000001+00:00", 7, "UTC", "2026-03-11T07:00:00+00:00"),
        ("2026-03-28T23:30:00+00:00", 7, "Europe/Berlin", "2026-03-29T05:00:00+00:00"),
        ("2026-03-29T00:30:00+00:00", 2, "Europe/Berlin", "2026-03-29T01:00:00+00:00"),
        ("2026-10-25T00:30:00+00:00", 2, "Europe/Berlin", "2026-10-26T01:00:00+00:00"),
        ("2026-06-01T12:00:00+00:00", 7, "Pacific/Kiritimati", "2026-06-01T17:00:00+00:00"),
    ],
)
def test_trust_6_an_opening_is_rounded_up_to_the_readers_morning_never_down(
    moment: str, hour: int, zone: str, expected: str
) -> None:
    rounded = not_before_morning(datetime.fromisoformat(moment), hour=hour, zone=ZoneInfo(zone))
    assert rounded == datetime.fromisoformat(expected)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.integers(0, 23),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_trust_6_rounding_up_waits_less_than_a_day_and_an_hour(
    moment: datetime, hour: int, zone: str
) -> None:
    rounded = not_before_morning(moment, hour=hour, zone=ZoneInfo(zone))
    assert timedelta() <= rounded - moment <= timedelta(hours=25)
