"""A reader's pages: what to read now, and the reading room."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common import clock
from readerstudy.common.errors import NotThere
from readerstudy.reads import gates, guard, selectors
from readerstudy.reads.contract import type_pictures, who_reads
from readerstudy.reads.home import LOOKS, render_panels
from readerstudy.reads.panel import progress_context
from readerstudy.reads.progress import desk_of
from readerstudy.studies.selectors import protocol_of, studies_visible_to
from readerstudy.studies.states import StudyState


@require_GET
@allow(Role.READER)
def home(request: HttpRequest) -> HttpResponse:
    """What this reader can read now, what opens when and why. No case is named."""
    now = clock.now()
    desks = [desk_of(enrolment, now=now) for enrolment in selectors.enrolments_visible_to(request.user)]
    desks.sort(key=lambda desk: not desk.readable)
    looks = [look | {"pictures": pictures} for look, pictures in zip(LOOKS, type_pictures(), strict=True)]
    context = {"desks": desks, "panels": render_panels(request), "looks": looks}
    return render(request, "reads/home.html", context)


@require_GET
@allow(Role.COORDINATOR, Role.ADMINISTRATOR)
def progress(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """The panel of a study's page as it is now, for the page that asks again and again."""
    open_once = studies_visible_to(request.user).exclude(state=StudyState.DRAFT)
    study = open_once.filter(pk=study_id).first()
    if study is None:
        raise NotThere
    return render(request, "reads/_progress.html", progress_context(study))


@require_GET
@allow(Role.READER)
def room(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """The reading room, or the page of what has to be done before. Which case is read, its own requests
    find out."""
    enrolment = selectors.enrolments_visible_to(request.user).filter(pk=enrolment_id).first()
    if enrolment is None:
        guard.note_refusal(
            user=request.user,
            target=request.user,
            asked={"room": str(enrolment_id)},
            rule=NotThere().code,
        )
        raise NotThere
    closed = gates.first_closed(enrolment)
    if closed is not None and enrolment.study.state == StudyState.OPEN:
        return redirect(closed.url)
    config = {
        "enrolment": str(enrolment.pk),
        "next_url": reverse("reads:next", args=[enrolment.pk]),
        "ahead_url": reverse("reads:ahead", args=[enrolment.pk]),
        "home_url": reverse("reads:home"),
        "layout": protocol_of(enrolment.study).document.get("layout"),
        **who_reads(request.user),
    }
    return render(request, "reads/room.html", {"study": enrolment.study, "config": config})
