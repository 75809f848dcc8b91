"""Moving the clock of an installation that was started as a demo (study-conduct, line W7)."""

from datetime import timedelta

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, NotThere
from readerstudy.studies.models import Study

MAX_DAYS = 366


@transaction.atomic
def advance_clock(*, actor: User, days: int, study: Study) -> timedelta:
    """Move the demo's clock forward by whole days and return how far it now stands ahead.

    Raises NotThere outside a demo, BadInput for a step that is not forward or longer than a year.
    """
    before = clock.offset()
    if not clock.can_be_moved():
        raise NotThere
    if not 1 <= days <= MAX_DAYS:
        raise BadInput(f"The clock moves forward by 1 to {MAX_DAYS} days.", code="clock")
    audit.record(
        actor=actor,
        action="demo.clock-advanced",
        target=study,
        study_id=study.pk,
        before={"offset_s": int(before.total_seconds())},
        after={"offset_s": int((before + timedelta(days=days)).total_seconds())},
    )
    return clock.advance(timedelta(days=days))
