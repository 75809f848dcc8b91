"""A study as data: protocol, periods, cases, readers, and who reads what in which order."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from readerstudy.exams.models import Exam
from readerstudy.predictions.models import ModicMap, ShamMap
from readerstudy.studies.states import Arm, StudyState, WithdrawalReason


class Study(models.Model):
    """One reader study."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=[(s, s) for s in StudyState], default=StudyState.DRAFT)
    synthetic = models.BooleanField(default=False, help_text="Cases or readers are made, not real")
    seed = models.CharField(max_length=64, blank=True, help_text="Drawn at opening, revealed at lock")
    seed_commitment = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the seed")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="studies_created"
    )
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "studies"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class Protocol(models.Model):
    """A version of the study's protocol. Frozen (and then immutable in the database) when it opens."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="protocols")
    version = models.PositiveSmallIntegerField(default=1)
    template = models.CharField(max_length=40)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    frozen_at = models.DateTimeField(null=True, help_text="In force from then on, unless effective later")
    effective_at = models.DateTimeField(null=True, help_text="Of an amendment that takes effect later")
    reason = models.TextField(blank=True, help_text="Why an amendment was made; empty for the first version")
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="protocols_signed"
    )

    class Meta:
        ordering = ["study", "version"]
        constraints = [models.UniqueConstraint(fields=["study", "version"], name="studies_protocol_version")]

    def __str__(self) -> str:
        return f"{self.study_id} protocol v{self.version}"

    @property
    def in_force_from(self) -> datetime | None:
        """The moment from which it holds; None for a draft's."""
        return self.effective_at or self.frozen_at


class Period(models.Model):
    """A reading period of a study."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="periods")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    washout_hours = models.PositiveIntegerField(
        default=0, help_text="Elapsed hours since the last exposure of the previous period"
    )

    class Meta:
        ordering = ["study", "number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="studies_period_number")]

    def __str__(self) -> str:
        return f"{self.study_id} period {self.number}"


class Case(models.Model):
    """An exam in a study, with the Modic map that was frozen for it at opening."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="cases")
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="cases")
    number = models.PositiveSmallIntegerField()
    modic_map = models.ForeignKey(ModicMap, null=True, on_delete=models.PROTECT, related_name="cases")
    modic_map_sha256 = models.CharField(max_length=64, blank=True)
    sham_map = models.ForeignKey(ShamMap, null=True, on_delete=models.PROTECT, related_name="cases")
    sham_map_sha256 = models.CharField(max_length=64, blank=True)
    levels = models.JSONField(default=list, help_text="Confirmed level names, frozen at opening")
    stratum = models.CharField(max_length=40, blank=True, help_text="Cases alike in what must be balanced")

    class Meta:
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "exam"], name="studies_exam_once"),
            models.UniqueConstraint(fields=["study", "number"], name="studies_case_number"),
        ]

    def __str__(self) -> str:
        return f"{self.study_id} case {self.number}"


class CaseWithdrawal(models.Model):
    """A case left its open study: it is offered to nobody any more, and its reads are kept. Append-only."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.CharField(max_length=40, choices=[(r.value, r.value) for r in WithdrawalReason])
    words = models.TextField(help_text="What was found, in words")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases_withdrawn")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=[r.value for r in WithdrawalReason]),
                name="studies_withdrawal_reason_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} withdrawn: {self.reason}"


class Enrolment(models.Model):
    """A person as reader `index` of a study."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="enrolments")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrolments")
    index = models.PositiveSmallIntegerField(help_text="1, 2, 3: readers are R1, R2, R3 in reports")
    baseline = models.BooleanField(default=False, help_text="Reads once and is compared with the others")
    periods = models.ManyToManyField(Period, related_name="enrolments")

    class Meta:
        ordering = ["study", "index"]
        constraints = [
            models.UniqueConstraint(fields=["study", "reader"], name="studies_reader_once"),
            models.UniqueConstraint(fields=["study", "index"], name="studies_reader_index"),
            models.UniqueConstraint(
                fields=["study"], condition=Q(baseline=True), name="studies_one_baseline_reader"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study_id} R{self.index}"


class Absence(models.Model):
    """A reader is away: the reader's periods close later by as much. Append-only."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="absences")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences_noted")
    at = models.DateTimeField()

    class Meta:
        ordering = ["begins_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("begins_at")), name="studies_absence_ends_later"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} away from {self.begins_at:%d %b %Y}"


class Assignment(models.Model):
    """A row of the stored reading order: this reader reads this case in this period, position and arm."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="assignments")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="assignments")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assignments")
    position = models.PositiveSmallIntegerField()
    arm = models.CharField(
        max_length=12, choices=[(a, a) for a in Arm], help_text="What decides what is seen"
    )
    arm_name = models.CharField(max_length=31, help_text="As the protocol and every export name the arm")
    part = models.PositiveSmallIntegerField(
        default=1, help_text="2 for the answer with the map after the locked unaided one of a second read"
    )

    class Meta:
        ordering = ["enrolment", "period", "position", "part"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "period", "case", "part"], name="studies_assignment_once"
            ),
            models.UniqueConstraint(
                fields=["enrolment", "period", "position", "part"], name="studies_position_once"
            ),
            models.CheckConstraint(condition=Q(part__in=[1, 2]), name="studies_one_or_two_parts"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} #{self.position}"
