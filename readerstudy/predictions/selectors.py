"""Reading runs and Modic maps."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pydicom
from django.conf import settings
from django.db.models import Q, QuerySet

from annotations.labels import EndplateLabel
from annotations.vocabulary import Level
from inference.dicom import output
from inference.dicom.report import labels_report
from inference.pipeline import MapSettings
from inference.steps.endplates import relabel
from readerstudy.accounts.models import User
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.exams.models import Exam
from readerstudy.exams.selectors import exams_visible_to, files_of
from readerstudy.exams.states import SeriesKind
from readerstudy.predictions import results
from readerstudy.predictions.models import ModicMap, Run, ShamMap
from readerstudy.predictions.policies import PUBLISH_AGAIN_AFTER, STALE_AFTER, bodies_of_levels
from readerstudy.predictions.states import RunState


def runs_visible_to(user: User) -> QuerySet[Run]:
    """Runs of the exams this person manages."""
    return Run.objects.filter(exam__in=exams_visible_to(user)).select_related("exam")


def maps_visible_to(user: User) -> QuerySet[ModicMap]:
    """Maps of the exams this person manages; readers get theirs through their reads alone."""
    return ModicMap.objects.filter(exam__in=exams_visible_to(user)).select_related("exam", "run")


def run_for(user: User, run_id: UUID) -> Run:
    """The run, or NotThere."""
    run = runs_visible_to(user).filter(pk=run_id).first()
    if run is None:
        raise NotThere
    return run


def map_for(user: User, map_id: UUID) -> ModicMap:
    """The map, or NotThere."""
    found = maps_visible_to(user).filter(pk=map_id).first()
    if found is None:
        raise NotThere
    return found


def newest_run(exam: Exam) -> Run | None:
    """The run that was asked for last."""
    return exam.runs.order_by("-created_at").first()


def newest_map(exam: Exam) -> ModicMap | None:
    """The map that was made last."""
    return exam.modic_maps.select_related("run").order_by("-created_at").first()


def waiting_runs(now: datetime) -> QuerySet[Run]:
    """Runs that nobody may have heard of: queued for a while, or running in silence."""
    queued = Q(state=RunState.QUEUED, created_at__lt=now - PUBLISH_AGAIN_AFTER)
    silent = Q(state=RunState.RUNNING, heartbeat_at__lt=now - STALE_AFTER)
    return Run.objects.filter(queued | silent)


def folder_of(modic_map: ModicMap | ShamMap) -> Path:
    """Where a map's files lie."""
    return Path(settings.MEDIA_ROOT) / modic_map.path


def stored(modic_map: ModicMap | ShamMap) -> results.StoredMap:
    """A map's content. Raises Conflict if the files are not those that were written."""
    try:
        return results.read(folder_of(modic_map), modic_map.sha256)
    except results.DamagedMap as damaged:
        raise Conflict(f"This map can't be shown: {damaged}. Tell the coordinator.", code="map") from damaged


def levels_of(exam: Exam) -> list[dict[str, Any]]:
    """Confirmed names, else proposed ones."""
    entries: list[dict[str, Any]] = exam.confirmed_levels or exam.proposed_levels
    return [entry for entry in entries if entry.get("level")]


def labels_of(content: results.StoredMap, levels: list[dict[str, Any]]) -> tuple[EndplateLabel, ...]:
    """Labels under these level names, head to foot; bodies without a name are left out."""
    names = bodies_of_levels(levels, content.centres_mm)
    return relabel(content.findings, {body: Level(name) for body, name in names.items()})


def map_json(modic_map: ModicMap | ShamMap, levels: list[dict[str, Any]]) -> dict[str, Any]:
    """The map as the viewer takes it: contours per T1 instance, named labels, remarks, hash, models.

    levels: [{"level", "point_mm"}]. Raises Conflict if the stored files are not those that were written.
    """
    content = stored(modic_map)
    return {
        "slices": content.slices,
        "labels": [label.to_json() for label in labels_of(content, levels)],
        "remarks": modic_map.run.warnings,
        "sha256": modic_map.sha256,
        "model": content.model,
    }


def named_bodies(modic_map: ModicMap) -> set[int]:
    """The bodies of a map that its exam's level names name."""
    return set(bodies_of_levels(levels_of(modic_map.exam), stored(modic_map).centres_mm))


def spacing_mm(exam: Exam) -> tuple[float, float, float]:
    """Distance of slices, rows and columns of an exam's T1, from its stored images."""
    images = [
        pydicom.dcmread(path, stop_before_pixels=True)
        for path in files_of(exam.series.get(kind=SeriesKind.T1))
    ]
    rows, columns = (float(value) for value in images[0].PixelSpacing)
    places = np.array([[float(value) for value in image.ImagePositionPatient] for image in images])
    apart = float(np.median(np.linalg.norm(np.diff(places, axis=0), axis=1))) if len(images) > 1 else 1.0
    return apart, rows, columns


def dicom_file(modic_map: ModicMap, what: str) -> bytes:
    """A DICOM object over the stored, de-identified T1, under the exam's level names.

    what: "modic_map" or "vertebrae" (Segmentations) or "report" (a structured report of the labels). Raises
    NotThere for a map without changes or names: DICOM knows no empty segmentation and no empty report.
    """
    content = stored(modic_map)
    levels = levels_of(modic_map.exam)
    series = modic_map.exam.series.get(kind=SeriesKind.T1)
    sources = [pydicom.dcmread(path, stop_before_pixels=True) for path in files_of(series)]
    made_by = ", ".join(f"{name} {version}" for name, version in content.model.items())[:64]
    names = bodies_of_levels(levels, content.centres_mm)
    bodies = {body: Level(name) for body, name in names.items()}
    made = {"vertebrae": output.vertebrae_seg(sources, content.bodies, bodies, made_by)}
    if content.modic.any():
        made["modic_map"] = output.modic_seg(sources, content.modic, made_by)
    if what == "report" and (labels := labels_of(content, levels)):
        made["report"] = labels_report(sources, labels, list(made.values()), made_by)
    if what not in made:
        raise NotThere
    return output.to_bytes(made[what])


def labels_json(modic_map: ModicMap) -> str:
    """The labels of every half under the exam's names, with what made them, as a file to take away."""
    labels = labels_of(stored(modic_map), levels_of(modic_map.exam))
    content = {
        "notice": "Research use only, not a medical device.",
        "exam": modic_map.exam.pseudonym,
        "synthetic": modic_map.exam.synthetic,
        "endplates": [label.to_json() for label in labels],
        "sha256": modic_map.sha256,
        "provenance": modic_map.run.provenance,
    }
    return json.dumps(content, indent=1)


def map_settings(exam: Exam) -> MapSettings:
    """How this exam is mapped: the defaults, what lies beside the weights, and what is known of its T2."""
    suppressed = exam.series.get(kind=SeriesKind.T2).fat_suppressed
    return MapSettings.beside(settings.WEIGHTS, t2_fat_suppressed=suppressed)
