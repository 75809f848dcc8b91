"""The audit trail of a study, its washout certificate, and the export that can be verified elsewhere."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.audit import selectors as audit
from readerstudy.oversight import selectors, services
from readerstudy.oversight.certificate import certificate
from readerstudy.oversight.facts import facts_of

OVERSEES = (Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR)
_PAGE = 100


@require_GET
@allow(*OVERSEES)
def trail(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What was done in a study, the newest first; narrowed by action and person."""
    study = selectors.study_overseen(study_id)
    action, person = request.GET.get("action", ""), request.GET.get("person", "")
    events = selectors.events_of(study, action=action, person=person)
    page = Paginator(events, _PAGE).get_page(request.GET.get("page"))
    context = {
        "study": study,
        "page": page,
        "action": action,
        "person": person,
        "actions": selectors.actions_in(study),
        "exports": selectors.exports_of(study),
        "breaks": audit.breaks() if "verify" in request.GET else None,
        "head": audit.head(),
    }
    return render(request, "oversight/audit.html", context)


@require_POST
@allow(*OVERSEES)
def export(request: HttpRequest, study_id: UUID) -> FileResponse:
    """The audit export as a zip."""
    study = selectors.study_overseen(study_id)
    made = services.export_audit(actor=request.user, study=study)
    return FileResponse(made, as_attachment=True, filename=f"audit-{study.pk}.zip")


@require_GET
@allow(*OVERSEES)
def washout(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """The washout certificate as a page."""
    study = selectors.study_overseen(study_id)
    stated = certificate(facts_of(study))
    most = max((row["gaps"] for row in stated["histogram"]), default=0)
    return render(request, "oversight/washout.html", {"study": study, "stated": stated, "most": most})


@require_GET
@allow(*OVERSEES)
def washout_json(request: HttpRequest, study_id: UUID) -> JsonResponse:
    """The same as a file."""
    study = selectors.study_overseen(study_id)
    disposition = f'attachment; filename="washout-{study.pk}.json"'
    return JsonResponse(
        certificate(facts_of(study)),
        json_dumps_params={"indent": 1, "sort_keys": True},
        headers={"Content-Disposition": disposition},
    )
