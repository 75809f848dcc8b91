"""A reader's pages: what to read now, and the reading room."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common import clock
from readerstudy.common.errors import NotThere
from readerstudy.reads import guard, journal, selectors


@require_GET
@allow(Role.READER)
def home(request: HttpRequest) -> HttpResponse:
    """What this reader can read now, what opens when and why. No case is named."""
    now = clock.now()
    desks = [
        selectors.desk_of(enrolment, now=now) for enrolment in selectors.enrolments_visible_to(request.user)
    ]
    return render(request, "reads/home.html", {"desks": desks})


@require_GET
@allow(Role.READER)
def room(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """The reading room. Which case is read, its own requests find out."""
    enrolment = selectors.enrolments_visible_to(request.user).filter(pk=enrolment_id).first()
    if enrolment is None:
        guard.note_refusal(
            user=request.user,
            target=request.user,
            asked={"room": str(enrolment_id)},
            rule=NotThere().code,
        )
        raise NotThere
    config = {
        "enrolment": str(enrolment.pk),
        "next_url": reverse("reads:next", args=[enrolment.pk]),
        "home_url": reverse("reads:home"),
        "reader": request.user.get_username(),
        "person": journal.keys_of(request.user)[0]["id"],
        "sign_in_url": reverse("accounts:sign-in"),
        "journal_keys_url": reverse("reads:journal-keys"),
    }
    return render(request, "reads/room.html", {"study": enrolment.study, "config": config})
