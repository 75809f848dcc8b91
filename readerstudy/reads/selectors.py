"""Reading reads: what is next, what was seen when, how far everyone is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from readerstudy.accounts.models import User
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.common.statements import moment_of, rows
from readerstudy.conduct.models import Override
from readerstudy.conduct.selectors import override_in_force
from readerstudy.exams.models import Instance, Series
from readerstudy.exams.selectors import known_as
from readerstudy.predictions import selectors as predictions
from readerstudy.predictions.models import ModicMap, ShamMap
from readerstudy.reads import policies
from readerstudy.reads.models import KeptInput, Read
from readerstudy.reads.states import ReadState
from readerstudy.studies import policies as study_policies
from readerstudy.studies import protocol
from readerstudy.studies import selectors as studies
from readerstudy.studies.models import Assignment, Enrolment, Study
from readerstudy.studies.policies import Exposed
from readerstudy.studies.states import Arm, StudyState, WashoutMode


def enrolments_visible_to(reader: User) -> QuerySet[Enrolment]:
    """A reader's own enrolments in studies that have opened."""
    own = Enrolment.objects.filter(reader=reader).exclude(study__state=StudyState.DRAFT)
    return own.select_related("study", "reader", "withdrawal").order_by("-study__opened_at")


def reads_visible_to(reader: User) -> QuerySet[Read]:
    """A reader's own reads, with all the guard asks about them but the reader."""
    return Read.objects.filter(assignment__enrolment__reader=reader).select_related(
        "assignment__case__withdrawal",
        "assignment__period",
        "assignment__enrolment__study",
        "assignment__enrolment__withdrawal",
    )


_SHOWN_BEFORE = """
SELECT MAX(x.last_at), 1 FROM reads_exposure x
WHERE x.reader_id = %(reader)s AND x.exam_id IN (%(exams)s)
    AND NOT (x.enrolment_id = %(enrolment)s AND x.period_id = %(period)s)
UNION ALL SELECT MAX(g.at), 1 FROM exams_sighting g
WHERE g.person_id = %(reader)s AND g.exam_id IN (%(exams)s)
"""
_SHOWN_IN_EARLIER_PERIODS = """
UNION ALL SELECT (
    SELECT x.last_at FROM reads_exposure x
    WHERE x.enrolment_id = %(enrolment)s AND x.period_id = p.id AND (
        b.began_at IS NULL OR x.first_at < b.began_at)
    ORDER BY x.last_at DESC LIMIT 1), 0
FROM studies_period p CROSS JOIN (
    SELECT MIN(y.first_at) AS began_at FROM reads_exposure y
    WHERE y.enrolment_id = %(enrolment)s AND y.period_id = %(period)s) b
WHERE p.study_id = %(study)s AND p.number < %(number)s
"""


def exposures_before(assignment: Assignment, mode: WashoutMode) -> list[Exposed]:
    """What this reader was shown that may count: this case anywhere else, and what came in earlier periods.

    What was sent in this very period of this study is part of the same session and counts for nothing; nor
    does what was begun in an earlier period after this one was.
    """
    per_session = mode is WashoutMode.PER_SESSION
    enrolment, period = assignment.enrolment, assignment.period
    found = rows(
        _SHOWN_BEFORE + (_SHOWN_IN_EARLIER_PERIODS if per_session else ""),
        reader=enrolment.reader_id,
        exams=known_as(assignment.case.exam_id),
        enrolment=enrolment.pk,
        period=period.pk,
        **({"study": period.study_id, "number": period.number} if per_session else {}),
    )
    return [
        Exposed(at, same_case=bool(same_case), earlier_period=not same_case)
        for kept, same_case in found
        if (at := moment_of(kept)) is not None
    ]


@dataclass(frozen=True)
class Washout:
    """What stands before a case: the exposure that counts and the moment it may be sent; None for none.

    passed: whether it may be sent by now. override: what lets it be sent although it has not passed.
    """

    last_counted: datetime | None
    opens_at: datetime | None
    passed: bool
    override: Override | None

    @property
    def lets_through(self) -> bool:
        return self.passed or self.override is not None


