"""What a reader reads next: the stored order, and what is to be read once more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet

from readerstudy.common.joined import Joined
from readerstudy.conduct.models import Reopening
from readerstudy.reads.models import Read
from readerstudy.reads.states import ReadState
from readerstudy.studies import selectors as studies
from readerstudy.studies.absences import closed_for
from readerstudy.studies.models import Assignment, Case, Enrolment, Period
from readerstudy.studies.selectors import OFFERED

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
SELECT p.number AS number, (
    SELECT a.id FROM studies_assignment a
    WHERE {_UNREAD} AND a.period_id = p.id AND a.position > {_PLACE.format(period="p.id")}
    {{not_closed}}
    ORDER BY a.position, a.part LIMIT 1) AS first
FROM studies_period p WHERE p.study_id = %(study)s
"""
_TO_READ_AGAIN = """
SELECT o.assignment_id, 0, o.number
FROM conduct_reopening o JOIN studies_assignment a ON a.id = o.assignment_id
WHERE a.enrolment_id = %(enrolment)s
    AND NOT EXISTS (SELECT 1 FROM studies_casewithdrawal w WHERE w.case_id = a.case_id)
    AND NOT EXISTS (SELECT 1 FROM reads_read r WHERE r.assignment_id = o.assignment_id
        AND r.number = o.number AND r.state = 'submitted')
"""
_CANDIDATES = f"""
WITH f AS MATERIALIZED ({_FIRST_OF_PERIODS}), k (id, looked_at, again) AS (
    SELECT f.first, CASE WHEN {_LOOKED_AT.format(assignment="f.first")} THEN 1 ELSE 0 END, 0
    FROM f WHERE f.first IS NOT NULL
    UNION ALL {_TO_READ_AGAIN})
SELECT {{rows}}, k.looked_at, k.again
FROM k JOIN studies_assignment a ON a.id = k.id
JOIN studies_case c ON c.id = a.case_id
JOIN studies_period p ON p.id = a.period_id
LEFT JOIN reads_read r ON r.assignment_id = a.id AND r.state <> 'submitted'
ORDER BY p.number, a.position, a.part
"""
"""Per period the first case behind the reader's place, and whether it was looked at; what is to be read
again, and as which read; each with the read under way, if there is one."""
_AFTER = f"""
SELECT {{rows}} FROM studies_assignment a
JOIN studies_case c ON c.id = a.case_id
JOIN studies_period p ON p.id = a.period_id
WHERE {_UNREAD} AND a.period_id = %(period)s
    AND (a.position > %(position)s OR (a.position = %(position)s AND a.part > %(part)s))
{{not_closed}}
ORDER BY a.position, a.part LIMIT 1
"""
UNREAD_BEFORE = f"""
SELECT a.position FROM studies_assignment a
WHERE {_UNREAD} AND a.period_id = %(period)s AND a.position < %(position)s
    AND a.position > {_PLACE.format(period="%(period)s")}
"""
"""The positions before %(position)s in its period that were never handed in and are still in the study."""


_ASSIGNED: dict[str, type[Model]] = {"a": Assignment, "c": Case, "p": Period}
_Either = dict[bool, Joined]
"""Of a statement: as it is while no period has closed (False), and once one has (True)."""


def _either(sql: str, **models: type[Model]) -> _Either:
    return {
        closed: Joined(sql.replace("{not_closed}", _NOT_CLOSED if closed else ""), **models)
        for closed in (False, True)
    }


_candidates = _either(_CANDIDATES, **_ASSIGNED, r=Read)
_after = _either(_AFTER, **_ASSIGNED)


def next_assignment(enrolment: Enrolment, *, now: datetime) -> Assignment | None:
    """The first case in the stored order that was never handed in; None when there is none to give.

    Cases that left the study are passed over, and those of a period that has closed, unless under way.
    """
    return next_up(enrolment, now=now).coming


def assignment_after(coming: Assignment, *, now: datetime) -> Assignment | None:
    """The one that follows it in its period; None behind the last."""
    place = {"period": coming.period_id, "position": coming.position, "part": coming.part}
    found = _ask(_after, coming.enrolment, now, **place)
    return next((_assigned(coming.enrolment, *row) for row in found), None)


@dataclass(frozen=True)
class NextUp:
    """What can come next. coming: the first case of the stored order that was never handed in.

    under_way: it was looked at. A case that was only opened with the answer to the one before is not.
    numbers: of the reads that corrections will be; reads: those under way; both by assignment.
    """

    coming: Assignment | None
    corrections: tuple[Assignment, ...]
    under_way: bool
    numbers: Mapping[int, int]
    reads: Mapping[int, Read]

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
    firsts: list[tuple[Assignment, bool]] = []
    corrections, numbers, reads = [], {}, {}
    for *assigned, read, looked_at, again in _ask(_candidates, enrolment, now, study=enrolment.study_id):
        assignment = _assigned(enrolment, *assigned)
        if read is not None:
            read.assignment = assignment
            reads[assignment.pk] = read
        if again:
            corrections.append(assignment)
            numbers[assignment.pk] = again
        else:
            firsts.append((assignment, bool(looked_at)))
    coming, under_way = firsts[0] if firsts else (None, False)
    return NextUp(coming, tuple(corrections), under_way, numbers, reads)


def _ask(either: _Either, enrolment: Enrolment, now: datetime, **values: object) -> list[tuple[Any, ...]]:
    closed = closed_for(enrolment, studies.document_in_force(enrolment.study), now=now)
    values |= {"enrolment": enrolment.pk} | ({"closed": closed} if closed else {})
    return either[bool(closed)].ask(**values)


def _assigned(enrolment: Enrolment, assignment: Assignment, case: Case, period: Period) -> Assignment:
    assignment.enrolment, assignment.case, assignment.period = enrolment, case, period
    return assignment


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
