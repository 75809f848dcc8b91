"""What a coordinator does in the conduct of an open study, and what the system notes of it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.conduct import policies, selectors
from readerstudy.conduct.models import (
    DeviationDecision,
    NotedDeviation,
    Override,
    OverrideDecision,
    Withdrawal,
)
from readerstudy.conduct.states import Deviation, OverrideState, Verdict
from readerstudy.studies.models import Assignment, Case, Enrolment, Period, Study


@transaction.atomic
def request_override(
    *,
    actor: User,
    enrolment: Enrolment,
    period: Period,
    case: Case | None,
    reason: str,
    expires_at: datetime,
) -> Override:
    """Ask to let a reader read before the washout has passed; nothing opens until a second person agrees.

    Raises Conflict unless the study is open, BadInput without a reason or for what can't be overridden.
    """
    study = open_study_locked(enrolment.study)
    now = clock.now()
    policies.check_override_expiry(now=now, expires_at=expires_at)
    scope = enrolment.assignments.filter(period=period)
    if not (scope.filter(case=case) if case else scope).exists():
        raise BadInput("This reader has no such case in this period: choose another.", code="scope")
    override = Override.objects.create(
        enrolment=enrolment,
        period=period,
        case=case,
        reason=policies.reason_given(reason),
        requested_by=actor,
        requested_at=now,
        expires_at=expires_at,
    )
    _record(
        actor,
        "override.requested",
        override,
        study,
        reason=override.reason,
        after={
            "reader": enrolment.index,
            "period": period.number,
            "case": case.number if case else None,
            "expires_at": expires_at.isoformat(),
        },
    )
    return override


@transaction.atomic
def decide_override(*, actor: User, override: Override, approve: bool, reason: str) -> OverrideDecision:
    """A second person's word on an override.

    Raises Refused for the same person or another role, Conflict where it is decided or over.
    """
    study = open_study_locked(override.enrolment.study)
    if actor.role not in policies.APPROVES:
        raise Refused("Only a coordinator or an administrator decides on an override.", code="role")
    policies.check_second_person(requested_by=override.requested_by_id, decided_by=actor.pk)
    now = clock.now()
    state = selectors.state_of(override, now=now)
    if state is not OverrideState.REQUESTED:
        raise Conflict(f"This override is {state}: ask for another.", code="override-state")
    decision = OverrideDecision.objects.create(
        override=override, approved=approve, reason=policies.reason_given(reason), by=actor, at=now
    )
    action = "override.approved" if approve else "override.declined"
    _record(actor, action, override, study, reason=decision.reason, after={"at": now.isoformat()})
    return decision


@transaction.atomic
def withdraw(*, actor: User, enrolment: Enrolment, reason: str) -> Withdrawal:
    """Take a reader out of an open study. What was read stays, flagged and left out by rule.

    Raises Conflict where the reader has left already or the study is not open, BadInput without a reason.
    """
    study = open_study_locked(enrolment.study)
    if Withdrawal.objects.filter(enrolment=enrolment).exists():
        raise Conflict("This reader has left the study already.", code="withdrawn")
    withdrawal = Withdrawal.objects.create(
        enrolment=enrolment, reason=policies.reason_given(reason), by=actor, at=clock.now()
    )
    _record(
        actor,
        "reader.withdrawn",
        withdrawal,
        study,
        reason=withdrawal.reason,
        after={"reader": enrolment.index},
    )
    return withdrawal


@transaction.atomic
def note_deviation(*, assignment: Assignment, read_number: int, kind: Deviation, detail: str = "") -> None:
    """Keep that a read departs from the protocol; noticed twice, it is kept once."""
    noted, is_new = NotedDeviation.objects.get_or_create(
        assignment=assignment,
        read_number=read_number,
        kind=kind,
        defaults={"detail": detail, "at": clock.now()},
    )
    if is_new:
        after = {
            "kind": kind,
            "detail": detail,
            "reader": assignment.enrolment.index,
            "case": assignment.case.number,
            "period": assignment.period.number,
            "read": read_number,
        }
        _record(None, "deviation.noted", noted, assignment.enrolment.study, after=after)


@transaction.atomic
def decide_deviation(*, actor: User, deviation: NotedDeviation, verdict: Verdict, reason: str) -> None:
    """Keep or exclude a read that deviates; decided again before the lock, the later word counts.

    Raises Conflict unless the study is open, BadInput without a reason.
    """
    study = open_study_locked(deviation.assignment.enrolment.study)
    decision = DeviationDecision.objects.create(
        deviation=deviation,
        verdict=verdict,
        reason=policies.reason_given(reason),
        by=actor,
        at=clock.now(),
    )
    _record(
        actor,
        "deviation.decided",
        deviation,
        study,
        reason=decision.reason,
        after={"verdict": verdict, "kind": deviation.kind},
    )


def open_study_locked(study: Study) -> Study:
    """The study's row, held until the transaction ends. Raises Conflict unless it is open."""
    row = Study.objects.select_for_update().get(pk=study.pk)
    policies.check_is_open(row.state)
    return row


def _record(
    actor: User | None, action: str, target: Any, study: Study, *, after: dict[str, Any], reason: str = ""
) -> None:
    audit.record(actor=actor, action=action, target=target, study_id=study.pk, after=after, reason=reason)