def washout_of(assignment: Assignment, *, now: datetime) -> Washout:
    """The one washout rule of the product on the facts as they are now."""
    document = studies.document_in_force(assignment.enrolment.study)
    washout, mode = study_policies.washout_before(document, assignment.period.number)
    exposures = exposures_before(assignment, mode)
    opens_at = study_policies.reading_opens_at(washout=washout, mode=mode, exposures=exposures)
    hour = document["opens_at_local_hour"]
    if opens_at is not None and hour is not None:
        zone = ZoneInfo(assignment.enrolment.reader.time_zone)
        opens_at = study_policies.not_before_morning(opens_at, hour=hour, zone=zone)
    passed = study_policies.washout_has_passed(now=now, opens_at=opens_at)
    return Washout(
        study_policies.last_counted(mode, exposures),
        opens_at,
        passed,
        None if passed else override_in_force(assignment, now=now),
    )


def exposures_in(read: Read) -> list[dict[str, str]]:
    """What was sent in a read, from when to when, as plain values."""
    return [
        {"item": row.item, "first_at": row.first_at.isoformat(), "last_at": row.last_at.isoformat()}
        for row in read.exposures.order_by("first_at", "item")
    ]


def document_of(read: Read) -> dict[str, Any]:
    """The frozen protocol a read is made under."""
    return studies.document_in_force(read.assignment.enrolment.study)


def frozen_map_of(read: Read) -> ModicMap | ShamMap:
    """The map, true or sham, frozen for the read. Raises Conflict where it is no longer what was frozen."""
    case = read.assignment.case
    if read.assignment.arm == Arm.SHAM:
        held, sha256 = case.sham_map, case.sham_map_sha256
    else:
        held, sha256 = case.modic_map, case.modic_map_sha256
    if held is None or held.sha256 != sha256:
        raise Conflict("This map is not the one that was frozen: tell the coordinator.", code="map")
    return held


def map_shown_in(read: Read) -> dict[str, Any]:
    """The frozen map, as much of it as the read's arm shows."""
    content = predictions.map_json(frozen_map_of(read), read.assignment.case.levels)
    return policies.shown_of_map(content, shows_of(read))


def shows_of(read: Read) -> list[str]:
    """What of a map the read's arm shows: "map", "labels" or both."""
    return list(protocol.arm_named(document_of(read), read.assignment.arm_name)["shows"])


_PERIOD_AND_CASE = """
SELECT COUNT(*), COALESCE(MAX(CASE WHEN a.case_id = %(case)s THEN a.part END), 1)
FROM studies_assignment a WHERE a.enrolment_id = %(enrolment)s AND a.period_id = %(period)s
    AND (a.part = 1 OR a.case_id = %(case)s)
"""


def cases_in_period(assignment: Assignment) -> tuple[int, bool]:
    """How many cases this reader has in this period; whether this one is read again at once, with the map,
    when this answer is locked."""
    case, enrolment = assignment.case_id, assignment.enrolment_id
    ((found, parts),) = rows(_PERIOD_AND_CASE, case=case, enrolment=enrolment, period=assignment.period_id)
    return found - (parts == 2), assignment.part < parts


def answers_to_carry(assignment: Assignment) -> list[dict[str, Any]]:
    """What a read starts from: nothing; the second part of a second read from its locked unaided answers."""
    if assignment.part == 1:
        return []
    first = Read.objects.filter(
        assignment__enrolment=assignment.enrolment,
        assignment__period=assignment.period,
        assignment__case=assignment.case,
        assignment__part=1,
        state=ReadState.SUBMITTED,
    )
    locked = first.order_by("opened_at").last()
    return list(locked.draft) if locked else []


def series_of(read: Read, kind: str) -> Series:
    """The T1 or T2 of the read's exam. Raises NotThere where there is none."""
    series = Series.objects.filter(exam=read.assignment.case.exam_id, kind=kind).first()
    if series is None:
        raise NotThere
    return series


def instance_of(read: Read, kind: str, index: int) -> Instance:
    """One image of it. Raises NotThere beyond the last."""
    exam = read.assignment.case.exam_id
    instance = Instance.objects.filter(series__exam=exam, series__kind=kind, index=index).first()
    if instance is None:
        raise NotThere
    return instance


def kept_inputs_of(study: Study) -> QuerySet[KeptInput]:
    """Input that did not become answers. What it says stays sealed with the answers."""
    rows = KeptInput.objects.filter(read__assignment__enrolment__study=study)
    return rows.select_related("read__assignment__period", "read__assignment__enrolment__reader")
