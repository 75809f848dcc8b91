"""Reports of readers, questions of the coordinator, and what was said about them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from readerstudy.queries.states import KIND_LABELS, QueryKind, QueryState
from readerstudy.reads.models import Read
from readerstudy.studies.models import Enrolment


class Query(models.Model):
    """One matter between a reader and the coordinator; about a read, or about the study at large."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="queries")
    read = models.ForeignKey(Read, null=True, on_delete=models.PROTECT, related_name="queries")
    kind = models.CharField(max_length=20, choices=[(k.value, KIND_LABELS[k]) for k in QueryKind])
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in QueryState])
    idempotency_key = models.CharField(max_length=64)
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "queries"
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "idempotency_key"], name="queries_raised_once"),
            models.CheckConstraint(
                condition=Q(state=QueryState.CLOSED.value, closed_at__isnull=False)
                | (~Q(state=QueryState.CLOSED.value) & Q(closed_at__isnull=True)),
                name="queries_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(kind=QueryKind.QUESTION.value) | Q(read__isnull=False),
                name="queries_report_is_about_a_read",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Message(models.Model):
    """What one of the two said. Append-only."""

    query = models.ForeignKey(Query, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="query_messages"
    )
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["query", "id"]

    def __str__(self) -> str:
        return f"message {self.pk} of {self.query_id}"
