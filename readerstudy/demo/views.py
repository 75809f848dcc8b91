"""The demo clock's form, on the study's page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, NotThere
from readerstudy.demo import services
from readerstudy.studies.selectors import studies_visible_to


@require_POST
@allow(Role.COORDINATOR)
def advance_clock(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Move the demo's clock forward and go back to the study."""
    study = studies_visible_to(request.user).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    days = request.POST.get("days", "")
    if not days.isascii() or not days.isdigit() or len(days) > 4:
        raise BadInput(
            f"The clock moves forward only: give a whole number of days, 1 to {services.MAX_DAYS}.",
            code="clock",
        )
    offset = services.advance_clock(actor=request.user, days=int(days), study=study)
    messages.success(request, f"The demo's clock now stands {offset.days} days ahead.")
    return redirect("studies:detail", study.pk)
