"""What a reader does before the first case: the instructions, having read them, and calibration."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from readerstudy.exams.models import Exam
from readerstudy.preparation.policies import PassRule
from readerstudy.preparation.states import Measure
from readerstudy.reads.states import STORED_STATES, ReadState
from readerstudy.studies.models import Enrolment, Protocol, Study


class Instructions(models.Model):
    """One version of a study's written instructions. Append-only; the latest is in force."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="instructions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64, help_text="Of the text")
    reason = models.TextField(blank=True, help_text="Of the change, in an open study")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="instructions_written"
    )
    written_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "instructions"
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="preparation_instructions_number")
        ]

    def __str__(self) -> str:
        return f"instructions {self.number} of {self.study_id}"


class Acknowledgement(models.Model):
    """A reader has read these instructions, under this version of the protocol. Append-only."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="acknowledgements")
    instructions = models.ForeignKey(Instructions, on_delete=models.PROTECT, related_name="acknowledgements")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "instructions", "protocol"], name="preparation_acknowledged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} read {self.instructions_id}"


class Calibration(models.Model):
    """That a study has calibration before its first period, and what passes it. Frozen at opening."""

    study = models.OneToOneField(Study, on_delete=models.PROTECT, related_name="calibration")
    measure = models.CharField(max_length=12, choices=[(m.value, m.value) for m in Measure])
    threshold = models.FloatField(help_text="What passes: above 0, up to 1")
    attempts = models.PositiveSmallIntegerField(help_text="How often a reader may go through all cases")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(threshold__gt=0, threshold__lte=1, attempts__gte=1),
                name="preparation_rule_means_something",
            )
        ]

    def __str__(self) -> str:
        return f"calibration of {self.study_id}"

    @property
    def rule(self) -> PassRule:
        """As decisions take it."""
        return PassRule(Measure(self.measure), self.threshold, self.attempts)


class CalibrationCase(models.Model):
    """An exam with an expert's answers. No case of the study, and no part of its analysis."""

    calibration = models.ForeignKey(Calibration, on_delete=models.PROTECT, related_name="cases")
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="calibration_cases")
    number = models.PositiveSmallIntegerField()
    answers = models.JSONField(help_text="The expert's, one for every half asked")
    note = models.TextField(blank=True, help_text="The expert's words, shown with the feedback")

    class Meta:
        ordering = ["calibration", "number"]
        constraints = [
            models.UniqueConstraint(fields=["calibration", "exam"], name="preparation_exam_once"),
            models.UniqueConstraint(fields=["calibration", "number"], name="preparation_case_number"),
        ]

    def __str__(self) -> str:
        return f"{self.calibration_id} case {self.number}"


class CalibrationRead(models.Model):
    """One reading of a calibration case. Immutable once submitted, but for when its feedback was seen."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="calibration_reads")
    case = models.ForeignKey(CalibrationCase, on_delete=models.PROTECT, related_name="reads")
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=[(s, s) for s in STORED_STATES], default=ReadState.OPENED)
    version = models.PositiveIntegerField(default=0)
    draft = models.JSONField(default=list, help_text="Answers so far; those that count once submitted")
    comment = models.TextField(blank=True, help_text="The reader's on this case")
    lease = models.UUIDField(default=uuid.uuid4, help_text="Whoever opened last holds it")
    opened_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=64, blank=True)
    feedback_at = models.DateTimeField(null=True, help_text="When the reader first saw how it compares")

    class Meta:
        ordering = ["enrolment", "attempt", "case__number"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "case", "attempt"], name="preparation_read_once_an_attempt"
            ),
            models.CheckConstraint(
                condition=Q(state=ReadState.SUBMITTED, submitted_at__isnull=False)
                | (~Q(state=ReadState.SUBMITTED) & Q(submitted_at__isnull=True, feedback_at__isnull=True)),
                name="preparation_submitted_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"calibration read {self.id}"


class FurtherAttempt(models.Model):
    """The coordinator lets a reader try once more. Append-only."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="further_attempts")
    reason = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts_granted"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"one more attempt of {self.enrolment_id}"
