"""The one guard before everything a reader can reach: pixels, metadata, maps, answers.

It asks the one blinding decision and keeps a record of every refusal. What is not there, what belongs to
another reader and what is blinded are refused in the same words, with the same work done.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import Conflict, NotThere, Refused
from readerstudy.reads import policies, selectors
from readerstudy.reads.models import Read
from readerstudy.reads.states import Item, Phase, ReadState
from readerstudy.studies.policies import washout_has_passed
from readerstudy.studies.states import Arm, StudyState


def own_read(*, user: User, read_id: UUID, item: Item) -> Read:
    """This person's own read. Raises NotThere, and keeps a record, for any other."""
    read = selectors.reads_visible_to(user).filter(pk=read_id).first()
    if read is None:
        note_refusal(user=user, target=user, asked={"read": str(read_id), "item": item}, rule="not-found")
        raise NotThere
    return read


def ask(*, user: User, read_id: UUID, item: Item) -> Read:
    """The read, if `item` of it may leave the server to this person now.

    Raises NotThere where it never may, Refused with `opens_at` before the washout has passed, Refused or
    Conflict where the read or its study is closed.
    """
    read = own_read(user=user, read_id=read_id, item=item)
    assignment = read.assignment
    viewer = policies.viewer_of(role=Role(user.role), is_its_reader=True)
    arm = Arm(assignment.period.arm)
    opens_at = selectors.opens_at(assignment)
    phase = policies.phase_of(
        study=StudyState(assignment.enrolment.study.state),
        read=ReadState(read.state),
        washed_out=washout_has_passed(now=clock.now(), opens_at=opens_at),
    )
    if item in policies.what_may_be_seen(viewer=viewer, arm=arm, phase=phase):
        return read
    if item not in policies.what_may_be_seen(viewer=viewer, arm=arm, phase=Phase.READING):
        refusal: Refused = NotThere()
    else:
        refusal = _closed(phase, opens_at)
    note_refusal(
        user=user,
        target=read,
        asked={"item": item},
        rule=refusal.code,
        study_id=assignment.enrolment.study_id,
    )
    raise refusal


def _closed(phase: Phase, opens_at: datetime | None) -> Refused:
    if phase is Phase.WAITING:
        return Refused(
            "The washout has not passed yet: come back when it has.",
            code="washout",
            opens_at=opens_at.isoformat() if opens_at else None,
        )
    if phase is Phase.STUDY_LOCKED:
        return Refused("The study is locked: nothing more can be read in it.", code="study-locked")
    return Conflict("This case is handed in and locked. Go on with the next one.", code="submitted")


@transaction.atomic
def note_refusal(*, user: User, target: Any, asked: dict[str, Any], rule: str, study_id: Any = "") -> None:
    """An event for something that was asked for and not given."""
    audit.record(
        actor=user, action="read.refused", target=target, study_id=study_id, after={**asked, "rule": rule}
    )
