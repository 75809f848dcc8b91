"""Pages of calibration: the coordinator's set, the reader's progress, the comparison after each case."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, NotThere
from readerstudy.preparation import calibrating, selectors
from readerstudy.preparation.calibration_forms import CaseForm, RuleForm
from readerstudy.preparation.contract import comparison_config
from readerstudy.preparation.models import Calibration
from readerstudy.preparation.services import calibration as services
from readerstudy.reads.contract import who_reads
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import protocol_of, studies_visible_to
from readerstudy.studies.states import StudyState


def _study(request: HttpRequest, study_id: UUID) -> Study:
    study = studies_visible_to(request.user).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    return study


def _page(request: HttpRequest, study: Study, status: int = 200, **bound: Any) -> HttpResponse:
    calibration = Calibration.objects.filter(study=study).first()
    rule = vars(calibration) if calibration else None
    context = {
        "study": study,
        "calibration": calibration,
        "cases": calibration.cases.select_related("exam") if calibration else [],
        "can_change": study.state == StudyState.DRAFT,
        "stated": protocol_of(study).document.get("calibration"),
        "rule_form": RuleForm(initial=rule),
        "case_form": CaseForm(None, study=study, sites=calibrating.sites_of(study)),
        **bound,
    }
    return render(request, "preparation/calibration_set.html", context, status=status)


@require_GET
@allow(Role.COORDINATOR)
def calibration_set(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """The cases with their expert's answers, and what passes."""
    return _page(request, _study(request, study_id))


@require_POST
@allow(Role.COORDINATOR)
def set_rule(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """State what passes calibration."""
    study, form = _study(request, study_id), RuleForm(request.POST)
    if form.is_valid():
        try:
            services.set_rule(actor=request.user, study=study, **form.cleaned_data)
        except BadInput as refused:
            form.add_error(refused.code, refused.detail)
        else:
            messages.success(request, "What passes calibration is kept.")
            return redirect("preparation:calibration-set", study.pk)
    return _page(request, study, status=400, rule_form=form)


@require_POST
@allow(Role.COORDINATOR)
def add_case(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Add an exam with its expert's answers."""
    study = _study(request, study_id)
    form = CaseForm(request.POST, study=study, sites=calibrating.sites_of(study))
    if form.is_valid():
        chosen = {"exam": form.cleaned_data["exam"], "note": form.cleaned_data["note"]}
        try:
            services.add_case(actor=request.user, study=study, answers=form.answers(), **chosen)
        except BadInput as refused:
            form.add_error(None, refused.detail)
        else:
            messages.success(request, "The calibration case is added.")
            return redirect("preparation:calibration-set", study.pk)
    return _page(request, study, status=400, case_form=form)


@require_POST
@allow(Role.COORDINATOR)
def remove_case(request: HttpRequest, study_id: UUID, number: int) -> HttpResponse:
    """Take a case out of a draft's calibration."""
    services.remove_case(actor=request.user, study=_study(request, study_id), number=number)
    return redirect("preparation:calibration-set", study_id)


@require_POST
@allow(Role.COORDINATOR)
def grant(request: HttpRequest, study_id: UUID, enrolment_id: UUID) -> HttpResponse:
    """Allow a reader another attempt."""
    services.grant_attempt(
        actor=request.user,
        study=_study(request, study_id),
        enrolment_id=enrolment_id,
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, "The reader may go through calibration once more.")
    return redirect("studies:detail", study_id)


@require_GET
@allow(Role.READER)
def calibration(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """A reader's calibration: how far, what passes, and every comparison so far."""
    enrolment = selectors.enrolment_for(request.user, enrolment_id)
    standing = calibrating.standing_of(enrolment)
    if standing is None:
        raise NotThere
    reads = calibrating.submitted(enrolment.calibration_reads.all())
    context = {"standing": standing, "reads": reads, "unseen": calibrating.unseen_feedback(enrolment)}
    return render(request, "preparation/calibration.html", context)


@require_GET
@allow(Role.READER)
def room(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """The reading room on calibration cases."""
    enrolment = selectors.enrolment_for(request.user, enrolment_id)
    if calibrating.standing_of(enrolment) is None:
        raise NotThere
    config = {
        "enrolment": f"{enrolment.pk} calibration",
        "next_url": reverse("preparation:next", args=[enrolment.pk]),
        "home_url": reverse("preparation:calibration", args=[enrolment.pk]),
        "home_label": "To the comparison",
        **who_reads(request.user),
    }
    return render(request, "reads/room.html", {"study": enrolment.study, "config": config})


@require_GET
@allow(Role.READER)
def comparison(request: HttpRequest, read_id: UUID) -> HttpResponse:
    """One handed-in case beside the expert's answers; on its pictures, while the study is open."""
    read = services.look_at_feedback(reader=request.user, read_id=read_id)
    halves = calibrating.compared(read, calibrating.sites_of(read.enrolment.study))
    agreeing = sum(half.agrees for half in halves)
    context = {
        "read": read,
        "halves": halves,
        "agreeing": agreeing,
        "config": comparison_config(read) if read.enrolment.study.state == StudyState.OPEN else None,
    }
    return render(request, "preparation/comparison.html", context)
