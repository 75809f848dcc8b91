"""What a reader does: take the next case, look at it, save a draft, hand it in."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.grades import Grade as Answer
from annotations.grades import GradeError
from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, NotThere
from readerstudy.exams.sightings import moment_of_look
from readerstudy.reads import (
    attention,
    gates,
    guard,
    next_up,
    noticing,
    pacing,
    policies,
    recalls,
    seats,
    selectors,
)
from readerstudy.reads.kept import input_kept, keep
from readerstudy.reads.models import Attention, Exposure, Grade, Read
from readerstudy.reads.places import keep_place
from readerstudy.reads.states import SHOWS_THE_CASE, Item, Kept, ReadState
from readerstudy.studies import protocol
from readerstudy.studies.models import Assignment, Enrolment
from readerstudy.studies.states import StudyState


@dataclass(frozen=True)
class Waiting:
    """Nothing can be read before `opens_at`, and why."""

    opens_at: datetime
    detail: str = "The washout has not passed yet."


class Nothing(StrEnum):
    """Why nothing is left to read."""

    READ = "You have read all your cases. Thank you."
    CLOSED = "The reading period has closed: no further case is given. Ask the coordinator."
    WITHDRAWN = "You have left this study. What you read is kept."
    LOCKED = "The study is locked."


@dataclass(frozen=True)
class Complete:
    """Nothing is left to read, and why."""

    why: Nothing


@dataclass(frozen=True)
class Asked:
    """Before anything else, whether the case of this read was seen before."""

    read: Read


Next = Read | Waiting | Complete | Asked | seats.Elsewhere
"""What comes next for a reader."""


def next_case(
    *, reader: User, enrolment_id: UUID, device: seats.Device | None = None, take_over: bool = False
) -> Next | gates.Closed:
    """Open, or open again, the one case the stored order gives next, and take its lease.

    While the study is read on another device, nothing is opened on this one unless it is to take over.

    A washout, break or cap that still runs and a closed gate are kept as refusals. Raises NotThere for an
    enrolment that is not this reader's, and keeps a record of it.
    """
    with _own_enrolment(reader, enrolment_id) as enrolment:
        device = device or seats.Device()
        elsewhere = None if take_over or _ended(enrolment) else seats.taken(enrolment, device)
        if elsewhere is not None:
            return elsewhere
        outcome = _next_of(enrolment, asked=True)
        if isinstance(outcome, Read | Asked):
            seats.sit(enrolment, device)
        return outcome


def next_after(read: Read, *, handed_in: bool = False) -> Next | gates.Closed:
    """Open the case after one that was handed in; nobody asked for it, so that a wait is no refusal.

    handed_in: this answers the submission itself. One that is sent again, after another device has taken
    the study over, takes nothing back.
    """
    enrolment = read.assignment.enrolment
    with _own_enrolment(enrolment.reader, enrolment.pk) as locked:
        elsewhere = seats.taken_after(locked, read.submitted_at) if handed_in and read.submitted_at else None
        return elsewhere or _next_of(locked, asked=False)


@contextmanager
def _own_enrolment(reader: User, enrolment_id: UUID) -> Iterator[Enrolment]:
    """The row under lock for one transaction, so that two tabs can't both open. Raises NotThere, kept."""
    with transaction.atomic():
        own = selectors.enrolments_visible_to(reader).select_related(None).select_for_update(of=("self",))
        enrolment = own.select_related("study", "withdrawal").filter(pk=enrolment_id).first()
        if enrolment is not None:
            enrolment.reader = reader
            yield enrolment
            return
    asked = {"enrolment": str(enrolment_id)}
    guard.note_refusal(user=reader, target=reader, asked=asked, rule="not-found")
    raise NotThere


def _ended(enrolment: Enrolment) -> Complete | None:
    """Why this reader reads nothing more in the study, whatever is left; None while it goes on."""
    if enrolment.study.state == StudyState.LOCKED:
        return Complete(Nothing.LOCKED)
    return Complete(Nothing.WITHDRAWN) if hasattr(enrolment, "withdrawal") else None


def _next_of(enrolment: Enrolment, *, asked: bool) -> Next | gates.Closed:
    now, ended = clock.now(), _ended(enrolment)
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
            number = found.number_of(assignment)
            return _open(assignment, number, washout)
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


