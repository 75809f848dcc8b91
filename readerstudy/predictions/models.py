"""Runs of the mapping pipeline and the Modic maps they left."""

import uuid

from django.conf import settings
from django.db import models

from readerstudy.exams.models import Exam
from readerstudy.predictions.states import RunState


class Run(models.Model):
    """One run of the pipeline over one exam: a job row with stage, progress and outcome."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=10, choices=[(s, s) for s in RunState], default=RunState.QUEUED)
    stage = models.CharField(max_length=40, blank=True)
    progress = models.FloatField(default=0.0)
    error = models.TextField(blank=True, help_text="What went wrong and what to do")
    warnings = models.JSONField(default=list)
    provenance = models.JSONField(
        default=dict, help_text="Model names, versions, digests, centroids, settings, code version, timings"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="runs"
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["exam"],
                condition=models.Q(state__in=[RunState.QUEUED, RunState.RUNNING]),
                name="predictions_one_live_run_per_exam",
            )
        ]

    def __str__(self) -> str:
        return f"run {self.id}"


class ModicMap(models.Model):
    """The result of a run. Never changed: a new run leaves a new map."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="modic_map")
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="modic_maps")
    path = models.CharField(max_length=200, unique=True, help_text="Folder below MEDIA_ROOT with all outputs")
    sha256 = models.CharField(max_length=64, help_text="Of voxel types, contours and labels together")
    body_labels = models.JSONField(
        help_text="EndplateLabel values per body number and half, under the proposed level names"
    )
    synthetic_model = models.BooleanField(
        default=False, help_text="Made by a stand-in for the networks (tests, demo), never by trained ones"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Modic map {self.sha256[:12]}"


class ShamMap(models.Model):
    """A map's lesions moved to other endplates, for sham arms. Served as a map is; never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    true = models.OneToOneField(ModicMap, on_delete=models.PROTECT, related_name="sham")
    path = models.CharField(max_length=200, unique=True, help_text="Folder below MEDIA_ROOT with all outputs")
    sha256 = models.CharField(max_length=64, help_text="Of voxel types, contours and labels together")
    seed = models.PositiveBigIntegerField(help_text="Drawn once; with it the sham can be made again")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"sham of {self.true_id}"

    @property
    def run(self) -> Run:
        """The run whose remarks stand beside the map; the same for sham and true."""
        return self.true.run
