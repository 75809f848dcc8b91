"""Reading reads: what is next, what was seen when, how far everyone is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from readerstudy.accounts.models import User
from readerstudy.common import clock
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.common.joined import Joined, link
from readerstudy.common.statements import moment_of, rows, uuid_of
from readerstudy.conduct.models import Override, Withdrawal
from readerstudy.conduct.selectors import override_in_force
from readerstudy.exams.models import Instance, Series
from readerstudy.exams.selectors import ALIKE, same_among
from readerstudy.predictions import selectors as predictions
from readerstudy.predictions.models import ModicMap, ShamMap
from readerstudy.reads import policies
from readerstudy.reads.models import Attention, KeptInput, Read
from readerstudy.reads.states import ReadState
from readerstudy.studies import policies as study_policies
from readerstudy.studies import protocol
from readerstudy.studies import selectors as studies
from readerstudy.studies.models import Assignment, Case, CaseWithdrawal, Enrolment, Period, Study
from readerstudy.studies.policies import Exposed
from readerstudy.studies.states import Arm, StudyState, WashoutMode


def enrolments_visible_to(reader: User) -> QuerySet[Enrolment]:
    """A reader's own enrolments in studies that have opened."""
    own = Enrolment.objects.filter(reader=reader).exclude(study__state=StudyState.DRAFT)
    return own.select_related("study", "reader", "withdrawal").order_by("-study__opened_at")


_OWN_ENROLMENT = Joined(
    f"""
SELECT {{rows}}, {studies.OF_PROTOCOL}
FROM studies_enrolment e JOIN studies_study s ON s.id = e.study_id AND s.state <> 'draft'
JOIN {studies.IN_FORCE}
LEFT JOIN conduct_withdrawal l ON l.enrolment_id = e.id
WHERE e.id = %(enrolment)s AND e.reader_id = %(reader)s
""",
    e=Enrolment,
    s=Study,
    l=Withdrawal,
)


_HELD = Joined(
    """
SELECT e.id FROM studies_enrolment e JOIN studies_study s ON s.id = e.study_id
WHERE e.id = %(enrolment)s AND e.reader_id = %(reader)s
"""
)


def hold_enrolment(reader: User, enrolment_id: UUID) -> None:
    """Let nobody amend or lock the study, or decide on this reader's next case, until the transaction ends.

    What is read before it may be of a protocol that is no longer in force when the event is written.
    """
    _HELD.ask(share="s", hold="e", enrolment=enrolment_id, reader=reader.pk)


def own_enrolment(reader: User, enrolment_id: UUID, *, now: datetime) -> Enrolment | None:
    """The enrolment with the protocol in force now, if it is this reader's in a study that has opened."""
    found = _OWN_ENROLMENT.ask(enrolment=enrolment_id, reader=reader.pk, now=now)
    for enrolment, study, left, *protocol_row in found:
        studies.hold_protocol(study, *protocol_row)
        enrolment.study, enrolment.reader = study, reader
        link(enrolment, "withdrawal", left)
        return cast(Enrolment, enrolment)
    return None


_OWN_READ = Joined(
    f"""
SELECT {{rows}}, {studies.OF_PROTOCOL}
FROM reads_read r
JOIN studies_assignment a ON a.id = r.assignment_id
JOIN studies_case c ON c.id = a.case_id
JOIN studies_period p ON p.id = a.period_id
JOIN studies_enrolment e ON e.id = a.enrolment_id
JOIN studies_study s ON s.id = e.study_id
JOIN {studies.IN_FORCE}
LEFT JOIN reads_attention t ON t.read_id = r.id
LEFT JOIN studies_casewithdrawal w ON w.case_id = c.id
LEFT JOIN conduct_withdrawal l ON l.enrolment_id = e.id
WHERE r.id = %(read)s AND e.reader_id = %(reader)s
""",
    r=Read,
    a=Assignment,
    c=Case,
    p=Period,
    e=Enrolment,
    s=Study,
    t=Attention,
    w=CaseWithdrawal,
    l=Withdrawal,
)


def own_read(reader: User, read_id: UUID, *, hold: bool = False) -> Read | None:
    """A reader's own read, with all the guard asks about it and its attention; None for any other.

    hold: its row, until the transaction ends.
    """
    found = _OWN_READ.ask(hold="r" if hold else "", read=read_id, reader=reader.pk, now=clock.now())
    for read, assignment, case, period, enrolment, study, attention, case_left, left, *protocol_row in found:
        studies.hold_protocol(study, *protocol_row)
        enrolment.study, enrolment.reader = study, reader
        assignment.enrolment, assignment.case, assignment.period = enrolment, case, period
        read.assignment = assignment
        link(read, "attention", attention)
        link(case, "withdrawal", case_left)
        link(enrolment, "withdrawal", left)
        return cast(Read, read)
    return None


_SHOWN_BEFORE = f"""
WITH alike (exam_id, shared) AS ({ALIKE})
SELECT k.exam_id, k.shared, (
    SELECT MAX(x.last_at) FROM reads_exposure x
    WHERE x.reader_id = %(reader)s AND x.exam_id = k.exam_id
        AND NOT (x.enrolment_id = %(enrolment)s AND x.period_id = %(period)s)), (
    SELECT MAX(g.at) FROM exams_sighting g WHERE g.person_id = %(reader)s AND g.exam_id = k.exam_id)
FROM alike k
"""
_SHOWN_IN_EARLIER_PERIODS = """
UNION ALL SELECT NULL, 0, (
    SELECT x.last_at FROM reads_exposure x
    WHERE x.enrolment_id = %(enrolment)s AND x.period_id = p.id AND (
        b.began_at IS NULL OR x.first_at < b.began_at)
    ORDER BY x.last_at DESC LIMIT 1), NULL
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
    enrolment, period, exam = assignment.enrolment, assignment.period, assignment.case.exam_id
    found = rows(
        _SHOWN_BEFORE + (_SHOWN_IN_EARLIER_PERIODS if per_session else ""),
        reader=enrolment.reader_id,
        exam=exam,
        enrolment=enrolment.pk,
        period=period.pk,
        **({"study": period.study_id, "number": period.number} if per_session else {}),
    )
    alike = [(uuid_of(one), shared) for one, shared, *_ in found if one is not None]
    same = same_among(alike, exam)
    return [
        Exposed(at, same_case=one is not None, earlier_period=one is None)
        for one, _, *times in found
        if one is None or uuid_of(one) in same
        for at in map(moment_of, times)
        if at is not None
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
