"""What was asked for, noticed and decided while a study was read. Every table only grows."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from readerstudy.conduct.states import Deviation, Verdict
from readerstudy.studies.models import Assignment, Case, Enrolment, Period


class Override(models.Model):
    """A wish to let a reader read before a washout has passed: one period, or one case of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="overrides")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="overrides")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="overrides")
    reason = models.TextField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="overrides_requested"
    )
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["requested_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("requested_at")), name="conduct_override_expires_later"
            )
        ]

    def __str__(self) -> str:
        return f"override for {self.enrolment_id}"


class OverrideDecision(models.Model):
    """A second person's word on it; a trigger holds that it is a second one."""

    override = models.OneToOneField(Override, on_delete=models.PROTECT, related_name="decision")
    approved = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="overrides_decided"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.override_id}: {'approved' if self.approved else 'declined'}"


class Reopening(models.Model):
    """A coordinator's reason to have a handed-in case read once more. The read that was handed in stays."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="reopenings")
    number = models.PositiveSmallIntegerField(help_text="Of the read that follows: 2, 3, ...")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reopenings")
    at = models.DateTimeField()

    class Meta:
        ordering = ["assignment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="conduct_reopening_number"),
            models.CheckConstraint(condition=Q(number__gte=2), name="conduct_reopening_follows"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} read {self.number}"


class Withdrawal(models.Model):
    """A reader who leaves an open study. What was read stays, flagged and left out of every analysis."""

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="withdrawals")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"withdrawal of {self.enrolment_id}"


class NotedDeviation(models.Model):
    """A departure from the protocol in one read, written by the system when it noticed."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="deviations")
    read_number = models.PositiveSmallIntegerField(help_text="1 for the first read, 2 for its correction")
    kind = models.CharField(max_length=16, choices=[(d, d) for d in Deviation])
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "read_number", "kind"], name="conduct_deviation_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.assignment_id} read {self.read_number}"


class DeviationDecision(models.Model):
    """What a person decided about a deviation. The latest counts; earlier ones stay."""

    deviation = models.ForeignKey(NotedDeviation, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=[(v, v) for v in Verdict])
    reason = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deviations_decided"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["deviation", "pk"]

    def __str__(self) -> str:
        return f"{self.deviation_id}: {self.verdict}"