def _open(assignment: Assignment, number: int, washout: selectors.Washout) -> Read:
    """Open or resume; the enrolment is held, so that nobody opens it at the same time."""
    enrolment = assignment.enrolment
    read = Read.objects.filter(assignment=assignment, number=number).first()
    is_new = read is None
    if read is None:
        carried = selectors.answers_to_carry(assignment)
        read = Read.objects.create(assignment=assignment, number=number, opened_at=clock.now(), draft=carried)
    read.assignment = assignment
    was_ahead = read.state == ReadState.AHEAD
    if was_ahead:
        read.state, read.opened_at = ReadState.OPENED, clock.now()
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
        _keep_exposure(read, Item.PIXELS, at, washout.last_counted)
    noticing.note_override(read, washout)
    return read


def send_ahead(*, reader: User, enrolment_id: UUID) -> Read | None:
    """Reserve the one case after the one being read, whose images may then be fetched; None if none may.

    It stays this reader's next case. Raises NotThere for an enrolment that is not this reader's.
    """
    with _own_enrolment(reader, enrolment_id) as enrolment:
        stopped = enrolment.study.state != StudyState.OPEN or hasattr(enrolment, "withdrawal")
        if stopped or gates.first_closed(enrolment):
            return None
        return _reserve(enrolment, now=clock.now())


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


def see(*, reader: User, read_id: UUID, item: Item) -> Read:
    """Ask the guard and, for what shows the case, keep when it was sent. Call before any byte leaves."""
    if item not in SHOWS_THE_CASE:
        return guard.ask(user=reader, read_id=read_id, item=item)
    with guard.refusals_kept(user=reader, read_id=read_id, item=item), transaction.atomic():
        at = moment_of_look(person=reader)
        read = guard.find(user=reader, read_id=read_id)
        washout = guard.check_seen(user=reader, read=read, item=item)
        noticing.note_override(read, washout)
        _keep_exposure(read, item, at, washout.last_counted)
    return read


def _keep_exposure(read: Read, item: Item, at: datetime, seen_elsewhere: datetime | None) -> None:
    """The first and last time `item` was sent, anew where the case was seen elsewhere in between.

    A look elsewhere is always stamped later than what was sent before it: at the same time it came first.
    What is sent after it is stamped later in turn, so that nobody can mistake which was first.
    """
    held = read.exposures.filter(item=item).order_by("-first_at").values_list("pk", "last_at")[:1]
    for key, last_at in held:
        if seen_elsewhere is None or seen_elsewhere <= last_at:
            Exposure.objects.filter(pk=key, last_at__lt=at).update(last_at=at)
            return
    enrolment = read.assignment.enrolment
    if seen_elsewhere is not None and at <= seen_elsewhere:
        at = moment_of_look(person=enrolment.reader, after=seen_elsewhere)
    Exposure.objects.create(read=read, item=item, first_at=at, last_at=at, **read.seen_by)
    audit.record(
        actor=enrolment.reader,
        action="read.exposed",
        target=read,
        study_id=enrolment.study_id,
        after={"item": item, "at": at.isoformat(), "zone": enrolment.reader.time_zone},
    )


def save_draft(*, reader: User, read_id: UUID, sent: policies.Sent) -> int:
    """Keep the answers so far as a new version and return its number; a draft is never analysed.

    Raises Conflict with `current` when another tab or device holds the lease or has saved since; what was
    sent is then kept beside the read.
    """
    with (
        input_kept(user=reader, read_id=read_id, sent=sent),
        guard.refusals_kept(user=reader, read_id=read_id, item=Item.OWN_ANSWERS),
        transaction.atomic(),
    ):
        read = guard.find(user=reader, read_id=read_id, lock=True)
        guard.check_written(read=read)
        answers = _checked(read, sent)
        stored = (read.draft, read.comment)
        read.draft, read.comment = [answer.to_json() for answer in answers], sent.comment
        if sent.replaces:
            keep(read=read, answers=stored[0], comment=stored[1], why=Kept.REPLACED)
        read.state, read.saved_at, read.version = ReadState.DRAFT, clock.now(), read.version + 1
        read.save(update_fields=["draft", "comment", "state", "saved_at", "version"])
        audit.record(
            actor=reader,
            action="read.draft-saved",
            target=read,
            study_id=read.assignment.enrolment.study_id,
            after={"version": read.version, "answered": len(answers)},
        )
    return read.version


