"""The protocol editor: a form, and beside it what the protocol would mean."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import LAYOUT_WORDS, Role
from readerstudy.common import clock
from readerstudy.studies import protocol, selectors, services
from readerstudy.studies.forms import AssumptionsForm, TemplateForm
from readerstudy.studies.models import Study
from readerstudy.studies.views import draft_of


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def editor(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Change a draft's protocol; `?template=…&readers=…` starts again from a template, unsaved."""
    study = draft_of(request, study_id)
    document = _started_from(request, selectors.protocol_of(study).document)
    if request.method == "POST":
        document, problems = _posted(request, document)
        if not problems and request.POST.get("do") == "save":
            said = services.set_protocol(actor=request.user, study=study, document=document)
            messages.success(
                request,
                f"Saved; what changed: {len(said)}." if said else "Saved: nothing was different.",
            )
            return redirect("studies:editor", study.pk)
    context = {
        "study": study,
        "document": document,
        "templates": protocol.TEMPLATES,
        "pairs": protocol.pairs_text(document),
        "layouts": [("", "as each reader likes"), *LAYOUT_WORDS.items()],
        "levels": protocol.level_rows(document),
        "periods": protocol.cells_by_period(document),
        "pacing": protocol.pacing_fields(document),
        "has_baseline": any(reader["baseline"] for reader in document["readers"]),
        **_aside(request, study, document),
    }
    wrong = request.method == "POST" and request.POST.get("do") == "save"
    return render(request, "studies/editor.html", context, status=400 if wrong else 200)


@require_POST
@allow(Role.COORDINATOR)
def consequences(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What the protocol in the form would mean, as a piece of the page; nothing is saved."""
    study = draft_of(request, study_id)
    document = _started_from(request, selectors.protocol_of(study).document)
    document, _ = _posted(request, document)
    return render(request, "studies/_consequences.html", _aside(request, study, document))


def _started_from(request: HttpRequest, saved: protocol.Document) -> protocol.Document:
    if "template" not in request.GET:
        return saved
    chosen = TemplateForm(request.GET)
    return chosen.document() if chosen.is_valid() else saved


def _posted(request: HttpRequest, document: protocol.Document) -> tuple[protocol.Document, list[str]]:
    """The document as the form has it, and what is wrong with it."""
    try:
        document = protocol.edited(document, request.POST)
        protocol.check(document)
    except protocol.ProtocolError as error:
        return document, error.problems
    return document, []


def _aside(request: HttpRequest, study: Study, document: protocol.Document) -> dict[str, Any]:
    """The piece beside the form."""
    values = request.POST if request.method == "POST" else None
    assumptions = AssumptionsForm(values, cases=study.cases.count(), today=clock.now().date())
    _, problems = _posted(request, document) if values is not None else (document, [])
    context: dict[str, Any] = {"study": study, "assumptions": assumptions, "problems": problems}
    if not problems and (assumed := assumptions.assumed()) is not None:
        saved = selectors.protocol_of(study).document
        context |= {
            "planned": protocol.consequences(document, assumed),
            "differences": protocol.differences(saved, document),
        }
    return context
