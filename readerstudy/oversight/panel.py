"""What waits for the coordinator in the conduct of a study, on its page."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.common import clock
from readerstudy.conduct.selectors import overrides_of, state_of, undecided
from readerstudy.conduct.states import OverrideState
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState


def conduct_panel(request: HttpRequest, study: Study) -> str:
    """What is to be decided, and where; nothing for a draft."""
    if study.state == StudyState.DRAFT:
        return ""
    now = clock.now()
    asked = sum(state_of(override, now=now) is OverrideState.REQUESTED for override in overrides_of(study))
    context = {"study": study, "undecided": undecided(study), "asked": asked}
    return render_to_string("oversight/_panel.html", context, request)
