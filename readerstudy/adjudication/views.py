"""Pages of adjudication: the coordinator opens, follows and states it; adjudicators decide."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.adjudication import selectors, services
from readerstudy.adjudication.forms import OpenForm, StopForm
from readerstudy.adjudication.models import Adjudication
from readerstudy.adjudication.policies import LOOKS_ON, ORGANISES
from readerstudy.adjudication.states import RUNNING, TABLE, AdjudicationState
from readerstudy.common.errors import NotThere, Refused
from readerstudy.reads.contract import who_reads
from readerstudy.reports.selectors import analysis_for


@require_http_methods(["GET", "POST"])
@allow(*ORGANISES)
def open_one(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """How much readers differ, which is a result, and the form that puts it before adjudicators."""
    lock = analysis_for(request.user, study_id).lock
    form, status = OpenForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            chosen = {
                "adjudicators": list(form.cleaned_data["adjudicators"]),
                "takes_agreed": form.cleaned_data["agreed"] == "yes",
            }
            try:
                made = services.open_adjudication(actor=request.user, study_id=study_id, **chosen)
            except Refused as refusal:
                form.add_error(None, refusal.detail)
                status = refusal.status
            else:
                messages.success(request, "The adjudication is open. Adjudicators find it on their page.")
                return redirect("adjudication:detail", made.pk)
    differing = sorted(selectors.disagreements(lock).differing)
    services.note_seen(actor=request.user, study=lock.study, lock=lock, differing=len(differing), form="page")
    context = {
        "study": lock.study,
        "lock": lock,
        "form": form,
        "differing": len(differing),
        "cases": len({half[0] for half in differing}),
        "people": selectors.people_who_adjudicate().exists(),
    }
    return render(request, "adjudication/open.html", context, status=status)


@require_GET
@allow(*LOOKS_ON)
def detail(request: HttpRequest, adjudication_id: UUID) -> HttpResponse:
    """How far everyone is, and what can be done now."""
    return _detail(request, selectors.adjudication_for(request.user, adjudication_id), StopForm())


def _detail(
    request: HttpRequest, adjudication: Adjudication, form: StopForm, status: int = 200
) -> HttpResponse:
    state = AdjudicationState(adjudication.state)
    is_over = state in (AdjudicationState.DECIDED, AdjudicationState.STATED)
    context: dict[str, Any] = {
        "adjudication": adjudication,
        "study": adjudication.lock.study,
        "seats": selectors.standing_of(adjudication),
        "form": form,
        "kept": selectors.kept_inputs_of(adjudication),
        "organises": request.user.role in ORGANISES,
        "is_running": state in RUNNING,
        "is_over": is_over,
        "table": TABLE,
    }
    return render(request, "adjudication/detail.html", context, status=status)


@require_POST
@allow(*ORGANISES)
def stop(request: HttpRequest, adjudication_id: UUID) -> HttpResponse:
    """Give it up, with a reason."""
    adjudication = selectors.adjudication_for(request.user, adjudication_id)
    form = StopForm(request.POST)
    if form.is_valid():
        try:
            services.stop(actor=request.user, adjudication=adjudication, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            return redirect("adjudication:detail", adjudication.pk)
    return _detail(request, adjudication, form, status=400)


@require_POST
@allow(*ORGANISES)
def state(request: HttpRequest, adjudication_id: UUID) -> HttpResponse:
    """State what was decided as truth."""
    adjudication = selectors.adjudication_for(request.user, adjudication_id)
    services.state_outcome(actor=request.user, adjudication=adjudication)
    messages.success(request, "The outcome is the study's truth now, with how it was made.")
    return redirect("adjudication:detail", adjudication.pk)


@require_GET
@allow(*LOOKS_ON)
def decisions(request: HttpRequest, adjudication_id: UUID) -> HttpResponse:
    """Every decision as CSV, once all is decided."""
    adjudication = selectors.adjudication_for(request.user, adjudication_id)
    if adjudication.state not in (AdjudicationState.DECIDED, AdjudicationState.STATED):
        raise NotThere
    lock = analysis_for(request.user, adjudication.lock.study_id).lock
    table = selectors.decisions_csv(adjudication)
    services.note_seen(
        actor=request.user,
        study=lock.study,
        lock=adjudication.lock,
        differing=len(selectors.questions_of(adjudication)),
        form="csv",
    )
    response = HttpResponse(table, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="adjudication-{adjudication.number}-decisions.csv"'
    )
    return response


@require_GET
@allow(Role.ADJUDICATOR)
def home(request: HttpRequest) -> HttpResponse:
    """An adjudicator's own page: what is to be decided."""
    return render(request, "adjudication/home.html", {"seats": _with_disputes(request)})


def _with_disputes(request: HttpRequest) -> list[dict[str, Any]]:
    rows = []
    for seat in selectors.seats_of(request.user):
        table = selectors.seat_in_turn(seat)
        together = table.index == TABLE
        rows.append(
            {
                "seat": seat,
                "is_running": seat.adjudication.state in RUNNING,
                "together": together,
                "table_total": table.places.count() if together else 0,
                "left": selectors.left_at(table),
                "disputes": selectors.disputes_of(table) if together else [],
            }
        )
    return rows


@require_GET
@allow(Role.ADJUDICATOR)
def room(request: HttpRequest, adjudication_id: UUID) -> HttpResponse:
    """The reading room on an adjudicator's cases."""
    seat = selectors.seat_for(request.user, adjudication_id)
    together = seat.adjudication.state == AdjudicationState.DISCUSSION
    route = "adjudication:next-together" if together else "adjudication:next"
    config = {
        "enrolment": f"{seat.adjudication_id} adjudication",
        "next_url": reverse(route, args=[seat.adjudication_id]),
        "home_url": reverse("adjudication:home"),
        "home_label": "To my adjudications",
        **who_reads(request.user),
    }
    return render(request, "reads/room.html", {"study": seat.adjudication.lock.study, "config": config})
