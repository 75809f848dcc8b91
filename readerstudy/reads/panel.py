"""How far the readers are, on the study's page."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.common import clock
from readerstudy.reads import progress
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState


def progress_panel(request: HttpRequest, study: Study) -> str:
    """Completeness by reader and period, and when what opens; nothing for a draft."""
    if study.state == StudyState.DRAFT:
        return ""
    context = {"progress": progress.progress_of(study, now=clock.now())}
    return render_to_string("reads/_progress.html", context, request)
