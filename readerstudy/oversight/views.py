"""The coordinator's page of a study's conduct: what is to be decided, and what was."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.common import clock
from readerstudy.common.errors import NotThere, Refused
from readerstudy.conduct import selectors as conduct
from readerstudy.conduct import services
from readerstudy.conduct.models import NotedDeviation, Override
from readerstudy.conduct.policies import APPROVES, CONDUCTS
from readerstudy.conduct.states import DEVIATION_WORDS, OverrideState
from readerstudy.oversight import forms, selectors
from readerstudy.reads import reopening
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import studies_visible_to
from readerstudy.studies.states import StudyState

_FORMS: dict[str, type[forms._ForStudy]] = {
    "override": forms.OverrideForm,
    "reopen": forms.ReopenForm,
    "withdraw_reader": forms.WithdrawReaderForm,
}


def _study(request: HttpRequest, study_id: UUID) -> Study:
    study = studies_visible_to(request.user).exclude(state=StudyState.DRAFT).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    return study


@require_GET
@allow(*APPROVES)
def conduct_page(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Deviations, overrides, corrections and withdrawals of a study."""
    return _page(request, _study(request, study_id), {})


def _page(
    request: HttpRequest, study: Study, sent: dict[str, Any], problem: str = "", status: int = 200
) -> HttpResponse:
    now = clock.now()
    context = {
        "study": study,
        "problem": problem,
        "can_conduct": request.user.role in CONDUCTS and study.state == StudyState.OPEN,
        "can_decide": study.state == StudyState.OPEN,
        "deviations": [
            (noted, DEVIATION_WORDS[noted.kind], sent.get(f"deviation-{noted.deviation.pk}", {}))
            for noted in conduct.deviations_of(study)
        ],
        "overrides": [
            (override, state, _may_decide(request, override, state), sent.get(f"override-{override.pk}", {}))
            for override, state in (
                (override, conduct.state_of(override, now=now)) for override in conduct.overrides_of(study)
            )
        ],
        "corrections": selectors.corrections_of(study),
        "withdrawals": conduct.withdrawals_of(study),
        "forms": {name: sent.get(name) or form(study) for name, form in _FORMS.items()},
    }
    return render(request, "oversight/conduct.html", context, status=status)


def _may_decide(request: HttpRequest, override: Override, state: OverrideState) -> bool:
    return state is OverrideState.REQUESTED and override.requested_by_id != request.user.pk


def _act(
    request: HttpRequest,
    study: Study,
    form: django_forms.Form,
    key: str,
    act: Callable[[dict[str, Any]], object],
    done: str,
) -> HttpResponse:
    """Do what a form asks and come back; what was typed stays where it is refused."""
    kept = form if key in _FORMS else request.POST.dict()
    if not form.is_valid():
        problem = next(iter(form.errors.values()))[0]
        return _page(request, study, {key: kept}, problem, status=400)
    try:
        act(form.cleaned_data)
    except Refused as refused:
        return _page(request, study, {key: kept}, refused.detail, status=refused.status)
    messages.success(request, done)
    return redirect("oversight:conduct", study.pk)


@require_POST
@allow(*CONDUCTS)
def request_override(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Ask for an override."""
    study = _study(request, study_id)

    def act(values: dict[str, Any]) -> None:
        expires_at = clock.now() + timedelta(hours=values.pop("hours"))
        services.request_override(actor=request.user, expires_at=expires_at, **values)

    form = forms.OverrideForm(study, request.POST)
    return _act(request, study, form, "override", act, "Asked for. A second person has to approve it.")


@require_POST
@allow(*APPROVES)
def decide_override(request: HttpRequest, study_id: UUID, override_id: UUID) -> HttpResponse:
    """Approve or decline one."""
    study = _study(request, study_id)
    override = conduct.overrides_of(study).filter(pk=override_id).first()
    if override is None:
        raise NotThere

    def act(values: dict[str, Any]) -> None:
        services.decide_override(actor=request.user, override=override, **values)

    form = forms.DecideOverrideForm(request.POST)
    return _act(request, study, form, f"override-{override_id}", act, "Your decision is kept.")


@require_POST
@allow(*CONDUCTS)
def decide_deviation(request: HttpRequest, study_id: UUID, deviation_id: int) -> HttpResponse:
    """Keep or exclude a read that deviates."""
    study = _study(request, study_id)
    found = NotedDeviation.objects.filter(pk=deviation_id, assignment__enrolment__study=study)
    deviation = found.select_related("assignment__enrolment").first()
    if deviation is None:
        raise NotThere

    def act(values: dict[str, Any]) -> None:
        services.decide_deviation(actor=request.user, deviation=deviation, **values)

    form = forms.DecideDeviationForm(request.POST)
    return _act(request, study, form, f"deviation-{deviation_id}", act, "Your decision is kept.")


@require_POST
@allow(*CONDUCTS)
def reopen(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Have a case read once more."""
    study = _study(request, study_id)

    def act(values: dict[str, Any]) -> None:
        reopening.reopen(actor=request.user, **values)

    done = "The reader is given the case once more; what was handed in stays."
    return _act(request, study, forms.ReopenForm(study, request.POST), "reopen", act, done)


@require_POST
@allow(*CONDUCTS)
def withdraw_reader(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Take a reader out of the study."""
    study = _study(request, study_id)

    def act(values: dict[str, Any]) -> None:
        services.withdraw(actor=request.user, **values)

    done = (
        "Withdrawn. What was read stays, flagged, and is left out of every analysis. "
        "An amendment lets another reader take over the part."
    )
    form = forms.WithdrawReaderForm(study, request.POST)
    return _act(request, study, form, "withdraw_reader", act, done)
