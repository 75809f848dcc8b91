"""A calibration case as the reading room gets it: as an unaided read, without a map and outside the seal."""

from typing import Any

from django.urls import reverse

from readerstudy.exams.models import Exam, Series
from readerstudy.preparation.models import CalibrationRead
from readerstudy.reads.serializers import ReadSerializer
from readerstudy.studies.selectors import protocol_of
from readerstudy.studies.states import Arm


def read_message(read: CalibrationRead) -> dict[str, Any]:
    """ReadSerializer's fields; what a calibration case has not, such as a map, is null."""
    exam, question = read.case.exam, protocol_of(read.enrolment.study).document["question"]
    return dict.fromkeys(ReadSerializer().fields) | {
        "id": str(read.pk),
        "state": read.state,
        "version": read.version,
        "period": {"number": 0, "name": f"Calibration, attempt {read.attempt}", "arm": Arm.UNAIDED.value},
        "position": read.case.number,
        "total": read.case.calibration.cases.count(),
        "synthetic": exam.synthetic,
        "sites": question["sites"],
        "grades": question["grades"],
        "not_gradable_reasons": question["not_gradable_reasons"],
        "bulk_none": question["bulk_none"],
        "asks_confidence": question.get("confidence", False),
        "comment": read.comment,
        "levels": _levels(exam),
        "images": _pair(read),
        "answers": read.draft,
        "lease": str(read.lease),
        "draft_url": reverse("preparation:draft", args=[read.pk]),
        "submit_url": reverse("preparation:submit", args=[read.pk]),
    }


def comparison_config(read: CalibrationRead) -> dict[str, Any]:
    """The pictures the case was read on, as the exam viewer takes them; nothing of a map."""
    return {"images": _pair(read), "map_url": None, "levels": _levels(read.case.exam)}


def _levels(exam: Exam) -> list[dict[str, Any]]:
    return [{"level": level["level"], "point_mm": level["point_mm"]} for level in exam.confirmed_levels]


def _pair(read: CalibrationRead) -> dict[str, Any]:
    return {series.kind: _images(read, series) for series in read.case.exam.series.order_by("kind")}


def _images(read: CalibrationRead, series: Series) -> dict[str, Any]:
    return {
        "metadata_url": reverse("preparation:metadata", args=[read.pk, series.kind]),
        "frame_urls": [
            reverse("preparation:frame", args=[read.pk, series.kind, index]) for index in range(series.slices)
        ],
        "description": series.description,
    }
