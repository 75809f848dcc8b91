"""Amending an open study, as far as it takes knowing where its readers stand."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from readerstudy.accounts.models import User
from readerstudy.common import clock
from readerstudy.common.errors import Refused
from readerstudy.exams.models import Exam
from readerstudy.reads.models import Read
from readerstudy.reads.states import ReadState
from readerstudy.studies import amending
from readerstudy.studies.models import Protocol, Study
from readerstudy.studies.protocol import Document
from readerstudy.studies.protocol.amendment import Underway


def underway(study: Study) -> Underway:
    """Who has seen something of a case that is still to be handed in, and who has begun which period."""
    reads = Read.objects.filter(assignment__enrolment__study=study)
    stay = {"assignment__enrolment__withdrawal": None, "assignment__case__withdrawal": None}
    begun_reading = Q(exposures__isnull=False) | Q(version__gt=0)
    open_now = reads.exclude(state=ReadState.SUBMITTED).filter(begun_reading, **stay)
    begun: dict[int, set[int]] = defaultdict(set)
    pairs = reads.values_list("assignment__period__number", "assignment__enrolment__index").distinct()
    for period, reader in pairs.order_by():
        begun[period].add(reader)
    return Underway(
        now=clock.now(),
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
        )
