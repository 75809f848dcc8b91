"""Readers who are away: what is on record, and what it moves."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, NotThere
from readerstudy.studies import policies
from readerstudy.studies.models import Absence, Enrolment, Study
from readerstudy.studies.states import StudyState


def away(enrolment: Enrolment) -> list[tuple[datetime, datetime]]:
    """When this reader is away, as policies take it."""
    return list(enrolment.absences.values_list("begins_at", "ends_at"))


def away_in(study: Study) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """The same for every reader of a study, in one query."""
    found: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = Absence.objects.filter(enrolment__study=study)
    for enrolment, begins_at, ends_at in rows.values_list("enrolment", "begins_at", "ends_at"):
        found[enrolment].append((begins_at, ends_at))
    return found


def closed_for(enrolment: Enrolment, document: Mapping[str, Any], *, now: datetime) -> list[int]:
    """The periods that have closed for this reader; asks for absences only where one ever closes."""
    if not any(row.get("closes_at") for row in document["periods"]):
        return []
    return policies.closed_periods(document, now=now, away=away(enrolment))


@transaction.atomic
def note_absence(
    *, actor: User, study: Study, enrolment_id: UUID, first: date, last: date, reason: str
) -> Absence:
    """A reader is away from the first to the last day, both whole days where the reader is.

    Raises NotThere, Conflict unless the study is open, BadInput without a reason or for days in wrong order.
    """
    row = Study.objects.select_for_update().get(pk=study.pk)
    enrolment = row.enrolments.select_related("reader").filter(pk=enrolment_id).first()
    if enrolment is None:
        raise NotThere
    if row.state != StudyState.OPEN:
        raise Conflict(f"The study is {row.state}: absences are noted in an open one.", code="study-state")
    if not reason.strip():
        raise BadInput("Say why the reader is away.", code="reason")
    zone = ZoneInfo(enrolment.reader.time_zone)
    begins_at = datetime.combine(first, time(), zone).astimezone(UTC)
    ends_at = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    policies.check_away(begins_at=begins_at, ends_at=ends_at)
    absence = Absence.objects.create(
        enrolment=enrolment,
        begins_at=begins_at,
        ends_at=ends_at,
        reason=reason.strip(),
        by=actor,
        at=clock.now(),
    )
    audit.record(
        actor=actor,
        action="reader.absence-noted",
        target=enrolment,
        study_id=study.pk,
        after={
            "reader": enrolment.index,
            "begins_at": begins_at.isoformat(),
            "ends_at": ends_at.isoformat(),
        },
        reason=absence.reason,
    )
    return absence
