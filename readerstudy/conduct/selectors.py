"""Reading what was asked for, noticed and decided in the conduct of a study."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from readerstudy.conduct import policies
from readerstudy.conduct.models import NotedDeviation, Override, Reopening, Withdrawal
from readerstudy.conduct.states import Deviation, OverrideState, Verdict
from readerstudy.studies.models import Assignment, CaseWithdrawal, Study


def overrides_of(study: Study) -> QuerySet[Override]:
    """Every override asked for in a study, the newest first."""
    related = ("enrolment__reader", "period", "case", "requested_by", "decision__by")
    rows = Override.objects.filter(enrolment__study=study).select_related(*related)
    return rows.order_by("-requested_at")


def state_of(override: Override, *, now: datetime) -> OverrideState:
    """Where an override stands."""
    decision = getattr(override, "decision", None)
    approved = decision.approved if decision else None
    return policies.override_state(now=now, expires_at=override.expires_at, approved=approved)


def override_in_force(assignment: Assignment, *, now: datetime) -> Override | None:
    """The approved override under which this case may be read now, if any."""
    scope = Q(case=None) | Q(case=assignment.case_id)
    rows = Override.objects.filter(
        scope,
        enrolment=assignment.enrolment_id,
        period=assignment.period_id,
        expires_at__gt=now,
        decision__approved=True,
        decision__at__lte=now,
    )
    return rows.order_by("requested_at").first()


def is_withdrawn(assignment: Assignment) -> bool:
    """Whether the reader or the case has left the study."""
    case = CaseWithdrawal.objects.filter(case=assignment.case_id)
    return case.exists() or Withdrawal.objects.filter(enrolment=assignment.enrolment_id).exists()


def withdrawals_of(study: Study) -> QuerySet[Withdrawal]:
    """Readers who left a study, in the order in which they did."""
    return Withdrawal.objects.filter(enrolment__study=study).select_related("enrolment", "by")


def latest_reopening(assignment: Assignment) -> Reopening | None:
    """The last reason to read a case once more, if any."""
    return assignment.reopenings.order_by("-number").first()


@dataclass(frozen=True)
class Noted:
    """A deviation with the decision that counts, None while nobody has decided."""

    deviation: NotedDeviation
    verdict: Verdict | None
    reason: str

    @property
    def kind(self) -> Deviation:
        return Deviation(self.deviation.kind)

    @property
    def waits(self) -> bool:
        """Whether a person must still decide; what was read under an override is decided by rule."""
        return self.verdict is None and self.kind is not Deviation.OVERRIDE


def deviations_of(study: Study) -> list[Noted]:
    """Every deviation of a study, in the order in which they were noticed."""
    related = ("assignment__enrolment", "assignment__period", "assignment__case")
    rows = NotedDeviation.objects.filter(assignment__enrolment__study=study).select_related(*related)
    return [_noted(row) for row in rows.prefetch_related("decisions")]


def _noted(row: NotedDeviation) -> Noted:
    decisions = list(row.decisions.all())
    last = decisions[-1] if decisions else None
    return Noted(row, Verdict(last.verdict) if last else None, last.reason if last else "")


def deviations_by_read(study: Study) -> dict[tuple[int, int], list[Noted]]:
    """(assignment, number of the read) to its deviations."""
    found: dict[tuple[int, int], list[Noted]] = defaultdict(list)
    for noted in deviations_of(study):
        found[noted.deviation.assignment_id, noted.deviation.read_number].append(noted)
    return found


def undecided(study: Study) -> int:
    """How many deviations wait for a person's decision."""
    return sum(noted.waits for noted in deviations_of(study))
