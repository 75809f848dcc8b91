"""Noting that a reader is away."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, NotThere
from readerstudy.studies import policies
from readerstudy.studies.models import Absence, Study
from readerstudy.studies.states import StudyState


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
