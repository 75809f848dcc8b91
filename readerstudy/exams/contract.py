"""What the coordinator's pages hand to the viewer."""

from typing import Any

from django.urls import reverse

from readerstudy.exams.extensions import map_link
from readerstudy.exams.models import Exam


def exam_config(exam: Exam) -> dict[str, Any]:
    """Images, level names and, once there is one, the Modic map of an exam."""
    return {"images": images(exam), "map_url": map_link(exam), "levels": _named(exam)}


def levels_config(exam: Exam) -> dict[str, Any]:
    """Images, proposed or confirmed names, and every body that was found, head to foot."""
    bodies = [
        {"body": entry["body"], "point_mm": entry["point_mm"]}
        for entry in exam.proposed_levels
        if entry.get("body") is not None
    ]
    return {"images": images(exam), "levels": _named(exam), "bodies": bodies}


def proposals(exam: Exam) -> list[dict[str, Any]]:
    """What is proposed for each found body and why, head to foot: name ("" for none), evidence, unsure."""
    return [
        {
            "name": entry.get("level") or "",
            "evidence": entry.get("evidence", ""),
            "unsure": not entry.get("sure", False),
        }
        for entry in exam.proposed_levels
    ]


def _named(exam: Exam) -> list[dict[str, Any]]:
    """Confirmed names, else proposed ones."""
    entries = exam.confirmed_levels or exam.proposed_levels
    return [{"level": e["level"], "point_mm": e["point_mm"]} for e in entries if e.get("level")]


def images(exam: Exam) -> dict[str, Any]:
    """Addresses of both series' metadata and frames."""
    return {
        series.kind: {
            "metadata_url": reverse("exams:metadata", args=[exam.pk, series.kind]),
            "frame_urls": [
                reverse("exams:frame", args=[exam.pk, series.kind, index]) for index in range(series.slices)
            ],
            "description": series.description,
        }
        for series in exam.series.all()
    }
