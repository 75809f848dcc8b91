"""Decisions on the conduct of a study, free of clock and database."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.conduct.states import (
    AnalysisSet,
    Deviation,
    OverrideState,
    ReaderPeriodState,
    Verdict,
)
from readerstudy.studies.states import StudyState

CONDUCTS: tuple[Role, ...] = (Role.COORDINATOR,)
APPROVES: tuple[Role, ...] = (Role.COORDINATOR, Role.ADMINISTRATOR)
LONGEST_OVERRIDE = timedelta(days=14)
LONG_PAUSE = timedelta(hours=8)


def reason_given(reason: str) -> str:
    """The reason without blanks around it. Raises BadInput for one that says nothing."""
    text = reason.strip()
    if len(text) < 10:
        raise BadInput("Give the reason in a sentence: it is kept for ever and exported.", code="reason")
    return text


def check_is_open(state: str) -> None:
    """Raises Conflict unless the study is open."""
    if state != StudyState.OPEN:
        raise Conflict(f"Only in an open study; this one is {state}.", code="study-state")


def check_override_expiry(*, now: datetime, expires_at: datetime) -> None:
    """Raises BadInput for an expiry that has passed or lies further off than two weeks."""
    if not now < expires_at <= now + LONGEST_OVERRIDE:
        raise BadInput(
            f"An override ends within {LONGEST_OVERRIDE.days} days from now: choose a later or nearer end.",
            code="expiry",
        )


def check_second_person(*, requested_by: object, decided_by: object) -> None:
    """Raises Refused where one person would both ask for an override and decide on it."""
    if requested_by == decided_by:
        raise Refused("An override needs two persons: someone else decides on it.", code="second-person")


def override_state(*, now: datetime, expires_at: datetime, approved: bool | None) -> OverrideState:
    """Where an override stands; `approved` is None while nobody has decided."""
    if approved is False:
        return OverrideState.DECLINED
    if now >= expires_at:
        return OverrideState.EXPIRED
    return OverrideState.APPROVED if approved else OverrideState.REQUESTED


@dataclass(frozen=True)
class PeriodFacts:
    """What decides where a reader stands in a period.

    earlier_complete: everything of this reader's earlier periods is handed in. washed_out: the next case may
    be sent now. begun: a case of the period was opened. closed: its latest date has come.
    """

    total: int
    done: int
    begun: bool
    earlier_complete: bool
    washed_out: bool
    withdrawn: bool
    study_open: bool
    closed: bool


def reader_period_state(facts: PeriodFacts) -> ReaderPeriodState:
    """Where a reader stands in a period."""
    if facts.withdrawn:
        return ReaderPeriodState.WITHDRAWN
    if facts.done == facts.total:
        return ReaderPeriodState.COMPLETE
    if facts.closed or not facts.study_open:
        return ReaderPeriodState.EXPIRED
    if facts.begun:
        return ReaderPeriodState.IN_PROGRESS
    if not facts.earlier_complete:
        return ReaderPeriodState.PLANNED
    return ReaderPeriodState.OPEN if facts.washed_out else ReaderPeriodState.WAITING


@dataclass(frozen=True)
class ReadFacts:
    """What a read that is being handed in shows of its conduct.

    earlier_unread: positions before its own in the period that are not handed in. seen_later: the later
    periods in which its case was shown already. pauses: the time between one sign of the reader at this read
    and the next. correction: it follows a reopening. aided: its arm shows the map. images_sent, map_sent:
    whether any of it left the server. seen_elsewhere: whether the reader was shown the case elsewhere between
    opening and handing in.
    """

    correction: bool
    late: bool
    earlier_unread: Collection[int]
    seen_later: Collection[int]
    aided: bool
    images_sent: bool
    map_sent: bool
    pauses: Collection[timedelta]
    seen_elsewhere: bool


def deviations_of(facts: ReadFacts) -> Iterable[tuple[Deviation, str]]:
    """Every deviation of a read but an override, with what is to be known of it beyond its name."""
    if facts.correction:
        yield Deviation.REOPENED, ""
    if facts.late:
        yield Deviation.LATE, ""
    out_of_order = [
        f"{what}: {', '.join(map(str, sorted(numbers)))}"
        for what, numbers in (
            ("unread before it", facts.earlier_unread),
            ("seen before it in period", facts.seen_later),
        )
        if numbers
    ]
    if out_of_order and not facts.correction:
        yield Deviation.WRONG_ORDER, "; ".join(out_of_order)
    if facts.aided and not facts.map_sent:
        yield Deviation.AID_FAILURE, ""
    if not facts.images_sent:
        yield Deviation.IMAGES_NOT_SENT, ""
    longest = max(facts.pauses, default=timedelta())
    if longest > LONG_PAUSE:
        yield Deviation.INTERRUPTION, f"{longest.total_seconds() / 3600:.1f} hours"
    if facts.seen_elsewhere:
        yield Deviation.SEEN_ELSEWHERE, ""


@dataclass(frozen=True)
class Standing:
    """What decides whether a handed-in read is analysed.

    primary: it is the one of its kind (original or correction) that the plan takes. deviations: with the
    person's verdict on each, None while nobody has decided.
    """

    primary: bool
    reader_withdrawn: bool
    case_withdrawn: bool
    deviations: tuple[tuple[Deviation, Verdict | None], ...] = ()


def exclusion_of(standing: Standing, analysis_set: AnalysisSet) -> str:
    """Why a read is not in this set, in words; empty where it is.

    Both sets leave out what was withdrawn and what is not primary. The per-protocol set also leaves out
    every read under an override and every read that a person excluded for its deviation.
    """
    if standing.case_withdrawn:
        return "case withdrawn"
    if standing.reader_withdrawn:
        return "reader withdrawn"
    if not standing.primary:
        return "not the primary read"
    if analysis_set is AnalysisSet.FULL:
        return ""
    for kind, verdict in standing.deviations:
        if kind is Deviation.OVERRIDE:
            return "override"
        if verdict is Verdict.EXCLUDE:
            return kind.value
    return ""


_WEEK_DAYS = 7


def by_week(days: Iterable[float]) -> list[dict[str, int]]:
    """How many gaps there are by whole weeks, from the shortest to the longest, empty weeks included."""
    counted = Counter(int(gap // _WEEK_DAYS) for gap in days)
    if not counted:
        return []
    return [
        {"from_days": week * _WEEK_DAYS, "to_days": (week + 1) * _WEEK_DAYS, "gaps": counted[week]}
        for week in range(min(counted), max(counted) + 1)
    ]
