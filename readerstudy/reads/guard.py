"""The one guard before everything a reader can reach: pixels, metadata, maps, answers.

It asks the one blinding decision and keeps a record of every refusal. What is not there, what belongs to
another reader and what is blinded are refused in the same words, with the same work done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import Conflict, NotThere, Refused
from readerstudy.common.joined import Joined
from readerstudy.reads import pacing, policies, selectors
from readerstudy.reads.models import Read
from readerstudy.reads.selectors import Washout
from readerstudy.reads.states import Item, Phase, ReadState
from readerstudy.studies.absences import closed_for
from readerstudy.studies.states import Arm, StudyState

_STUDY = Joined(
    """
SELECT s.id FROM studies_study s JOIN studies_enrolment e ON e.study_id = s.id
JOIN studies_assignment a ON a.enrolment_id = e.id JOIN reads_read r ON r.assignment_id = a.id
WHERE r.id = %(read)s
"""
)


def ask(*, user: User, read_id: UUID, item: Item) -> Read:
    """The read, if `item` of it may leave the server to this person now; a refusal is kept.

    Raises NotThere where it never may, Refused with `opens_at` before the washout has passed, Refused or
    Conflict where the read or its study is closed.
    """
    with refusals_kept(user=user, read_id=read_id, item=item):
        read = find(user=user, read_id=read_id)
        check_seen(user=user, read=read, item=item)
    return read


def find(*, user: User, read_id: UUID, lock: bool = False) -> Read:
    """This person's own read. Raises NotThere for any other, and for none.

    lock: hold study (with others who read in it) and read, in this order, so that an amendment or a lock of
    the study and a submission can't cross.
    """
    if lock:
        _STUDY.ask(share="s", read=read_id)
    read = selectors.own_read(user, read_id, hold=lock)
    if read is None:
        raise NotThere
    return read


def check_seen(*, user: User, read: Read, item: Item) -> Washout:
    """What stood before the case. Raises unless `item` may be sent to this person now."""
    phase, washout = _phase(read)
    viewer = policies.viewer_of(role=Role(user.role), is_its_reader=True)
    arm = Arm(read.assignment.arm)
    if phase is Phase.AHEAD and not pacing.stands_ahead(read.assignment, now=clock.now()):
        raise _closed(phase, None)
    if item in policies.what_may_be_seen(viewer=viewer, arm=arm, phase=phase):
        return washout
    if item not in policies.what_may_be_seen(viewer=viewer, arm=arm, phase=Phase.READING):
        raise NotThere
    raise _closed(phase, washout.opens_at)


def check_written(*, read: Read) -> Washout:
    """What stood before the case. Raises unless answers may be written now."""
    phase, washout = _phase(read)
    if phase is not Phase.READING:
        raise _closed(phase, washout.opens_at)
    return washout


def _phase(read: Read) -> tuple[Phase, Washout]:
    washout = selectors.washout_of(read.assignment, now=clock.now())
    phase = policies.phase_of(
        study=StudyState(read.assignment.enrolment.study.state),
        read=ReadState(read.state),
        washed_out=washout.lets_through,
        withdrawn=any(
            hasattr(part, "withdrawal") for part in (read.assignment.case, read.assignment.enrolment)
        ),
        missed=_missed(read),
    )
    return phase, washout


def _missed(read: Read) -> bool:
    assignment = read.assignment
    document = selectors.document_of(read)
    closed = assignment.period.number in closed_for(assignment.enrolment, document, now=clock.now())
    return closed and policies.is_missed(
        read=ReadState(read.state),
        correction=read.number > 1,
        seen=read.exposures.exists(),
        period_closed=closed,
    )


def _closed(phase: Phase, opens_at: datetime | None) -> Refused:
    if phase is Phase.WAITING:
        return Refused(
            "The washout has not passed yet: come back when it has.",
            code="washout",
            opens_at=opens_at.isoformat() if opens_at else None,
        )
    if phase is Phase.STUDY_LOCKED:
        return Refused("The study is locked: nothing more can be read in it.", code="study-locked")
    if phase is Phase.AHEAD:
        return Conflict("This case is not open yet: hand in the one before it.", code="ahead")
    if phase is Phase.WITHDRAWN:
        return Conflict(
            "This case was withdrawn from the study. What you entered is kept; go on with the next one.",
            code="withdrawn",
        )
    if phase is Phase.CLOSED:
        return Conflict(
            "The reading period closed before this case was looked at: it is no longer given. "
            "Ask the coordinator, who can let the period close later.",
            code="closed",
        )
    return Conflict("This case is handed in and locked. Go on with the next one.", code="submitted")


_RULES = {"not-found", "washout", "ahead", "study-locked", "submitted", "withdrawn", "closed"}


@contextmanager
def refusals_kept(*, user: User, read_id: UUID, item: Item) -> Iterator[None]:
    """Keep what the guard refuses within, after the transaction within has been taken back."""
    try:
        yield
    except Refused as refusal:
        if refusal.code in _RULES:
            note_refusal(
                user=user, target=user, asked={"read": str(read_id), "item": item}, rule=refusal.code
            )
        raise


@transaction.atomic
def note_refusal(*, user: User, target: Any, asked: dict[str, Any], rule: str, study_id: Any = "") -> None:
    """An event for something that was asked for and not given."""
    audit.record(
        actor=user, action="read.refused", target=target, study_id=study_id, after={**asked, "rule": rule}
    )
