"""The decisions of conduct, as tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from readerstudy.common.errors import BadInput
from readerstudy.conduct.policies import (
    LONG_PAUSE,
    PeriodFacts,
    ReadFacts,
    Standing,
    check_override_expiry,
    deviations_of,
    exclusion_of,
    override_state,
    reader_period_state,
    reason_given,
)
from readerstudy.conduct.states import (
    READER_PERIOD_TRANSITIONS,
    AnalysisSet,
    Deviation,
    OverrideState,
    ReaderPeriodState,
    Verdict,
)
from readerstudy.reads.policies import state_of
from readerstudy.reads.states import READ_TRANSITIONS, STORED_STATES, ReadState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERIOD = PeriodFacts(
    total=4,
    done=0,
    begun=False,
    earlier_complete=True,
    washed_out=True,
    withdrawn=False,
    study_open=True,
    closed=False,
)
READ = ReadFacts(
    correction=False,
    late=False,
    earlier_unread=(),
    seen_later=(),
    aided=True,
    images_sent=True,
    map_sent=True,
    pauses=(timedelta(minutes=3),),
    seen_elsewhere=False,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ReaderPeriodState.OPEN),
        ({"earlier_complete": False}, ReaderPeriodState.PLANNED),
        ({"washed_out": False}, ReaderPeriodState.WAITING),
        ({"begun": True}, ReaderPeriodState.IN_PROGRESS),
        ({"begun": True, "done": 4}, ReaderPeriodState.COMPLETE),
        ({"begun": True, "done": 4, "closed": True}, ReaderPeriodState.COMPLETE),
        ({"begun": True, "done": 3, "closed": True}, ReaderPeriodState.EXPIRED),
        ({"study_open": False}, ReaderPeriodState.EXPIRED),
        ({"done": 4, "withdrawn": True}, ReaderPeriodState.WITHDRAWN),
    ],
)
def test_where_a_reader_stands_in_a_period(changes, expected) -> None:
    assert reader_period_state(replace(PERIOD, **changes)) is expected


def test_every_state_is_reached_by_the_tables() -> None:
    for table, first in (
        (READER_PERIOD_TRANSITIONS, ReaderPeriodState.PLANNED),
        (READ_TRANSITIONS, ReadState.PENDING),
    ):
        reached, fresh = {first}, {first}
        while fresh:
            fresh = {follower for state in fresh for follower in table[state]} - reached
            reached |= fresh
        assert reached == set(table)


@pytest.mark.parametrize(
    ("stored", "reopened", "replaced", "expected"),
    [
        (None, False, False, ReadState.PENDING),
        (ReadState.OPENED, False, False, ReadState.OPENED),
        (ReadState.DRAFT, False, False, ReadState.DRAFT),
        (ReadState.SUBMITTED, False, False, ReadState.LOCKED),
        (ReadState.SUBMITTED, True, False, ReadState.REOPENED),
        (ReadState.SUBMITTED, True, True, ReadState.SUPERSEDED),
    ],
)
def test_the_state_of_a_read(stored, reopened, replaced, expected) -> None:
    assert state_of(stored, reopened=reopened, replaced=replaced) is expected
    assert stored is None or stored in STORED_STATES


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"late": True}, [Deviation.LATE]),
        ({"earlier_unread": [2, 1]}, [Deviation.WRONG_ORDER]),
        ({"seen_later": [2]}, [Deviation.WRONG_ORDER]),
        ({"seen_later": [2], "earlier_unread": [1]}, [Deviation.WRONG_ORDER]),
        ({"seen_later": [2], "correction": True}, [Deviation.REOPENED]),
        ({"earlier_unread": [1], "correction": True}, [Deviation.REOPENED]),
        ({"map_sent": False}, [Deviation.AID_FAILURE]),
        ({"map_sent": False, "aided": False}, []),
        ({"images_sent": False}, [Deviation.IMAGES_NOT_SENT]),
        ({"pauses": [LONG_PAUSE]}, []),
        ({"pauses": [LONG_PAUSE + timedelta(seconds=1)]}, [Deviation.INTERRUPTION]),
        ({"pauses": []}, []),
        ({"seen_elsewhere": True}, [Deviation.SEEN_ELSEWHERE]),
    ],
)
def test_what_deviates(changes, expected) -> None:
    assert [kind for kind, _ in deviations_of(replace(READ, **changes))] == expected


@pytest.mark.parametrize(
    ("standing", "full", "per_protocol"),
    [
        (Standing(True, False, False), "", ""),
        (Standing(True, True, False), "reader withdrawn", "reader withdrawn"),
        (Standing(True, True, True), "case withdrawn", "case withdrawn"),
        (Standing(False, False, False), "not the primary read", "not the primary read"),
        (Standing(True, False, False, ((Deviation.OVERRIDE, None),)), "", "override"),
        (Standing(True, False, False, ((Deviation.OVERRIDE, Verdict.KEEP),)), "", "override"),
        (Standing(True, False, False, ((Deviation.LATE, Verdict.EXCLUDE),)), "", "late"),
        (Standing(True, False, False, ((Deviation.LATE, Verdict.KEEP),)), "", ""),
        (Standing(True, False, False, ((Deviation.LATE, None),)), "", ""),
    ],
)
def test_what_each_analysis_set_leaves_out(standing, full, per_protocol) -> None:
    assert exclusion_of(standing, AnalysisSet.FULL) == full
    assert exclusion_of(standing, AnalysisSet.PER_PROTOCOL) == per_protocol


@pytest.mark.parametrize(
    ("hours", "approved", "expected"),
    [
        (1, None, OverrideState.REQUESTED),
        (1, True, OverrideState.APPROVED),
        (1, False, OverrideState.DECLINED),
        (0, None, OverrideState.EXPIRED),
        (0, True, OverrideState.EXPIRED),
        (-5, False, OverrideState.DECLINED),
    ],
)
def test_where_an_override_stands(hours, approved, expected) -> None:
    assert override_state(now=NOW, expires_at=NOW + timedelta(hours=hours), approved=approved) is expected


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=-1), timedelta(days=14, seconds=1)])
def test_an_override_ends_within_two_weeks(ahead) -> None:
    with pytest.raises(BadInput, match="within 14 days"):
        check_override_expiry(now=NOW, expires_at=NOW + ahead)
    check_override_expiry(now=NOW, expires_at=NOW + timedelta(days=14))


@pytest.mark.parametrize("text", ["", "   ", "because", "  short     "])
def test_a_reason_says_something(text) -> None:
    with pytest.raises(BadInput, match="sentence"):
        reason_given(text)
    assert reason_given("  The scanner's clock was wrong. ") == "The scanner's clock was wrong."
