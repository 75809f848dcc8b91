"""Breaks and caps on the facts of one reader: what was handed in lately, and what that stops."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from readerstudy.accounts.selectors import zones_held
from readerstudy.reads.models import Read
from readerstudy.reads.states import ReadState
from readerstudy.studies import selectors as studies
from readerstudy.studies.absences import closed_for
from readerstudy.studies.models import Assignment, Enrolment
from readerstudy.studies.pacing import HandedIn, Pacing, Stop, pacing_of
from readerstudy.studies.pacing import stop_of as decide
from readerstudy.studies.policies import closing_moment

_LATELY = timedelta(days=2)


def stop_of(enrolment: Enrolment, *, now: datetime) -> Stop | None:
    """The break or cap that stops this reader's next case now. No query where the protocol has none."""
    return _stop(enrolment, [], now=now)


def may_stop_after(current: Assignment, *, now: datetime) -> bool:
    """Whether a break, a cap or the closing of the period can come between this case, which is being read,
    and the next.

    A case is handed in at no known moment: where there is a limit in time or a closing, it can always come.
    """
    document = studies.document_in_force(current.enrolment.study)
    if closing_moment(document, current.period.number) is not None:
        return True
    return _may_stop_next(current.enrolment, now=now)


def stands_ahead(ahead: Assignment, *, now: datetime) -> bool:
    """Whether images of a case that was sent ahead may still leave: its period has not closed since, and no
    break or cap came to stand before it by an amendment."""
    document = studies.document_in_force(ahead.enrolment.study)
    closed = closed_for(ahead.enrolment, document, now=now)
    return ahead.period.number not in closed and not _may_stop_next(ahead.enrolment, now=now)


def zones_of(enrolment: Enrolment, *, now: datetime) -> list[str]:
    """The time zones by which this reader's caps are counted now; where there is none, the one lived by."""
    if not _pacing_of(enrolment).limits_days:
        return [enrolment.reader.time_zone]
    return zones_held(enrolment.reader, since=now - _LATELY)


def _may_stop_next(enrolment: Enrolment, *, now: datetime) -> bool:
    pacing = _pacing_of(enrolment)
    if pacing == Pacing():
        return False
    if pacing.limits_time:
        return True
    being_read = (ReadState.OPENED, ReadState.DRAFT)
    under_way = Read.objects.filter(assignment__enrolment=enrolment, state__in=being_read)
    return _stop(enrolment, list(_facts(under_way, until=now)), now=now) is not None


def is_under_way(assignment: Assignment) -> bool:
    """Whether this case goes on and is no next one: it is open, or its first part was handed in."""
    under_way = assignment.reads.filter(state__in=(ReadState.OPENED, ReadState.DRAFT)).exists()
    goes_on = assignment.part == 2 and not assignment.reads.filter(state=ReadState.SUBMITTED).exists()
    return under_way or goes_on


def _pacing_of(enrolment: Enrolment) -> Pacing:
    return pacing_of(studies.document_in_force(enrolment.study))


def _stop(enrolment: Enrolment, and_now: list[HandedIn], *, now: datetime) -> Stop | None:
    pacing = _pacing_of(enrolment)
    if pacing == Pacing():
        return None
    handed_in = Read.objects.filter(
        assignment__enrolment=enrolment, state=ReadState.SUBMITTED, submitted_at__gt=now - _LATELY
    )
    return decide(
        pacing,
        [*and_now, *_facts(handed_in)],
        now=now,
        zones=[ZoneInfo(name) for name in zones_of(enrolment, now=now)],
        hour=studies.document_in_force(enrolment.study)["opens_at_local_hour"],
    )


def _facts(reads: QuerySet[Read], *, until: datetime | None = None) -> Iterator[HandedIn]:
    """The latest first; `until` stands for the handing in of what is still open.

    Where no window told how long a case was looked at, all its time counts.
    """
    rows = reads.order_by("-submitted_at", "-opened_at").values_list(
        "opened_at",
        "submitted_at",
        "attention__active_ms",
        "attention__longest_rest_ms",
        "assignment__part",
    )
    for opened_at, handed_in_at, active_ms, rest_ms, part in rows:
        submitted_at = handed_in_at or until
        active = timedelta(milliseconds=active_ms) if active_ms else submitted_at - opened_at
        rested = timedelta(milliseconds=rest_ms) if active_ms else timedelta()
        yield HandedIn(opened_at, submitted_at, active, rested, begins_a_case=part == 1)
