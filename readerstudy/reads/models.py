"""Reads: opened cases, what was sent to the reader and when, drafts, and the grades that count."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from readerstudy.exams.models import Exam
from readerstudy.reads.states import DRAWN_BY, RECALL_WORDS, STORED_STATES, Kept, ReadState
from readerstudy.studies.models import Assignment, Enrolment, Period

_STATES = (ReadState.AHEAD, *STORED_STATES)


class Read(models.Model):
    """One reading of one case by one reader in one period. Immutable in the database once submitted.

    A reopened case gets another read with the next number; the first one stays as it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="reads", related_query_name="read"
    )
    number = models.PositiveSmallIntegerField(default=1, help_text="2, 3, ... for a correction")
    state = models.CharField(max_length=10, choices=[(s, s) for s in _STATES], default=ReadState.OPENED)
    version = models.PositiveIntegerField(default=0)
    draft = models.JSONField(default=list, help_text="Answers so far; never analysed")
    comment = models.TextField(blank=True, help_text="The reader's on this case")
    lease = models.UUIDField(default=uuid.uuid4, help_text="Whoever opened last holds it")
    opened_at = models.DateTimeField(help_text="Of a case sent ahead, when that was")
    saved_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="reads_number_once"),
            models.UniqueConstraint(
                fields=["assignment"],
                condition=~Q(state=ReadState.SUBMITTED),
                name="reads_one_under_way",
            ),
            models.CheckConstraint(condition=Q(state__in=_STATES), name="reads_state_stored"),
            models.CheckConstraint(
                condition=Q(state=ReadState.SUBMITTED, submitted_at__isnull=False)
                | (~Q(state=ReadState.SUBMITTED) & Q(submitted_at__isnull=True)),
                name="reads_submitted_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"read {self.id}"

    @property
    def seen_by(self) -> dict[str, Any]:
        """Reader, exam and session, as every exposure of the read repeats them."""
        assignment = self.assignment
        return {
            "reader_id": assignment.enrolment.reader_id,
            "exam_id": assignment.case.exam_id,
            "enrolment_id": assignment.enrolment_id,
            "period_id": assignment.period_id,
        }


class Exposure(models.Model):
    """What of a case was sent to a reader: first and last time. The washout counts from the last.

    Where the reader saw the case elsewhere in between, a new row begins: within a row nothing else came.
    Reader, exam and session are the read's (`Read.seen_by`), kept here too so that a washout is decided by
    looking into an index; a trigger holds them equal.
    """

    read = models.ForeignKey(Read, on_delete=models.PROTECT, related_name="exposures")
    item = models.CharField(max_length=12)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="+", db_index=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="+", db_index=False)
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["read", "item", "first_at"], name="reads_exposure_once")
        ]
        indexes = [
            models.Index(fields=["reader", "exam"], name="reads_exposure_of_exam"),
            models.Index(fields=["enrolment", "period", "first_at"], name="reads_exposure_began"),
            models.Index(fields=["enrolment", "period", "-last_at"], name="reads_exposure_last"),
        ]

    def __str__(self) -> str:
        return f"{self.read_id} {self.item}"


