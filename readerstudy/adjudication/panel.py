"""The adjudications of a study, on its page."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.adjudication import selectors
from readerstudy.adjudication.policies import LOOKS_ON, ORGANISES
from readerstudy.adjudication.states import UNDER_WAY
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState


def adjudication_panel(request: HttpRequest, study: Study) -> str:
    """What was and can be adjudicated; nothing before the first lock, and for who sees no results.

    How much readers differ does not stand here: whoever opens the page that says it has seen a result.
    """
    adjudications = list(selectors.adjudications_of(study))
    is_locked = study.state == StudyState.LOCKED
    if request.user.role not in LOOKS_ON or not (is_locked or adjudications):
        return ""
    context = {
        "study": study,
        "adjudications": adjudications,
        "may_open": is_locked
        and request.user.role in ORGANISES
        and not any(one.state in UNDER_WAY for one in adjudications),
    }
    return render_to_string("adjudication/_panel.html", context, request)
