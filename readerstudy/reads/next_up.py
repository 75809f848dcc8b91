"""What a reader reads next: the stored order, and what is to be read once more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from readerstudy.common.statements import rows
from readerstudy.conduct.models import Reopening
from readerstudy.reads.models import Read
from readerstudy.reads.states import ReadState
from readerstudy.studies import selectors as studies
from readerstudy.studies.absences import closed_for
from readerstudy.studies.casework import OFFERED
from readerstudy.studies.models import Assignment, Enrolment

_UNREAD = """
    a.enrolment_id = %(enrolment)s
    AND NOT EXISTS (SELECT 1 FROM reads_read r WHERE r.assignment_id = a.id AND r.state = 'submitted')
    AND NOT EXISTS (SELECT 1 FROM studies_casewithdrawal w WHERE w.case_id = a.case_id)
"""
_PLACE = """COALESCE((
    SELECT s.settled_to FROM reads_place s
    WHERE s.enrolment_id = %(enrolment)s AND s.period_id = {period}), 0)"""
_LOOKED_AT = """EXISTS (
    SELECT 1 FROM reads_read u WHERE u.assignment_id = {assignment} AND (u.state = 'draft' OR (
        u.state = 'opened' AND EXISTS (SELECT 1 FROM reads_exposure x WHERE x.read_id = u.id))))"""
_NOT_CLOSED = f"""
    AND (p.number NOT IN (%(closed)s) OR {_LOOKED_AT.format(assignment="a.id")})
"""
_FIRST_OF_PERIODS = f"""
WITH f AS MATERIALIZED (
    SELECT p.number AS number, (
        SELECT a.id FROM studies_assignment a
        WHERE {_UNREAD} AND a.period_id = p.id AND a.position > {_PLACE.format(period="p.id")}
        {{not_closed}}
        ORDER BY a.position, a.part LIMIT 1) AS first
    FROM studies_period p WHERE p.study_id = %(study)s)
SELECT f.number, f.first, {_LOOKED_AT.format(assignment="f.first")}
FROM f WHERE f.first IS NOT NULL
"""
"""Per period the first case behind the reader's place, and whether it was looked at."""
_TO_READ_AGAIN = """
UNION ALL SELECT -o.number, o.assignment_id, NULL
FROM conduct_reopening o JOIN studies_assignment a ON a.id = o.assignment_id
WHERE a.enrolment_id = %(enrolment)s
    AND NOT EXISTS (SELECT 1 FROM studies_casewithdrawal w WHERE w.case_id = a.case_id)
    AND NOT EXISTS (SELECT 1 FROM reads_read r WHERE r.assignment_id = o.assignment_id
        AND r.number = o.number AND r.state = 'submitted')
"""
_AFTER = f"""
SELECT a.id FROM studies_assignment a JOIN studies_period p ON p.id = a.period_id
WHERE {_UNREAD} AND a.period_id = %(period)s
    AND (a.position > %(position)s OR (a.position = %(position)s AND a.part > %(part)s))
{{not_closed}}
ORDER BY a.position, a.part LIMIT 1
"""
_BEFORE = f"""
SELECT a.position FROM studies_assignment a
WHERE {_UNREAD} AND a.period_id = %(period)s AND a.position < %(position)s
    AND a.position > {_PLACE.format(period="%(period)s")}
ORDER BY a.position
"""


def next_assignment(enrolment: Enrolment, *, now: datetime) -> Assignment | None:
    """The first case in the stored order that was never handed in; None when there is none to give.

    Cases that left the study are passed over, and those of a period that has closed, unless under way.
    """
    found = _ask(_FIRST_OF_PERIODS, enrolment, now, study=enrolment.study_id)
    return next(iter(_fetched(enrolment, [first for _, first, _ in sorted(found)][:1])), None)


