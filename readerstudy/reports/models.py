"""Locks of a study and the analyses frozen with them."""

import uuid

from django.conf import settings
from django.db import models

from readerstudy.studies.models import Study


class Lock(models.Model):
    """A study's reading data as locked with an electronic signature. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="locks")
    number = models.PositiveSmallIntegerField(default=1)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="locks")
    signed_at = models.DateTimeField()
    meaning = models.CharField(max_length=200, help_text="What the signature states")
    reason = models.TextField(blank=True, help_text="Why an incomplete study was locked")
    dataset = models.TextField(help_text="The frozen long-format table, CSV")
    dataset_sha256 = models.CharField(max_length=64)
    flow = models.JSONField(help_text="What is complete, missing and left out, by reader and period")

    class Meta:
        ordering = ["study", "number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="reports_lock_number")]

    def __str__(self) -> str:
        return f"{self.study_id} lock {self.number}"


class Truth(models.Model):
    """The true grades of a study's halves as someone stated them, and how they were made. Append-only: a
    later statement stands beside the earlier ones, and the last before a lock is frozen with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="truths")
    number = models.PositiveSmallIntegerField()
    source = models.TextField(help_text="Who or what made it, from what, blinded to what")
    table = models.TextField(help_text="CSV of exam, level, half, truth")
    sha256 = models.CharField(max_length=64)
    halves = models.PositiveIntegerField(help_text="How many halves it tells")
    after_lock = models.BooleanField(help_text="Stated when the study was locked already")
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="truths")
    stated_at = models.DateTimeField()

    class Meta:
        ordering = ["study", "number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="reports_truth_number")]

    def __str__(self) -> str:
        return f"truth {self.number} of {self.study_id}"


class Unlock(models.Model):
    """A lock opened again with an electronic signature and a reason. Append-only; the lock stays too.

    seen: how often its results had been looked at or taken away, by role.
    """

    lock = models.OneToOneField(Lock, on_delete=models.PROTECT, related_name="unlock")
    reason = models.TextField()
    meaning = models.CharField(max_length=200, help_text="What the signature states")
    seen = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="unlocks")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"unlock of {self.lock_id}"


class Analysis(models.Model):
    """The one frozen result from which page, PDF, CSV and JSON are made. Append-only."""

    lock = models.OneToOneField(Lock, on_delete=models.PROTECT, related_name="analysis")
    plan = models.JSONField()
    seed = models.BigIntegerField()
    code_version = models.CharField(max_length=40)
    result = models.TextField(help_text="Canonical JSON")
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "analyses"

    def __str__(self) -> str:
        return f"analysis of {self.lock_id}"


class Exploration(models.Model):
    """An analysis that someone made of a lock's readings beyond the plan. Append-only: it is kept whatever
    came out, so that how many were made is known. It never replaces the frozen analysis."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lock = models.ForeignKey(Lock, on_delete=models.PROTECT, related_name="explorations")
    number = models.PositiveIntegerField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="explorations"
    )
    made_at = models.DateTimeField()
    reason = models.TextField(help_text="What the maker wanted to know")
    truth = models.ForeignKey(Truth, null=True, on_delete=models.PROTECT, related_name="explorations")
    code_version = models.CharField(max_length=40)
    result = models.TextField(help_text="Canonical JSON")
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["lock", "number"]
        constraints = [models.UniqueConstraint(fields=["lock", "number"], name="reports_exploration_number")]

    def __str__(self) -> str:
        return f"exploration {self.number} of {self.lock_id}"
