"""Having a handed-in case read once more. What was handed in stays, and is primary unless the plan
says otherwise."""

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import Conflict
from readerstudy.conduct.models import Reopening
from readerstudy.conduct.policies import reason_given
from readerstudy.conduct.selectors import is_withdrawn
from readerstudy.conduct.services import open_study_locked
from readerstudy.reads.models import Read
from readerstudy.reads.states import ReadState
from readerstudy.studies.models import Assignment


@transaction.atomic
def reopen(*, actor: User, assignment: Assignment, reason: str) -> Reopening:
    """Ask the reader for a correction: a new read of the same case, flagged, beside the one handed in.

    Raises Conflict unless the study is open, the last read is handed in, and reader and case are still in
    the study; BadInput without a reason.
    """
    study = open_study_locked(assignment.enrolment.study)
    text = reason_given(reason)
    last = Read.objects.filter(assignment=assignment).order_by("-number").first()
    asked = assignment.reopenings.count() + 1
    if last is None or last.state != ReadState.SUBMITTED or last.number != asked:
        raise Conflict(
            "Only a case that is handed in, and not reopened already, can be read once more.", code="reopen"
        )
    if is_withdrawn(assignment):
        raise Conflict("This reader or case has left the study.", code="withdrawn")
    reopening = Reopening.objects.create(
        assignment=assignment, number=asked + 1, reason=text, by=actor, at=clock.now()
    )
    audit.record(
        actor=actor,
        action="read.reopened",
        target=last,
        study_id=study.pk,
        before={"state": ReadState.LOCKED},
        after={
            "state": ReadState.REOPENED,
            "number": reopening.number,
            "reader": assignment.enrolment.index,
            "case": assignment.case.number,
            "period": assignment.period.number,
        },
        reason=text,
    )
    return reopening
