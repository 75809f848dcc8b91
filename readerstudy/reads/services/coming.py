"""Which case is next: opened, opened again, or sent ahead, and what stands before it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import NotThere
from readerstudy.exams.sightings import moment_of_look
from readerstudy.reads import gates, guard, next_up, noticing, pacing, policies, recalls, seats, selectors
from readerstudy.reads.models import Read
from readerstudy.reads.places import keep_place
from readerstudy.reads.services.outcomes import Asked, Complete, Next, Nothing, Waiting
from readerstudy.reads.services.seeing import keep_exposure
from readerstudy.reads.states import Item, ReadState
from readerstudy.studies.models import Assignment, Enrolment
from readerstudy.studies.states import StudyState


def next_case(
    *, reader: User, enrolment_id: UUID, device: seats.Device | None = None, take_over: bool = False
) -> Next | gates.Closed:
    """Open, or open again, the one case the stored order gives next, and take its lease.

    While the study is read on another device, nothing is opened on this one unless it is to take over.

    A washout, break or cap that still runs and a closed gate are kept as refusals. Raises NotThere for an
    enrolment that is not this reader's, and keeps a record of it.
    """
    with _own_enrolment(reader, enrolment_id) as (enrolment, now):
        device = device or seats.Device()
        elsewhere = None if take_over or _ended(enrolment) else seats.taken(enrolment, device)
        if elsewhere is not None:
            return elsewhere
        outcome = _next_of(enrolment, now=now, asked=True)
        if isinstance(outcome, Read | Asked):
            seats.sit(enrolment, device)
        return outcome


def next_after(read: Read, *, handed_in: bool = False) -> Next | gates.Closed:
    """Open the case after one that was handed in; nobody asked for it, so that a wait is no refusal.

    handed_in: this answers the submission itself. One that is sent again, after another device has taken
    the study over, takes nothing back.
    """
    enrolment = read.assignment.enrolment
    with _own_enrolment(enrolment.reader, enrolment.pk) as (locked, now):
        elsewhere = seats.taken_after(locked, read.submitted_at) if handed_in and read.submitted_at else None
        return elsewhere or _next_of(locked, now=now, asked=False)


@contextmanager
def _own_enrolment(reader: User, enrolment_id: UUID) -> Iterator[tuple[Enrolment, datetime]]:
    """The row under lock for one transaction, so that two tabs can't both open, and the time of what is
    decided within: no amendment comes between that and its event. Raises NotThere, kept."""
    with transaction.atomic():
        selectors.hold_enrolment(reader, enrolment_id)
        now = clock.now()
        enrolment = selectors.own_enrolment(reader, enrolment_id, now=now)
        if enrolment is not None:
            yield enrolment, now
            return
    asked = {"enrolment": str(enrolment_id)}
    guard.note_refusal(user=reader, target=reader, asked=asked, rule="not-found")
    raise NotThere


def _ended(enrolment: Enrolment) -> Complete | None:
    """Why this reader reads nothing more in the study, whatever is left; None while it goes on."""
    if enrolment.study.state == StudyState.LOCKED:
        return Complete(Nothing.LOCKED)
    return Complete(Nothing.WITHDRAWN) if hasattr(enrolment, "withdrawal") else None


def _next_of(enrolment: Enrolment, *, now: datetime, asked: bool) -> Next | gates.Closed:
    ended = _ended(enrolment)
    if ended is not None:
        return ended
    probed = recalls.unanswered(enrolment)
    if probed is not None:
        return Asked(probed)
    found = next_up.next_up(enrolment, now=now)
    cases = found.candidates
    if found.coming is not None:
        keep_place(coming=found.coming, now=now)
    if not cases:
        return Complete(Nothing.CLOSED if next_up.has_unread(enrolment) else Nothing.READ)
    closed = gates.first_closed(enrolment)
    if closed is not None:
        if asked:
            _refuse(enrolment, {"period": cases[0].period.number}, rule=closed.code)
        return closed
    standing = [(case, selectors.washout_of(case, now=now)) for case in cases]
    open_now = [(case, washout) for case, washout in standing if washout.lets_through]
    stop = pacing.stop_of(enrolment, now=now) if open_now else None
    for assignment, washout in open_now:
        if stop is None or pacing.is_under_way(assignment):
            read = found.reads.get(assignment.pk)
            return _open(assignment, read, found.number_of(assignment), washout, now=now)
    if stop is not None:
        waiting, rule = Waiting(stop.opens_at, stop.detail), stop.code
    else:
        waiting = Waiting(min(washout.opens_at for _, washout in standing if washout.opens_at))
        rule = "washout"
    if asked:
        period = cases[0].period.number
        _refuse(enrolment, {"period": period, "opens_at": waiting.opens_at.isoformat()}, rule=rule)
    return waiting


def _refuse(enrolment: Enrolment, asked: dict[str, Any], *, rule: str) -> None:
    guard.note_refusal(
        user=enrolment.reader, target=enrolment, asked=asked, rule=rule, study_id=enrolment.study_id
    )


def _open(
    assignment: Assignment, read: Read | None, number: int, washout: selectors.Washout, *, now: datetime
) -> Read:
    """Open or resume; the enrolment is held, so that nobody opens it at the same time."""
    enrolment = assignment.enrolment
    is_new = read is None
    if read is None:
        carried = selectors.answers_to_carry(assignment)
        read = Read.objects.create(assignment=assignment, number=number, opened_at=now, draft=carried)
    was_ahead = read.state == ReadState.AHEAD
    if was_ahead:
        read.state, read.opened_at = ReadState.OPENED, now
    if not is_new:
        read.lease = uuid.uuid4()
        read.save(update_fields=["lease", "state", "opened_at"])
    audit.record(
        actor=enrolment.reader,
        action="read.opened" if is_new or was_ahead else "read.resumed",
        target=read,
        study_id=enrolment.study_id,
        after={
            "period": assignment.period.number,
            "position": assignment.position,
            "number": read.number,
            "at": read.opened_at.isoformat(),
            "zones": pacing.zones_of(enrolment, now=read.opened_at),
        },
    )
    if was_ahead and read.exposures.filter(item=Item.PIXELS).exists():
        at = moment_of_look(person=enrolment.reader)
        keep_exposure(read, item=Item.PIXELS, at=at, seen_elsewhere=washout.last_counted)
    noticing.note_override(read, washout)
    return read


def send_ahead(*, reader: User, enrolment_id: UUID) -> Read | None:
    """Reserve the one case after the one being read, whose images may then be fetched; None if none may.

    It stays this reader's next case. Raises NotThere for an enrolment that is not this reader's.
    """
    with _own_enrolment(reader, enrolment_id) as (enrolment, now):
        stopped = enrolment.study.state != StudyState.OPEN or hasattr(enrolment, "withdrawal")
        if stopped or gates.first_closed(enrolment):
            return None
        return _reserve(enrolment, now=now)


def _reserve(enrolment: Enrolment, *, now: datetime) -> Read | None:
    current = next_up.next_assignment(enrolment, now=now)
    following = next_up.assignment_after(current, now=now) if current else None
    if current is None or following is None:
        return None
    if not policies.may_go_ahead(
        being_read=current.reads.filter(state__in=(ReadState.OPENED, ReadState.DRAFT)).exists(),
        period=current.period.number,
        following_period=following.period.number,
        same_case=current.case_id == following.case_id,
        washed_out=selectors.washout_of(following, now=now).passed,
        may_stop=pacing.may_stop_after(current, now=now),
    ):
        return None
    read, is_new = Read.objects.get_or_create(
        assignment=following, number=1, defaults={"state": ReadState.AHEAD, "opened_at": now}
    )
    if is_new:
        audit.record(
            actor=enrolment.reader,
            action="read.sent-ahead",
            target=read,
            study_id=enrolment.study_id,
            after={"period": following.period.number, "position": following.position},
        )
    return read
