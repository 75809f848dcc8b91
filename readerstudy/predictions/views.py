"""The coordinator's pages of runs and maps. Readers get maps through their reads alone."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.exams.selectors import MANAGES_EXAMS, exam_for
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.predictions import policies, selectors, services

_FILES = {
    "modic_map.dcm": ("application/dicom", lambda found: selectors.dicom_file(found, "modic_map")),
    "vertebrae.dcm": ("application/dicom", lambda found: selectors.dicom_file(found, "vertebrae")),
    "report.dcm": ("application/dicom", lambda found: selectors.dicom_file(found, "report")),
    "endplates.json": ("application/json", selectors.labels_json),
}


@require_POST
@allow(Role.COORDINATOR)
def start(request: HttpRequest, exam_id: UUID) -> HttpResponse:
    """Map an exam (again)."""
    exam = exam_for(request.user, exam_id)
    services.start_run(exam=exam, actor=request.user)
    return redirect("exams:detail", exam.pk)


@require_POST
@allow(Role.COORDINATOR)
def cancel(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Stop a run."""
    run = selectors.run_for(request.user, run_id)
    services.cancel_run(actor=request.user, run_id=run.pk)
    return redirect("exams:detail", run.exam_id)


@require_GET
@allow(*MANAGES_EXAMS)
def status(request: HttpRequest, run_id: UUID) -> JsonResponse:
    """How far a run is, for the page that waits."""
    run = selectors.run_for(request.user, run_id)
    return JsonResponse(
        {"progress": run.progress, "stage": run.stage, "finished": not policies.is_live(run.state)}
    )


@require_GET
@allow(*MANAGES_EXAMS)
def show(request: HttpRequest, map_id: UUID) -> JsonResponse:
    """A map as the viewer takes it, under the exam's level names."""
    found = selectors.map_for(request.user, map_id)
    note_sighting(person=request.user, exam=found.exam, occasion=Occasion.INTAKE)
    return JsonResponse(selectors.map_json(found, selectors.levels_of(found.exam)))


@require_GET
@allow(Role.COORDINATOR)
def download(request: HttpRequest, map_id: UUID, name: str) -> HttpResponse:
    """One file of a map: modic_map.dcm, vertebrae.dcm, report.dcm or endplates.json."""
    found = selectors.map_for(request.user, map_id)
    note_sighting(person=request.user, exam=found.exam, occasion=Occasion.INTAKE)
    content_type, content = _FILES[name]
    answer = HttpResponse(content(found), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.exam.pseudonym}-{name}"'
    services.note_download(actor=request.user, modic_map=found, what=name)
    return answer
