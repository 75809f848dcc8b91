"""How far the readers are, on the study's page."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.reads import selectors
from readerstudy.reads.states import KEPT_WORDS, Kept
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState


def progress_panel(request: HttpRequest, study: Study) -> str:
    """Completeness by reader and period, and when what opens; nothing for a draft."""
    if study.state == StudyState.DRAFT:
        return ""
    context = {"progress": selectors.progress_of(study), "kept": _kept_rows(study)}
    return render_to_string("reads/_progress.html", context, request)


def _kept_rows(study: Study) -> list[dict[str, Any]]:
    """Whose input came for which read, when and why it did not count; never what it says."""
    return [
        {"row": row, "assignment": row.read.assignment, "why": KEPT_WORDS[Kept(row.why)]}
        for row in selectors.kept_inputs_of(study)
    ]