def submit(
    *, reader: User, read_id: UUID, sent: policies.Sent, idempotency_key: str, active_ms: int = 0
) -> Read:
    """Hand in a complete read: grades, lock and event in one transaction.

    active_ms: since the window's last beat.

    The same submission sent again (same key) is answered as the first and changes nothing.
    Raises BadInput with `gaps` while sites are unanswered, Conflict when another tab or device was first;
    what was sent is then kept beside the read.
    """
    with (
        input_kept(user=reader, read_id=read_id, sent=sent),
        guard.refusals_kept(user=reader, read_id=read_id, item=Item.OWN_ANSWERS),
        transaction.atomic(),
    ):
        read = guard.find(user=reader, read_id=read_id, lock=True)
        if read.state == ReadState.SUBMITTED and read.idempotency_key == idempotency_key:
            return read
        washout = guard.check_written(read=read)
        answers = _checked(read, sent)
        gaps = policies.missing(protocol.sites(selectors.document_of(read)), answers)
        if gaps:
            raise BadInput("Some halves are not graded yet: grade them, then submit.", code="gaps", gaps=gaps)
        if policies.lacks_explanation(answers, sent.comment):
            raise BadInput("Say in the comment why a half is not gradable, then submit.", code="comment")
        read.comment = sent.comment
        looked = attention.count(read=read, active_ms=active_ms)
        sent_of_case = selectors.exposures_in(read)
        _hand_in(read, reader, answers, idempotency_key, sent_of_case, looked)
        noticing.note_deviations(read, washout, {row["item"] for row in sent_of_case})
    return read


def _checked(read: Read, sent: policies.Sent) -> tuple[Answer, ...]:
    """The answers sent, if this tab may write them."""
    stale = policies.stale(sent, lease=str(read.lease), version=read.version)
    if stale:
        raise Conflict(
            "This case was opened in another tab or on another device."
            if stale == "lease"
            else "This case was saved since in another tab or on another device.",
            code=stale,
            current={
                "version": read.version,
                "answers": read.draft,
                "comment": read.comment,
                "lease": str(read.lease),
            },
        )
    document = selectors.document_of(read)
    question = document["question"]
    try:
        return policies.answers_of(
            sent,
            sites=protocol.sites(document),
            bulk_none=question["bulk_none"],
            confidence=question.get("confidence", False),
        )
    except GradeError as error:
        raise BadInput(str(error), code="answers") from error


def _hand_in(
    read: Read,
    reader: User,
    answers: tuple[Answer, ...],
    idempotency_key: str,
    exposures: list[dict[str, str]],
    looked: Attention,
) -> None:
    now = clock.now()
    Grade.objects.bulk_create(
        Grade(
            read=read,
            level=answer.site.level,
            half=answer.site.half,
            grade=answer.grade,
            not_gradable=answer.not_gradable or "",
            in_bulk=answer.in_bulk,
            secondary=answer.secondary,
            confidence=answer.confidence,
            at=now,
            reader=reader,
        )
        for answer in answers
    )
    read.draft = [answer.to_json() for answer in answers]
    read.state, read.submitted_at, read.version = ReadState.SUBMITTED, now, read.version + 1
    read.idempotency_key = idempotency_key
    read.save(update_fields=["draft", "comment", "state", "submitted_at", "version", "idempotency_key"])
    audit.record(
        actor=reader,
        action="read.submitted",
        target=read,
        study_id=read.assignment.enrolment.study_id,
        after={
            "version": read.version,
            "grades": len(answers),
            "in_bulk": sum(answer.in_bulk for answer in answers),
            "answers_sha256": answers_digest(read),
            "exposures": exposures,
            "at": now.isoformat(),
            "active_ms": looked.active_ms,
            "longest_rest_ms": looked.longest_rest_ms,
        },
    )


def answers_digest(read: Read) -> str:
    """SHA-256 (hex) of lease, answers and comment as canonical JSON; the lease keeps it unguessable."""
    text = json.dumps([str(read.lease), read.draft, read.comment], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
