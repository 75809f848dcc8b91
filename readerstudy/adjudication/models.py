"""Adjudications of a lock: what is asked, who decides, in which order, and what they say."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from readerstudy.adjudication.states import RUNNING, TABLE, UNDER_WAY, AdjudicationState
from readerstudy.reads.states import STORED_STATES, Kept, ReadState
from readerstudy.reports.models import Lock, Truth
from readerstudy.studies.models import Case


class Adjudication(models.Model):
    """Disagreements of a lock's readers, put before adjudicators. Only its state moves, by the table of
    states; a stop keeps its reason, an outcome that was stated keeps its truth."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lock = models.ForeignKey(Lock, on_delete=models.PROTECT, related_name="adjudications")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in AdjudicationState], default=AdjudicationState.OPEN
    )
    takes_agreed = models.BooleanField(
        help_text="Whether halves on which all readers agreed enter the truth at their grade"
    )
    seed = models.CharField(max_length=64, help_text="Of the orders; shown once all is decided")
    seed_commitment = models.CharField(max_length=64, help_text="SHA-256 of the seed")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="adjudications_opened"
    )
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="Why it was stopped")
    truth = models.OneToOneField(
        Truth, null=True, on_delete=models.PROTECT, related_name="adjudication", help_text="Its outcome"
    )

    class Meta:
        ordering = ["lock", "number"]
        constraints = [
            models.UniqueConstraint(fields=["lock", "number"], name="adjudication_number"),
            models.UniqueConstraint(
                fields=["lock"], condition=Q(state__in=UNDER_WAY), name="adjudication_one_under_way"
            ),
            models.CheckConstraint(
                condition=Q(state=AdjudicationState.STOPPED) & ~Q(reason="")
                | ~Q(state=AdjudicationState.STOPPED) & Q(reason=""),
                name="adjudication_stopped_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=AdjudicationState.STATED, truth__isnull=False)
                | ~Q(state=AdjudicationState.STATED) & Q(truth__isnull=True),
                name="adjudication_stated_has_truth",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RUNNING, ended_at__isnull=True)
                | ~Q(state__in=RUNNING) & Q(ended_at__isnull=False),
                name="adjudication_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"adjudication {self.number} of {self.lock_id}"


class Question(models.Model):
    """A half in which readers differed. Append-only."""

    adjudication = models.ForeignKey(Adjudication, on_delete=models.PROTECT, related_name="questions")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="adjudication_questions")
    level = models.CharField(max_length=2)
    half = models.CharField(max_length=5)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["adjudication", "case", "level", "half"], name="adjudication_half_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.level} {self.half}"


class Seat(models.Model):
    """An adjudicator's place, or the table (0) at which they decide together. Append-only."""

    adjudication = models.ForeignKey(Adjudication, on_delete=models.PROTECT, related_name="seats")
    index = models.PositiveSmallIntegerField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="adjudication_seats"
    )

    class Meta:
        ordering = ["adjudication", "index"]
        constraints = [
            models.UniqueConstraint(fields=["adjudication", "index"], name="adjudication_seat_index"),
            models.UniqueConstraint(fields=["adjudication", "person"], name="adjudication_person_once"),
            models.CheckConstraint(
                condition=Q(index=TABLE, person__isnull=True) | Q(index__gt=TABLE, person__isnull=False),
                name="adjudication_table_is_nobodys",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adjudication_id} A{self.index}"


class Place(models.Model):
    """A row of the stored order: this case comes at this position of a seat. Append-only."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="places")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="adjudication_places")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["seat", "position"]
        constraints = [
            models.UniqueConstraint(fields=["seat", "case"], name="adjudication_case_once_a_seat"),
            models.UniqueConstraint(fields=["seat", "position"], name="adjudication_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seat_id} #{self.position}"


class Opinion(models.Model):
    """What is said at a place. Immutable once handed in; never a read, and in no agreement analysis."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.OneToOneField(Place, on_delete=models.PROTECT, related_name="opinion")
    state = models.CharField(max_length=10, choices=[(s, s) for s in STORED_STATES], default=ReadState.OPENED)
    version = models.PositiveIntegerField(default=0)
    draft = models.JSONField(default=list, help_text="Answers so far; those that count once handed in")
    comment = models.TextField(blank=True)
    lease = models.UUIDField(default=uuid.uuid4, help_text="Whoever opened last holds it")
    opened_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="opinions"
    )
    idempotency_key = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ReadState.SUBMITTED, submitted_at__isnull=False, submitted_by__isnull=False)
                | ~Q(state=ReadState.SUBMITTED) & Q(submitted_at__isnull=True, submitted_by__isnull=True),
                name="adjudication_submitted_has_time",
            )
        ]

    def __str__(self) -> str:
        return f"opinion {self.id}"


class KeptInput(models.Model):
    """What an adjudicator entered and did not become an opinion: kept, and in no outcome. Append-only."""

    opinion = models.ForeignKey(Opinion, on_delete=models.PROTECT, related_name="kept_inputs")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=16, choices=[(why, why) for why in Kept])
    answers = models.JSONField()
    comment = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    entered_at = models.DateTimeField(null=True, help_text="As the adjudicator's machine said")
    at = models.DateTimeField(help_text="When the server had them")

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["opinion", "why", "sha256"], name="adjudication_kept_once"),
            models.CheckConstraint(condition=Q(why__in=list(Kept)), name="adjudication_kept_why"),
        ]

    def __str__(self) -> str:
        return f"{self.opinion_id} {self.why}"
