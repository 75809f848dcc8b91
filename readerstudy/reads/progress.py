"""How far everyone is: for the coordinator's page and for the reader's own."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from readerstudy.conduct.models import Reopening, Withdrawal
from readerstudy.conduct.policies import PeriodFacts, reader_period_state
from readerstudy.conduct.states import ReaderPeriodState
from readerstudy.reads import pacing, recalls, selectors
from readerstudy.reads.next_up import next_assignment, next_up, reasons_to_read_again
from readerstudy.reads.states import ReadState
from readerstudy.studies import policies as study_policies
from readerstudy.studies import selectors as studies
from readerstudy.studies.absences import closed_for
from readerstudy.studies.models import Enrolment
from readerstudy.studies.pacing import Stop, pacing_of
from readerstudy.studies.selectors import OFFERED
from readerstudy.studies.states import Arm, StudyState, arms_in_words


@dataclass(frozen=True)
class Progress:
    """How far one reader is in one period. Never says what was answered.

    arms: how its cases are read, in words. opens_at: for the period that is next, the moment it opens, where
    earlier exposures decide that.
    """

    enrolment: Enrolment
    period: int
    period_name: str
    arms: str
    done: int
    total: int
    last_exposed_at: datetime | None
    opens_at: datetime | None
    state: ReaderPeriodState

    @property
    def complete(self) -> bool:
        return self.done == self.total


def progress_of_reader(enrolment: Enrolment, *, now: datetime) -> list[Progress]:
    """One row per period of this reader, in as many queries however much has been read."""
    rows = list(
        enrolment.assignments.filter(OFFERED)
        .values("period__number", "period__name")
        .annotate(
            total=Count("pk", distinct=True),
            done=Count("pk", filter=Q(read__state=ReadState.SUBMITTED), distinct=True),
            begun=Count("read", distinct=True),
            last=Max("read__exposures__last_at"),
        )
        .order_by("period__number")
    )
    coming = next_assignment(enrolment, now=now)
    washout = selectors.washout_of(coming, now=now) if coming else None
    document = studies.document_in_force(enrolment.study)
    closed = closed_for(enrolment, document, now=now)
    withdrawn = Withdrawal.objects.filter(enrolment=enrolment).exists()
    arms = _arms_by_period(enrolment)
    made: list[Progress] = []
    for row in rows:
        number = row["period__number"]
        comes = coming is not None and coming.period.number == number
        facts = PeriodFacts(
            total=row["total"],
            done=row["done"],
            begun=row["begun"] > 0,
            earlier_complete=all(earlier.complete for earlier in made),
            washed_out=comes and washout is not None and washout.lets_through,
            withdrawn=withdrawn,
            study_open=enrolment.study.state == StudyState.OPEN,
            closed=number in closed,
        )
        made.append(
            Progress(
                enrolment=enrolment,
                period=number,
                period_name=row["period__name"],
                arms=arms[number],
                done=row["done"],
                total=row["total"],
                last_exposed_at=row["last"],
                opens_at=washout.opens_at if comes and washout else None,
                state=reader_period_state(facts),
            )
        )
    return made


def _arms_by_period(enrolment: Enrolment) -> dict[int, str]:
    """How this reader reads in each period, as it is told to people."""
    found: dict[int, set[Arm]] = defaultdict(set)
    for number, arm in enrolment.assignments.order_by().values_list("period__number", "arm").distinct():
        found[number].add(Arm(arm))
    return {number: arms_in_words(arms) for number, arms in found.items()}


@dataclass(frozen=True)
class Desk:
    """What lies on a reader's desk for one study.

    coming: the period of the case that is next, None where there is none. opens_at: when it or a correction
    can be read; waits: whether that is still to come. stop: the break or cap before the next case. pacing:
    the protocol's breaks and caps in words. again: why cases are to be read once more. asked: whether the
    reader is to say of the last case that it was seen before.
    """

    enrolment: Enrolment
    periods: list[Progress]
    coming: Progress | None
    opens_at: datetime | None
    waits: bool
    stop: Stop | None
    pacing: str
    washout: timedelta
    again: list[Reopening]
    withdrawn: bool
    expired: bool
    asked: bool

    @property
    def readable(self) -> bool:
        """Whether a case can be opened now."""
        return self.coming is not None and not self.waits and self.stop is None


def desk_of(enrolment: Enrolment, *, now: datetime) -> Desk:
    """Progress and what can be read now, for the reader's own page."""
    periods = progress_of_reader(enrolment, now=now)
    candidates = next_up(enrolment, now=now).candidates
    washouts = [selectors.washout_of(assignment, now=now) for assignment in candidates]
    first = candidates[0] if candidates else None
    coming = next((row for row in periods if first and row.period == first.period.number), None)
    document = studies.document_in_force(enrolment.study)
    withdrawn = any(row.state is ReaderPeriodState.WITHDRAWN for row in periods)
    reading = enrolment.study.state == StudyState.OPEN and not withdrawn
    return Desk(
        enrolment=enrolment,
        periods=periods,
        coming=coming if reading else None,
        opens_at=min((washout.opens_at for washout in washouts if washout.opens_at), default=None),
        waits=bool(washouts) and not any(washout.lets_through for washout in washouts),
        stop=pacing.stop_of(enrolment, now=now) if not any(map(pacing.is_under_way, candidates)) else None,
        pacing=pacing_of(document).words,
        washout=study_policies.washout_before(document, coming.period)[0] if coming else timedelta(),
        again=reasons_to_read_again(enrolment) if reading else [],
        withdrawn=withdrawn,
        expired=any(row.state is ReaderPeriodState.EXPIRED for row in periods),
        asked=reading and recalls.unanswered(enrolment) is not None,
    )
