"""The ways into practice and preview: on a reader's own page and on a study's."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.accounts.states import Role
from readerstudy.rehearsal.policies import PRACTICE, may_preview
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState


def practice_panel(request: HttpRequest) -> str:
    """Where a reader can practise, at any time."""
    return render_to_string("rehearsal/_practice.html", {"cases": PRACTICE}, request)


def preview_panel(request: HttpRequest, study: Study) -> str:
    """Where the coordinator can look at the reading room; nothing for others and for a locked study."""
    user = request.user
    if user.role != Role.COORDINATOR or not may_preview(StudyState(study.state)):  # type: ignore[union-attr]
        return ""
    if not study.cases.exists():
        return ""
    return render_to_string("rehearsal/_preview.html", {"study": study}, request)
