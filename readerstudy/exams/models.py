"""Exams as they came in: uploads, de-identified exams, their two series and every image of them."""

import uuid

from django.conf import settings
from django.db import models

from readerstudy.exams.states import ExamState, Occasion, SeriesKind, UploadState


class Upload(models.Model):
    """One folder or zip handed over: a job row with its progress and everything that was said about it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(
        max_length=12, choices=[(s, s) for s in UploadState], default=UploadState.RECEIVED
    )
    progress = models.FloatField(default=0.0)
    stage = models.CharField(max_length=60, blank=True)
    findings = models.JSONField(default=list, help_text="Sentences about files and series; no patient text")
    synthetic = models.BooleanField(default=False, help_text="Declared as made, not acquired from a person")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="uploads"
    )
    created_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"upload {self.id}"


class Exam(models.Model):
    """One de-identified lumbar MR exam."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pseudonym = models.CharField(max_length=20, unique=True)
    patient_key = models.CharField(
        max_length=64, db_index=True, help_text="Keyed hash: same patient, same key; not reversible"
    )
    study_key = models.CharField(max_length=64, unique=True, help_text="Keyed hash of the DICOM study")
    state = models.CharField(max_length=12, choices=[(s, s) for s in ExamState], default=ExamState.RECEIVED)
    synthetic = models.BooleanField(default=False)
    age_years = models.PositiveSmallIntegerField(null=True)
    sex = models.CharField(max_length=1, blank=True)
    selection = models.JSONField(default=list, help_text="Every series seen: chosen or passed over, and why")
    warnings = models.JSONField(default=list)
    needs_check = models.BooleanField(default=False, help_text="Burned-in text is declared or suspected")
    proposed_levels = models.JSONField(
        default=list, help_text='[{"level", "body", "point_mm": [x, y, z], "evidence"}], from localization'
    )
    confirmed_levels = models.JSONField(
        default=list,
        help_text='[{"level", "body": int | null, "point_mm": [x, y, z]}], confirmed by a person',
    )
    exclusions = models.JSONField(default=list)
    upload = models.ForeignKey(Upload, null=True, on_delete=models.PROTECT, related_name="exams")
    created_at = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="released_exams"
    )
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pseudonym"]

    def __str__(self) -> str:
        return self.pseudonym


class Series(models.Model):
    """A stored sagittal series of an exam: its T1 or its T2."""

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="series")
    kind = models.CharField(max_length=2, choices=[(k, k) for k in SeriesKind])
    description = models.CharField(max_length=120, help_text="Our own words, never the header's")
    reason = models.TextField(help_text="Why this series was chosen")
    fat_suppressed = models.CharField(max_length=7, default="unknown", help_text="yes, no or unknown")
    acquisition = models.JSONField(default=dict, help_text="Attributes of the paper's Table 1")
    slices = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "series"
        ordering = ["exam_id", "kind"]
        constraints = [models.UniqueConstraint(fields=["exam", "kind"], name="exams_one_series_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.exam_id} {self.kind}"


class Instance(models.Model):
    """One de-identified image. `index` is its slice in the volume (usually from left to right)."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="instances")
    index = models.PositiveSmallIntegerField()
    sop_uid = models.CharField(max_length=64, unique=True, help_text="New, keyed UID")
    source_key = models.CharField(
        max_length=64, db_index=True, help_text="Keyed hash of study, series, UID and frame"
    )
    path = models.CharField(max_length=200, unique=True, help_text="Below MEDIA_ROOT, of our own making")
    sha256 = models.CharField(max_length=64)
    pixel_sha256 = models.CharField(max_length=64, db_index=True)
    burned_in = models.CharField(
        max_length=8,
        default="unstated",
        help_text="yes, no, unstated in the header, or suspect by the picture",
    )

    class Meta:
        ordering = ["series", "index"]
        constraints = [
            models.UniqueConstraint(fields=["series", "index"], name="exams_one_instance_per_index"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} #{self.index}"


class Sighting(models.Model):
    """A person was shown images of an exam outside a read. Append-only; every washout counts it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sightings")
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="sightings")
    occasion = models.CharField(max_length=12, choices=[(o, o) for o in Occasion])
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["person", "exam", "-at"], name="exams_sighting_latest")]

    def __str__(self) -> str:
        return f"{self.person_id} saw {self.exam_id}"


class LastLook(models.Model):
    """Up to when a person has been shown images, in whatever way. It never goes back."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="last_look"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} until {self.at}"
