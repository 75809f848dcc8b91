"""Queries on a study's page and on a reader's own."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.accounts.states import Role
from readerstudy.queries import selectors
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState


def queries_panel(request: HttpRequest, study: Study) -> str:
    """How many matters wait for the coordinator; nothing for a draft or for others."""
    if study.state == StudyState.DRAFT or request.user.role != Role.COORDINATOR:
        return ""
    context = {"study": study, "waiting": selectors.waiting_for_coordinator(study)}
    return render_to_string("queries/_panel.html", context, request)


def readers_panel(request: HttpRequest) -> str:
    """A reader's own matters; nothing where there is none."""
    own = selectors.queries_visible_to(request.user)
    return render_to_string("queries/_own.html", {"queries": own}, request) if own else ""
