"""Reminders on a study's page."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.reminders import selectors
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState


def reminders_panel(request: HttpRequest, study: Study) -> str:
    """Who was reminded of what and when; nothing for a draft."""
    if study.state == StudyState.DRAFT:
        return ""
    context = {"reminded": selectors.last_of(study)}
    return render_to_string("reminders/_panel.html", context, request)
