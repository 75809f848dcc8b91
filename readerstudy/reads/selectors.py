"""Reading reads: what is next, what was seen when, how far everyone is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Q, QuerySet

from readerstudy.accounts.models import User
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.exams.models import Instance, Series
from readerstudy.exams.selectors import known_as, last_sighting
from readerstudy.predictions import selectors as predictions
from readerstudy.predictions.models import ModicMap
from readerstudy.reads import policies
from readerstudy.reads.models import Exposure, KeptInput, Read
from readerstudy.reads.states import ReadState
from readerstudy.studies import policies as study_policies
from readerstudy.studies import protocol
from readerstudy.studies import selectors as studies
from readerstudy.studies.models import Assignment, Enrolment, Study
from readerstudy.studies.policies import Exposed
from readerstudy.studies.states import Arm, StudyState, WashoutMode, arms_in_words


def enrolments_visible_to(reader: User) -> QuerySet[Enrolment]:
    """A reader's own enrolments in studies that have opened."""
    own = Enrolment.objects.filter(reader=reader).exclude(study__state=StudyState.DRAFT)
    return own.select_related("study", "reader").order_by("-study__opened_at")


def reads_visible_to(reader: User) -> QuerySet[Read]:
    """A reader's own reads, with all the guard asks about them."""
    return Read.objects.filter(assignment__enrolment__reader=reader).select_related(
        "assignment__case__exam",
        "assignment__case__modic_map__run",
        "assignment__period",
        "assignment__enrolment__study",
        "assignment__enrolment__reader",
    )


def next_assignment(enrolment: Enrolment) -> Assignment | None:
    """The first case in the stored order that has not been handed in; None when all are."""
    open_ones = enrolment.assignments.exclude(read__state=ReadState.SUBMITTED)
    related = ("case__exam", "period", "enrolment__study", "enrolment__reader")
    return open_ones.select_related(*related).order_by("period__number", "position", "part").first()


def exposures_before(assignment: Assignment, mode: WashoutMode) -> list[Exposed]:
    """What this reader was shown that may count: this case anywhere else, and what came in earlier periods.

    What was sent in this very period of this study is part of the same session and counts for nothing.
    """
    enrolment, period = assignment.enrolment, assignment.period
    seen = Exposure.objects.filter(read__assignment__enrolment__reader=enrolment.reader)
    session = Q(read__assignment__enrolment=enrolment, read__assignment__period=period)
    exams = known_as(assignment.case.exam)
    same = seen.filter(read__assignment__case__exam__in=exams).exclude(session)
    same_case = [same.aggregate(at=Max("last_at"))["at"], last_sighting(enrolment.reader, exams)]
    exposed = [Exposed(at, same_case=True, earlier_period=False) for at in same_case if at]
    if mode is WashoutMode.PER_SESSION:
        earlier = seen.filter(
            read__assignment__enrolment=enrolment, read__assignment__period__number__lt=period.number
        )
        began = seen.filter(session).aggregate(at=Min("first_at"))["at"]
        if began is not None:
            earlier = earlier.filter(first_at__lt=began)
        last = earlier.aggregate(at=Max("last_at"))["at"]
        exposed += [Exposed(last, same_case=False, earlier_period=True)] if last else []
    return exposed


@dataclass(frozen=True)
class Washout:
    """What stands before a case: the exposure that counts and the moment it may be sent; None for none."""

    last_counted: datetime | None
    opens_at: datetime | None


def washout_of(assignment: Assignment) -> Washout:
    """The one washout rule of the product on the facts as they are now."""
    document = studies.protocol_of(assignment.enrolment.study).document
    washout, mode = study_policies.washout_before(document, assignment.period.number)
    exposures = exposures_before(assignment, mode)
    opens = study_policies.reading_opens_at(washout=washout, mode=mode, exposures=exposures)
    hour = document["opens_at_local_hour"]
    if opens is not None and hour is not None:
        zone = ZoneInfo(assignment.enrolment.reader.time_zone)
        opens = study_policies.not_before_morning(opens, hour=hour, zone=zone)
    return Washout(study_policies.last_counted(mode, exposures), opens)


def opens_at(assignment: Assignment) -> datetime | None:
    """The first moment this case may be sent to its reader; None if nothing stands before it."""
    return washout_of(assignment).opens_at


def document_of(read: Read) -> dict[str, Any]:
    """The frozen protocol a read is made under."""
    return studies.protocol_of(read.assignment.enrolment.study).document


def frozen_map_of(read: Read) -> ModicMap:
    """The map frozen for the case at opening. Raises Conflict where it is no longer what was frozen."""
    case = read.assignment.case
    if case.modic_map is None or case.modic_map.sha256 != case.modic_map_sha256:
        raise Conflict("This map is not the one that was frozen: tell the coordinator.", code="map")
    return case.modic_map


