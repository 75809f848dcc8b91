"""Opening a locked study again: signed, with a reason, and never forgotten by a later report."""

from collections import Counter
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.audit.models import Event
from readerstudy.common import clock
from readerstudy.common.errors import NotThere, Refused
from readerstudy.conduct.policies import reason_given
from readerstudy.reports.models import Lock, Unlock
from readerstudy.reports.policies import check_can_unlock
from readerstudy.studies import services as studies
from readerstudy.studies.models import Study

_LOOKS = (
    "report.seen",
    "report.exported",
    "study.explored",
    "exploration.seen",
    "exploration.exported",
    "disagreements.seen",
    "disagreements.exported",
)
"""Events of someone having had results before their eyes or taken them away."""


class Before(Protocol):
    """What a later room does before a lock is opened again, in the same transaction."""

    def __call__(self, *, lock: Lock, person: User, reason: str) -> None: ...


_before: list[Before] = []


def register(before: Before) -> None:
    """Do this before any lock is opened again; an app says so in its AppConfig.ready()."""
    _before.append(before)


def unlock_study(*, study_id: UUID, person: User, password: str, meaning: str, reason: str) -> Unlock:
    """Open a locked study again, signed by the coordinator's password entered again.

    The lock, its data set and its report stay. Raises NotThere, Refused for a wrong password (which is
    logged) or role, Conflict unless the study is locked, BadInput without a reason.
    """
    if not person.check_password(password):
        with transaction.atomic():
            audit.record(
                actor=person, action="study.unlock-signature-refused", target=person, study_id=study_id
            )
        raise Refused("The password is not right: the study stays locked.", code="signature")
    with transaction.atomic():
        study = Study.objects.select_for_update().filter(pk=study_id).first()
        if study is None:
            raise NotThere
        check_can_unlock(role=person.role, state=study.state, meaning=meaning)
        text, lock = reason_given(reason), study.locks.latest("number")
        for before in _before:
            before(lock=lock, person=person, reason=text)
        unlock = Unlock.objects.create(
            lock=lock, reason=text, meaning=meaning, seen=_looks_at(lock), by=person, at=clock.now()
        )
        studies.unlock_study(actor=person, study=study, reason=text)
        audit.record(
            actor=person,
            action="study.unlock-signed",
            target=unlock,
            study_id=study.pk,
            after={"number": lock.number, "meaning": meaning, **unlock.seen},
            reason=text,
        )
    return unlock


def _looks_at(lock: Lock) -> dict[str, Any]:
    """How often results of the study were seen since this lock, by how many persons of which role."""
    events = Event.objects.filter(study_id=str(lock.study_id), action__in=_LOOKS, at__gte=lock.signed_at)
    who = list(events.values_list("actor_id", "role"))
    roles = Counter(role for _, role in who)
    return {
        "looks": len(who),
        "persons": len({person for person, _ in who}),
        "roles": dict(sorted(roles.items())),
    }


def unlocks_before(lock: Lock) -> list[dict[str, Any]]:
    """Every earlier lock of the study that was opened again, as a later report states it."""
    rows = Unlock.objects.filter(lock__study=lock.study_id, lock__number__lt=lock.number)
    return [
        {
            "lock": row.lock.number,
            "at": row.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "reason": row.reason,
            **row.seen,
        }
        for row in rows.select_related("lock").order_by("lock__number")
    ]
