"""Amending an open study, as far as it takes knowing where its readers stand."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from readerstudy.accounts.models import User
from readerstudy.common import clock
from readerstudy.common.errors import Refused
from readerstudy.exams.models import Exam
from readerstudy.reads.models import Read
from readerstudy.reads.states import ReadState
from readerstudy.studies.models import Protocol, Study
from readerstudy.studies.protocol import Document
from readerstudy.studies.protocol.amendment import Underway
from readerstudy.studies.services import amending

MID_CASE = timedelta(hours=1)
"""After so long without a sign of life a reader has left the desk."""


def underway(study: Study) -> Underway:
    """Who has a case open, and who has begun which period.

    A case counts as open once something of it was seen, while anything happened in it within the last hour:
    the next one is sent with the answer to the one before, and may wait for weeks.
    """
    now = clock.now()
    reads = Read.objects.filter(assignment__enrolment__study=study)
    stay = {"assignment__enrolment__withdrawal": None, "assignment__case__withdrawal": None}
    seen = Q(exposures__isnull=False) | Q(version__gt=0)
    lately = (
        Q(opened_at__gt=now - MID_CASE)
        | Q(saved_at__gt=now - MID_CASE)
        | Q(exposures__last_at__gt=now - MID_CASE)
    )
    open_now = reads.filter(seen, lately, state__in=(ReadState.OPENED, ReadState.DRAFT), **stay)
    begun: dict[int, set[int]] = defaultdict(set)
    pairs = reads.values_list("assignment__period__number", "assignment__enrolment__index").distinct()
    for period, reader in pairs.order_by():
        begun[period].add(reader)
    return Underway(
        now=now,
        mid_case=tuple(sorted(set(open_now.values_list("assignment__enrolment__index", flat=True)))),
        begun={period: tuple(sorted(readers)) for period, readers in begun.items()},
    )


def amend(
    *,
    actor: User,
    study: Study,
    document: Document,
    exams: Sequence[Exam],
    readers: Sequence[User],
    reason: str,
    password: str,
    effective_at: datetime | None = None,
    seen_version: int | None = None,
) -> Protocol:
    """Sign and put in force. Raises Refused for a wrong password, which is kept; else as amending.amend."""
    if not actor.check_password(password):
        amending.note_refused_signature(actor=actor, study=study)
        raise Refused("The password is not right: the protocol was not amended.", code="signature")
    with transaction.atomic():
        Study.objects.select_for_update().get(pk=study.pk)
        return amending.amend(
            actor=actor,
            study=study,
            document=document,
            underway=underway(study),
            exams=exams,
            readers=readers,
            reason=reason,
            effective_at=effective_at,
            seen_version=seen_version,
        )
