"""The cases of a study: chosen in bulk while it is a draft, withdrawn one by one once it is open."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, NotThere
from readerstudy.studies import selectors
from readerstudy.studies.case_forms import AddForm, ChosenForm, FilterForm, WithdrawForm
from readerstudy.studies.models import Study
from readerstudy.studies.services import casework
from readerstudy.studies.states import StudyState

SHOWN = 200
"""Exams listed at once; all that fit can be added nevertheless."""


def _study(request: HttpRequest, study_id: UUID) -> Study:
    study = selectors.studies_visible_to(request.user).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    return study


@require_GET
@allow(Role.COORDINATOR, Role.ADMINISTRATOR)
def cases(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """All cases with their strata; for a draft, released exams to add."""
    study = _study(request, study_id)
    chosen = list(selectors.cases_of(study).select_related("withdrawal"))
    context: dict[str, Any] = {
        "study": study,
        "cases": chosen,
        "strata": selectors.strata_of(chosen),
        "can_change": study.state == StudyState.DRAFT and request.user.role == Role.COORDINATOR,
        "can_withdraw": study.state == StudyState.OPEN and request.user.role == Role.COORDINATOR,
    }
    if context["can_change"]:
        asked = FilterForm(request.GET)
        offered = selectors.offered_exams(study, **asked.wishes())
        context |= {"filter": asked, "offered": offered[:SHOWN], "fitting": offered.count(), "shown": SHOWN}
    return render(request, "studies/cases.html", context)


@require_POST
@allow(Role.COORDINATOR)
def add(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Add the ticked exams, or all that fit the filter."""
    study = _study(request, study_id)
    if "all" in request.POST:
        exams = selectors.offered_exams(study, **FilterForm(request.GET).wishes())
    else:
        exams = _valid(AddForm(request.POST))["exams"]
    added = casework.add_cases(actor=request.user, study=study, exams=exams)
    messages.success(request, f"{added} exams were added.")
    return redirect("studies:cases", study.pk)


@require_POST
@allow(Role.COORDINATOR)
def remove(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Take the ticked cases out of the draft."""
    study = _study(request, study_id)
    chosen = _valid(ChosenForm(request.POST, study=study))["cases"]
    removed = casework.remove_cases(actor=request.user, study=study, cases=chosen)
    messages.success(request, f"{removed} cases were taken out; the others are numbered anew.")
    return redirect("studies:cases", study.pk)


@require_POST
@allow(Role.COORDINATOR)
def stratify(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Give the ticked cases their stratum."""
    study = _study(request, study_id)
    wish = _valid(ChosenForm(request.POST, study=study))
    casework.stratify(actor=request.user, study=study, **wish)
    messages.success(request, "The strata are kept.")
    return redirect("studies:cases", study.pk)


def _valid(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        raise BadInput(" ".join(error for errors in form.errors.values() for error in errors), code="form")
    return dict(form.cleaned_data)


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def withdraw(request: HttpRequest, study_id: UUID, number: int) -> HttpResponse:
    """Withdraw one case from an open study, with a reason."""
    study = _study(request, study_id)
    case = selectors.cases_of(study).filter(number=number).first()
    if case is None:
        raise NotThere
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        casework.withdraw_case(actor=request.user, study=study, case_id=case.pk, **form.cleaned_data)
        messages.success(request, f"Case {number} is withdrawn. Reads of it are kept and left out.")
        return redirect("studies:cases", study.pk)
    context = {"study": study, "case": case, "form": form}
    return render(request, "studies/withdraw.html", context, status=400 if form.is_bound else 200)