def map_shown_in(read: Read) -> dict[str, Any]:
    """The frozen map, as much of it as the read's arm shows."""
    case, name = read.assignment.case, read.assignment.arm_name
    content = predictions.map_json(frozen_map_of(read), case.levels)
    return policies.shown_of_map(content, protocol.arm_named(document_of(read), name)["shows"])


def cases_in_period(assignment: Assignment) -> int:
    """How many cases this reader has in this period."""
    own = Assignment.objects.filter(enrolment=assignment.enrolment, period=assignment.period, part=1)
    return own.count()


def _other_part(assignment: Assignment, part: int) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        enrolment=assignment.enrolment, period=assignment.period, case=assignment.case, part=part
    )


def has_second_part(assignment: Assignment) -> bool:
    """Whether the same case is read again at once, with the map, when this answer is locked."""
    return assignment.part == 1 and _other_part(assignment, 2).exists()


def answers_to_carry(assignment: Assignment) -> list[dict[str, Any]]:
    """What a read starts from: nothing; the second part of a second read from its locked unaided answers."""
    if assignment.part == 1:
        return []
    first = Read.objects.filter(assignment__in=_other_part(assignment, 1), state=ReadState.SUBMITTED)
    locked = first.order_by("opened_at").last()
    return list(locked.draft) if locked else []


def series_of(read: Read, kind: str) -> Series:
    """The T1 or T2 of the read's exam. Raises NotThere where there is none."""
    series = read.assignment.case.exam.series.filter(kind=kind).first()
    if series is None:
        raise NotThere
    return series


def instance_of(read: Read, kind: str, index: int) -> Instance:
    """One image of it. Raises NotThere beyond the last."""
    exam = read.assignment.case.exam
    instance = Instance.objects.filter(series__exam=exam, series__kind=kind, index=index).first()
    if instance is None:
        raise NotThere
    return instance


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

    @property
    def complete(self) -> bool:
        return self.done == self.total


def progress_of(study: Study) -> list[Progress]:
    """One row per reader and period, in that order."""
    return [row for enrolment in studies.enrolments_of(study) for row in progress_of_reader(enrolment)]


def progress_of_reader(enrolment: Enrolment) -> list[Progress]:
    """One row per period of this reader, in as many queries however much has been read."""
    rows = (
        enrolment.assignments.values("period__number", "period__name")
        .annotate(
            total=Count("pk", distinct=True),
            done=Count("pk", filter=Q(read__state=ReadState.SUBMITTED), distinct=True),
            last=Max("read__exposures__last_at"),
        )
        .order_by("period__number")
    )
    coming = next_assignment(enrolment)
    opening = opens_at(coming) if coming else None
    arms = _arms_by_period(enrolment)
    return [
        Progress(
            enrolment=enrolment,
            period=row["period__number"],
            period_name=row["period__name"],
            arms=arms[row["period__number"]],
            done=row["done"],
            total=row["total"],
            last_exposed_at=row["last"],
            opens_at=opening if coming and coming.period.number == row["period__number"] else None,
        )
        for row in rows
    ]


def kept_inputs_of(study: Study) -> QuerySet[KeptInput]:
    """Input that did not become answers. What it says stays sealed with the answers."""
    rows = KeptInput.objects.filter(read__assignment__enrolment__study=study)
    return rows.select_related("read__assignment__period", "read__assignment__enrolment__reader")


def _arms_by_period(enrolment: Enrolment) -> dict[int, str]:
    """How this reader reads in each period, as it is told to people."""
    found: dict[int, set[Arm]] = defaultdict(set)
    for number, arm in enrolment.assignments.order_by().values_list("period__number", "arm").distinct():
        found[number].add(Arm(arm))
    return {number: arms_in_words(arms) for number, arms in found.items()}


@dataclass(frozen=True)
class Desk:
    """What lies on a reader's desk for one study.

    coming: the period that is next, None when all is read. waits: whether its washout has yet to pass.
    """

    enrolment: Enrolment
    periods: list[Progress]
    coming: Progress | None
    waits: bool
    washout: timedelta


def desk_of(enrolment: Enrolment, *, now: datetime) -> Desk:
    """Progress and what can be read now, for the reader's own page."""
    periods = progress_of_reader(enrolment)
    coming = next((progress for progress in periods if not progress.complete), None)
    opening = coming.opens_at if coming else None
    document = studies.protocol_of(enrolment.study).document
    return Desk(
        enrolment=enrolment,
        periods=periods,
        coming=coming if enrolment.study.state == StudyState.OPEN else None,
        waits=not study_policies.washout_has_passed(now=now, opens_at=opening),
        washout=study_policies.washout_before(document, coming.period)[0] if coming else timedelta(),
    )
