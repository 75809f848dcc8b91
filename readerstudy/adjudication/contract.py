"""A case as an adjudicator's room gets it: as an unaided read of the halves in question, and nothing else."""

from typing import Any

from django.urls import reverse

from readerstudy.adjudication import selectors
from readerstudy.adjudication.models import Opinion
from readerstudy.adjudication.states import TABLE
from readerstudy.exams.models import Series
from readerstudy.reads.serializers import ReadSerializer
from readerstudy.studies.selectors import document_in_force
from readerstudy.studies.states import Arm


def opinion_message(opinion: Opinion) -> dict[str, Any]:
    """ReadSerializer's fields; what an adjudicator is not told, such as a map or an arm, is null or plain."""
    place = opinion.place
    seat, exam = place.seat, place.case.exam
    question = document_in_force(seat.adjudication.lock.study)["question"]
    name = "Adjudication, together" if seat.index == TABLE else "Adjudication"
    return dict.fromkeys(ReadSerializer().fields) | {
        "id": str(opinion.pk),
        "state": opinion.state,
        "version": opinion.version,
        "period": {"number": 0, "name": name, "arm": Arm.UNAIDED.value},
        "position": place.position,
        "total": seat.places.count(),
        "synthetic": exam.synthetic,
        "sites": [{"level": site.level.value, "half": site.half.value} for site in selectors.sites_at(place)],
        "grades": question["grades"],
        "not_gradable_reasons": question["not_gradable_reasons"],
        "bulk_none": False,
        "asks_confidence": False,
        "comment": opinion.comment,
        "levels": [{"level": level["level"], "point_mm": level["point_mm"]} for level in place.case.levels],
        "images": {series.kind: _images(opinion, series) for series in exam.series.order_by("kind")},
        "part": 1,
        "map_follows": False,
        "answers": opinion.draft,
        "lease": str(opinion.lease),
        "draft_url": reverse("adjudication:draft", args=[opinion.pk]),
        "submit_url": reverse("adjudication:submit", args=[opinion.pk]),
    }


def _images(opinion: Opinion, series: Series) -> dict[str, Any]:
    return {
        "metadata_url": reverse("adjudication:metadata", args=[opinion.pk, series.kind]),
        "frame_urls": [
            reverse("adjudication:frame", args=[opinion.pk, series.kind, index])
            for index in range(series.slices)
        ],
        "description": series.description,
    }
