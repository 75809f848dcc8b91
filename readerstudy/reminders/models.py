"""Reminders: written when due, sent in the reader's working hours."""

from django.db import models

from readerstudy.reminders.states import Channel, Occasion
from readerstudy.studies.models import Enrolment


class Reminder(models.Model):
    """One reminder of one reader. A job row: sent_at is empty until it went out."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="reminders")
    occasion = models.CharField(max_length=10, choices=[(o.value, o.value) for o in Occasion])
    period = models.PositiveSmallIntegerField()
    since = models.DateTimeField(help_text="What it reminds of began then: tells repeats apart")
    count = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=5, blank=True, choices=[(c.value, c.value) for c in Channel])

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "occasion", "period", "since", "count"], name="reminders_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.occasion} of {self.enrolment_id}"
