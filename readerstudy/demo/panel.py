"""The demo clock on a study's page."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.accounts.states import Role
from readerstudy.common import clock
from readerstudy.demo.services import MAX_DAYS
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState


def clock_panel(request: HttpRequest, study: Study) -> str:
    """A form that moves the clock forward; nothing outside a demo, or while nothing waits for time."""
    may_move = clock.can_be_moved() and request.user.role == Role.COORDINATOR
    if not may_move or study.state != StudyState.OPEN:
        return ""
    context = {"study": study, "now": clock.now(), "offset": clock.offset(), "max_days": MAX_DAYS}
    return render_to_string("demo/_clock.html", context, request)