def assignment_after(coming: Assignment, *, now: datetime) -> Assignment | None:
    """The one that follows it in its period; None behind the last."""
    place = {"period": coming.period_id, "position": coming.position, "part": coming.part}
    found = _ask(_AFTER, coming.enrolment, now, **place)
    return next(iter(_fetched(coming.enrolment, [first for (first,) in found])), None)


@dataclass(frozen=True)
class NextUp:
    """What can come next. coming: the first case of the stored order that was never handed in.

    under_way: it was looked at. A case that was only opened with the answer to the one before is not.
    numbers: of the reads that corrections will be, by assignment.
    """

    coming: Assignment | None
    corrections: tuple[Assignment, ...]
    under_way: bool
    numbers: Mapping[int, int]

    @property
    def candidates(self) -> list[Assignment]:
        """In the order in which they come: the case under way, corrections, the next of the stored order."""
        coming = [self.coming] if self.coming else []
        return [*coming, *self.corrections] if self.under_way else [*self.corrections, *coming]

    def number_of(self, assignment: Assignment) -> int:
        """Which read of its case it will be: 1, or that of the correction that was asked for."""
        return self.numbers.get(assignment.pk, 1)


def next_up(enrolment: Enrolment, *, now: datetime) -> NextUp:
    """Everything that can come next for this reader, whether or not its washout has passed."""
    found = _ask(_FIRST_OF_PERIODS + _TO_READ_AGAIN, enrolment, now, study=enrolment.study_id)
    firsts = sorted(row for row in found if row[0] > 0)[:1]
    again = {key: -number for number, key, _ in found if number < 0}
    fetched = _fetched(enrolment, [*again, *(first for _, first, _ in firsts)])
    return NextUp(
        coming=next((case for case in fetched if case.pk not in again), None),
        corrections=tuple(case for case in fetched if case.pk in again),
        under_way=any(looked_at for _, _, looked_at in firsts),
        numbers=again,
    )


def _ask(sql: str, enrolment: Enrolment, now: datetime, **values: object) -> list[tuple]:
    closed = closed_for(enrolment, studies.document_in_force(enrolment.study), now=now)
    values |= {"enrolment": enrolment.pk} | ({"closed": closed} if closed else {})
    return rows(sql.format(not_closed=_NOT_CLOSED if closed else ""), **values)


def _fetched(enrolment: Enrolment, keys: list[int]) -> list[Assignment]:
    """The enrolment's assignments with these keys in the stored order."""
    if not keys:
        return []
    found = Assignment.objects.filter(pk__in=keys).select_related("case", "period")
    ordered = sorted(found, key=lambda case: (case.period.number, case.position, case.part))
    for assignment in ordered:
        assignment.enrolment = enrolment
    return ordered


def unread_before(assignment: Assignment) -> list[int]:
    """The positions before it in its period that were never handed in and are still in the study."""
    found = rows(
        _BEFORE,
        enrolment=assignment.enrolment_id,
        period=assignment.period_id,
        position=assignment.position,
    )
    return [position for (position,) in found]


def pending_reopenings() -> QuerySet[Reopening]:
    """What was reopened and not handed in again, of cases that are still in their study."""
    corrected = Read.objects.filter(
        assignment=OuterRef("assignment"), number=OuterRef("number"), state=ReadState.SUBMITTED
    )
    return Reopening.objects.filter(assignment__case__withdrawal__isnull=True).exclude(Exists(corrected))


def reasons_to_read_again(enrolment: Enrolment) -> list[Reopening]:
    """What this reader was asked to read once more, in the stored order."""
    waiting = pending_reopenings().filter(assignment__enrolment=enrolment)
    ordered = waiting.order_by("assignment__period__number", "assignment__position", "assignment__part")
    return list(ordered.select_related("assignment__case", "assignment__period"))


def has_unread(enrolment: Enrolment) -> bool:
    """Whether any case of this reader was never handed in, those that left the study apart."""
    return enrolment.assignments.filter(OFFERED).exclude(read__state=ReadState.SUBMITTED).exists()
