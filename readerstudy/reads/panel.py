"""How far the readers are, on the study's page."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.common import clock
from readerstudy.reads import selectors
from readerstudy.reads.overview import overview_of
from readerstudy.reads.picture import picture_of
from readerstudy.reads.states import KEPT_WORDS, CellState, Kept
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState

_LEGEND = (
    (CellState.DONE, "read"),
    (CellState.OPEN, "open: can be read now"),
    (CellState.WAITING, "waiting: for its washout, or for the period before it"),
    (CellState.LATE, "late: its period has closed"),
)


def progress_context(study: Study) -> dict[str, Any]:
    """What the table and the picture are made of."""
    rows = overview_of(study, now=clock.now())
    kept = _kept_rows(study)
    return {"study": study, "rows": rows, "picture": picture_of(rows), "legend": _LEGEND, "kept": kept}


def progress_panel(request: HttpRequest, study: Study) -> str:
    """Completeness by reader and period, and when what opens; nothing for a draft."""
    if study.state == StudyState.DRAFT:
        return ""
    return render_to_string("reads/_progress.html", progress_context(study), request)


def _kept_rows(study: Study) -> list[dict[str, Any]]:
    """Whose input came for which read, when and why it did not count; never what it says."""
    return [
        {"row": row, "assignment": row.read.assignment, "why": KEPT_WORDS[Kept(row.why)]}
        for row in selectors.kept_inputs_of(study)
    ]
