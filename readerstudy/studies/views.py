"""The coordinator's pages of a study."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.studies import selectors, services
from readerstudy.studies.forms import StudyForm, values_of
from readerstudy.studies.models import Study
from readerstudy.studies.panels import render_panels
from readerstudy.studies.states import StudyState

_LOOKING = (Role.COORDINATOR, Role.ADMINISTRATOR)


def _study(request: HttpRequest, study_id: UUID) -> Study:
    study = selectors.studies_visible_to(request.user).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    return study


@require_GET
@allow(*_LOOKING)
def study_list(request: HttpRequest) -> HttpResponse:
    """All studies."""
    studies = selectors.with_counts(selectors.studies_visible_to(request.user))
    return render(request, "studies/list.html", {"studies": studies})


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def new(request: HttpRequest) -> HttpResponse:
    """A new draft from the template."""
    return _set_up(request, None)


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def edit(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Change a draft."""
    study = _study(request, study_id)
    if study.state != StudyState.DRAFT:
        raise Conflict("An open study keeps its protocol, cases and readers.", code="study-state")
    return _set_up(request, study)


def _set_up(request: HttpRequest, study: Study | None) -> HttpResponse:
    form = StudyForm(request.POST or None, initial=values_of(study) if study else None)
    if request.method == "POST" and form.is_valid():
        saved = services.set_up_study(actor=request.user, study=study, **form.wishes())
        return redirect("studies:detail", saved.pk)
    status = 400 if request.method == "POST" else 200
    return render(request, "studies/form.html", {"form": form, "study": study}, status=status)


@require_GET
@allow(*_LOOKING)
def detail(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What the study is, what still keeps it from opening, and how far it is."""
    study = _study(request, study_id)
    is_draft = study.state == StudyState.DRAFT
    context: dict[str, Any] = {
        "study": study,
        "is_draft": is_draft,
        "protocol": selectors.protocol_of(study),
        "cases": selectors.cases_of(study),
        "enrolments": selectors.enrolments_of(study),
        "problems": selectors.problems_with_opening(study) if is_draft else [],
        "panels": render_panels(request, study),
    }
    return render(request, "studies/detail.html", context)


@require_POST
@allow(Role.COORDINATOR)
def open_study(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Freeze the draft and let the readers in."""
    study = services.open_study(actor=request.user, study=_study(request, study_id))
    messages.success(request, "The study is open. Its protocol, cases, maps and orders are frozen.")
    return redirect("studies:detail", study.pk)


@require_GET
@allow(*_LOOKING)
def protocol_file(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """The protocol as a file, with its hash; the seed stays out until the study is locked."""
    study = _study(request, study_id)
    protocol = selectors.protocol_of(study)
    body: dict[str, Any] = {
        "sha256": protocol.sha256,
        "version": protocol.version,
        "protocol": protocol.document,
    }
    if study.state == StudyState.LOCKED:
        body["seed"] = study.seed
    disposition = f'attachment; filename="protocol-{study.pk}.json"'
    return JsonResponse(body, json_dumps_params={"indent": 2}, headers={"Content-Disposition": disposition})
