"""Input that did not become an opinion: kept beside it and told to the coordinator, as that of a reader is.

It is kept in a transaction of its own, after the one that was refused has been taken back.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.adjudication import selectors
from readerstudy.adjudication.models import KeptInput
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import Refused
from readerstudy.reads import policies
from readerstudy.reads.states import Kept


@contextmanager
def input_kept(*, person: User, opinion_id: UUID, sent: policies.Sent) -> Iterator[None]:
    """Keep what was sent if the rules refuse it within; the refusal then says so (`kept`)."""
    try:
        yield
    except Refused as refusal:
        why = policies.why_kept(refusal.code)
        if why is not None and _keep(person, opinion_id, sent, why):
            refusal.extra["kept"] = True
        raise


@transaction.atomic
def _keep(person: User, opinion_id: UUID, sent: policies.Sent, why: Kept) -> bool:
    """Whether it is kept: it says something else than what is stored. The same is kept once."""
    opinion = selectors.opinions_open_to(person).select_for_update(of=("self",)).get(pk=opinion_id)
    said = policies.given(sent.answers)
    if not (said or sent.comment) or (said, sent.comment) == (policies.given(opinion.draft), opinion.comment):
        return False
    text = json.dumps([str(opinion.pk), person.pk, said, sent.comment], sort_keys=True)
    row, is_new = KeptInput.objects.get_or_create(
        opinion=opinion,
        why=why,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        defaults={
            "person": person,
            "answers": said,
            "comment": sent.comment,
            "entered_at": sent.entered_at,
            "at": clock.now(),
        },
    )
    if is_new:
        seat = opinion.place.seat
        audit.record(
            actor=person,
            action="adjudication.input-kept",
            target=seat.adjudication,
            study_id=seat.adjudication.lock.study_id,
            after={
                "seat": seat.index,
                "position": opinion.place.position,
                "why": why,
                "answered": len(said),
                "kept": row.pk,
            },
        )
    return True
