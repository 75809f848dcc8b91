"""The coordinator's pages of a study."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, Conflict, NotThere, Refused
from readerstudy.studies import policies, protocol, selectors, services
from readerstudy.studies.forms import NewFromFileForm, ProtocolFileForm, StudyForm, TemplateForm, values_of
from readerstudy.studies.models import Study
from readerstudy.studies.pacing import pacing_of
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
    """A new draft from a template; `?template=…&readers=…` says which."""
    chosen = TemplateForm(request.GET if "template" in request.GET else {"template": protocol.PAPER})
    document = chosen.document() if chosen.is_valid() else protocol.make()
    return _set_up(request, StudyForm(request.POST or None, document=document), chosen=chosen)


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def edit(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Change a draft."""
    study = draft_of(request, study_id)
    document = selectors.protocol_of(study).document
    form = StudyForm(request.POST or None, document=document, initial=values_of(study))
    return _set_up(request, form, study=study)


def draft_of(request: HttpRequest, study_id: UUID) -> Study:
    """The draft. Raises NotThere for none, Conflict for a study that is open."""
    study = _study(request, study_id)
    if study.state != StudyState.DRAFT:
        raise Conflict(
            f"The study is {study.state}: it keeps its protocol, cases and readers. "
            + (
                "Amend it, signed and with a reason."
                if study.state == StudyState.OPEN
                else "Begin another study from its protocol."
            ),
            code="study-state",
        )
    return study


def _set_up(
    request: HttpRequest,
    form: StudyForm,
    *,
    study: Study | None = None,
    chosen: TemplateForm | None = None,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        saved = services.set_up_study(actor=request.user, study=study, **form.wishes())
        return redirect("studies:detail", saved.pk)
    context = {"form": form, "study": study, "chosen": chosen, "templates": protocol.TEMPLATES}
    status = 400 if request.method == "POST" else 200
    return render(request, "studies/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def new_from_file(request: HttpRequest) -> HttpResponse:
    """A new draft with the protocol in a file."""
    form = NewFromFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        study = services.create_study(actor=request.user, name=cleaned["name"], document=cleaned["file"])
        return redirect("studies:edit", study.pk)
    status = 400 if request.method == "POST" else 200
    return render(request, "studies/import.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def compare(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What a file's protocol says differently from the draft's, and the draft with it instead."""
    study = draft_of(request, study_id)
    form = ProtocolFileForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "study": study}
    if request.method == "POST" and form.is_valid():
        document = form.cleaned_data["file"]
        if request.POST.get("take") == "yes":
            services.set_protocol(actor=request.user, study=study, document=document)
            messages.success(request, "The draft has the protocol of the file now.")
            return redirect("studies:edit", study.pk)
        current = selectors.protocol_of(study).document
        context |= {"compared": True, "differences": protocol.differences(current, document)}
    status = 400 if request.method == "POST" and form.errors else 200
    return render(request, "studies/import.html", context, status=status)


@require_GET
@allow(*_LOOKING)
def detail(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What the study is, what still keeps it from opening, and how far it is."""
    study = _study(request, study_id)
    is_draft = study.state == StudyState.DRAFT
    stated = selectors.protocol_of(study)
    context: dict[str, Any] = {
        "study": study,
        "is_draft": is_draft,
        "opening_meaning": policies.OPENING_MEANING,
        "protocol": stated,
        "periods": protocol.cells_by_period(stated.document),
        "told": _told(stated.document),
        "cases": selectors.cases_of(study),
        "enrolments": selectors.enrolments_of(study),
        "problems": selectors.problems_with_opening(study) if is_draft else [],
        "shams_missing": selectors.shams_missing(study) if is_draft else [],
        "panels": render_panels(request, study),
    }
    return render(request, "studies/detail.html", context)


def _told(document: protocol.Document) -> str:
    """Breaks and caps, and what counts after a correction, in words; empty where nothing is stated."""
    said = [words] if (words := pacing_of(document).words) else []
    if protocol.primary_read(document) == "correction":
        said.append("Where a case is read again, the correction counts")
    return "".join(f"{sentence}. " for sentence in said).strip()


@require_POST
@allow(Role.COORDINATOR)
def open_study(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Sign, freeze the draft and let the readers in."""
    study, password = _study(request, study_id), request.POST.get("password", "")
    try:
        services.sign_and_open(actor=request.user, study=study, password=password)
    except Refused as refusal:
        if refusal.code != "signature":
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "The study is open. Its protocol, cases, maps and orders are frozen.")
    return redirect("studies:detail", study.pk)


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def delete(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What deleting a draft takes away, and the form that asks for its name."""
    study = _study(request, study_id)
    policies.check_can_delete(StudyState(study.state))
    context: dict[str, Any] = {"study": study, "problem": ""}
    if request.method == "POST":
        try:
            services.delete_draft(actor=request.user, study=study, name=request.POST.get("name", ""))
        except BadInput as refused:
            context["problem"] = refused.detail
        else:
            messages.success(request, f"The draft “{study.name}” is deleted.")
            return redirect("studies:list")
    return render(request, "studies/delete.html", context, status=400 if context["problem"] else 200)


@require_POST
@allow(Role.COORDINATOR)
def make_shams(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Have the sham maps made that the draft's cases lack."""
    study = draft_of(request, study_id)
    asked = services.make_shams(actor=request.user, study=study)
    messages.success(request, f"{asked} sham maps are being made: reload this page in a moment.")
    return redirect("studies:detail", study.pk)


@require_GET
@allow(*_LOOKING)
def protocol_file(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """The protocol as a file, with its hash; the seed stays out until the study is locked."""
    study = _study(request, study_id)
    stored = selectors.protocol_of(study)
    extra = selectors.revealed_at_lock(study) if study.state == StudyState.LOCKED else {}
    text = protocol.export_file(stored.document, version=stored.version, extra=extra)
    return _json_file(text, f"protocol-{study.pk}.json")


@require_GET
@allow(*_LOOKING)
def protocol_schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema that every protocol keeps to."""
    return _json_file(protocol.SCHEMA_FILE.read_text(encoding="utf-8"), "protocol.schema.json")


def _json_file(text: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(text, content_type="application/json", headers={"Content-Disposition": disposition})
