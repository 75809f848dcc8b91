"""Input that did not become a read's answers: kept beside it, told to the coordinator, never dropped.

A tab or device that lost the case, or comes after it was handed in, is refused; what it sent is kept in a
transaction of its own, after the one that was refused has been taken back.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import Refused
from readerstudy.reads import guard, policies
from readerstudy.reads.models import KeptInput, Read
from readerstudy.reads.states import Kept


@contextmanager
def input_kept(*, user: User, read_id: UUID, sent: policies.Sent) -> Iterator[None]:
    """Keep what was sent if the rules refuse it within; the refusal then says so (`kept`)."""
    try:
        yield
    except Refused as refusal:
        why = policies.why_kept(refusal.code)
        if why is not None and _keep_sent(user=user, read_id=read_id, sent=sent, why=why):
            refusal.extra["kept"] = True
        raise


@transaction.atomic
def _keep_sent(*, user: User, read_id: UUID, sent: policies.Sent, why: Kept) -> bool:
    read = guard.find(user=user, read_id=read_id, lock=True)
    return keep(read=read, answers=sent.answers, comment=sent.comment, why=why, entered_at=sent.entered_at)


def keep(
    *,
    read: Read,
    answers: Sequence[dict[str, Any]],
    comment: str,
    why: Kept,
    entered_at: datetime | None = None,
) -> bool:
    """Whether this input is kept: it says something else than what is stored. The same is kept once."""
    said = policies.given(answers)
    if not (said or comment) or (said, comment) == (policies.given(read.draft), read.comment):
        return False
    digest = hashlib.sha256(json.dumps([str(read.pk), said, comment], sort_keys=True).encode()).hexdigest()
    row, is_new = KeptInput.objects.get_or_create(
        read=read,
        why=why,
        sha256=digest,
        defaults={"answers": said, "comment": comment, "entered_at": entered_at, "at": clock.now()},
    )
    if is_new:
        enrolment = read.assignment.enrolment
        audit.record(
            actor=enrolment.reader,
            action="read.input-kept",
            target=read,
            study_id=enrolment.study_id,
            after={"why": why, "answered": len(said), "kept": row.pk},
        )
    return True