class Place(models.Model):
    """Up to which position a reader's order in a period is settled: handed in, or withdrawn with its case.

    The search for the next case begins behind it. It may lag and never leads: a trigger holds it true.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="+", db_index=False)
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+", db_index=False)
    settled_to = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "period"], name="reads_place_once")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} to {self.settled_to}"


class Reveal(models.Model):
    """A reader asked for the map, and it was sent. Append-only."""

    read = models.ForeignKey(Read, on_delete=models.PROTECT, related_name="reveals")
    at = models.DateTimeField()

    class Meta:
        ordering = ["read", "at"]

    def __str__(self) -> str:
        return f"{self.read_id} {self.at}"


class Grade(models.Model):
    """The submitted answer for one half of one body. Append-only."""

    read = models.ForeignKey(Read, on_delete=models.PROTECT, related_name="grades")
    level = models.CharField(max_length=2)
    half = models.CharField(max_length=5)
    grade = models.PositiveSmallIntegerField(null=True, help_text="Modic type 0-3; none if not gradable")
    not_gradable = models.CharField(max_length=40, blank=True, help_text="The reason, where not gradable")
    in_bulk = models.BooleanField(default=False, help_text="Set by the key that grades all remaining as none")
    secondary = models.PositiveSmallIntegerField(null=True, help_text="The other type of a mixed lesion")
    confidence = models.PositiveSmallIntegerField(null=True, help_text="1 unsure, 2 fairly sure, 3 sure")
    at = models.DateTimeField()
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grades")

    class Meta:
        ordering = ["read", "level", "-half"]
        constraints = [
            models.UniqueConstraint(fields=["read", "level", "half"], name="reads_one_grade_per_half"),
            models.CheckConstraint(
                condition=Q(grade__in=[0, 1, 2, 3], not_gradable="")
                | (Q(grade__isnull=True) & ~Q(not_gradable="")),
                name="reads_grade_or_reason",
            ),
            models.CheckConstraint(
                condition=Q(secondary__isnull=True)
                | (
                    Q(grade__isnull=False, grade__in=[1, 2, 3], secondary__in=[1, 2, 3])
                    & ~Q(secondary=F("grade"))
                ),
                name="reads_grade_secondary",
            ),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(grade__isnull=False, confidence__in=[1, 2, 3]),
                name="reads_grade_confidence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.half}: {self.grade}"


class Attention(models.Model):
    """How long a case was really looked at, as its window told and the server checked; and on what display.

    active_ms grows only while the read is under way. resting_ms: without an active moment by now;
    longest_rest_ms: the longest such stretch, a day at most. width, height: of the window, in CSS pixels.
    """

    read = models.OneToOneField(Read, on_delete=models.PROTECT, related_name="attention")
    active_ms = models.PositiveIntegerField(default=0, help_text="Hidden tab and idle times left out")
    resting_ms = models.PositiveIntegerField(default=0)
    longest_rest_ms = models.PositiveIntegerField(default=0)
    beats = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    pixel_ratio = models.FloatField(null=True)
    colour_depth = models.PositiveSmallIntegerField(null=True)
    pattern_seen = models.BooleanField(
        null=True, help_text="The 5 % steps at both ends of the grey scale could be told apart"
    )
    webgl2 = models.BooleanField(null=True, help_text="Whether the browser has WebGL 2")
    renderer = models.CharField(max_length=200, blank=True, help_text="What the browser says draws WebGL")
    drawn_by = models.CharField(
        max_length=11,
        choices=DRAWN_BY,
        blank=True,
        help_text="Where the images came to rest: Cornerstone with WebGL, or the plain canvas",
    )

    def __str__(self) -> str:
        return f"{self.read_id}: {self.active_ms} ms"


class Recall(models.Model):
    """What a reader said of a case just handed in: whether it was seen before in the study. Append-only."""

    read = models.OneToOneField(Read, on_delete=models.PROTECT, related_name="recall")
    answer = models.PositiveSmallIntegerField(help_text="1 surely not, 2 probably not, 3 probably, 4 surely")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(answer__in=list(RECALL_WORDS)), name="reads_recall_answer")
        ]

    def __str__(self) -> str:
        return f"{self.read_id}: {self.answer}"


class KeptInput(models.Model):
    """Answers a reader gave that did not become the read's: kept for the coordinator, analysed by nobody.

    Append-only. `at` is when the server had them; `entered_at` is what the reader's machine said.
    """

    read = models.ForeignKey(Read, on_delete=models.PROTECT, related_name="kept_inputs")
    why = models.CharField(max_length=16, choices=[(why, why) for why in Kept])
    answers = models.JSONField()
    comment = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    entered_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["read", "why", "sha256"], name="reads_kept_input_once"),
            models.CheckConstraint(condition=Q(why__in=list(Kept)), name="reads_kept_input_why"),
        ]

    def __str__(self) -> str:
        return f"{self.read_id} {self.why}"


class Seat(models.Model):
    """The device on which a reader reads a study just now. No part of the data; forgotten when they leave."""

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="seat")
    device = models.UUIDField(help_text="Chosen by the browser, and kept in it")
    words = models.CharField(max_length=60, help_text="Browser and system, as they name themselves")
    since = models.DateTimeField()
    last_at = models.DateTimeField(help_text="The last sign of life")

    def __str__(self) -> str:
        return f"{self.enrolment_id} on {self.words}"
