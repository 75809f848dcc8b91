"""The coordinator's pages of exams and uploads."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import Refused
from readerstudy.exams import contract, rendering, selectors, services
from readerstudy.exams.extensions import render_panels
from readerstudy.exams.forms import ReleaseForm
from readerstudy.exams.models import Exam, Upload
from readerstudy.exams.selectors import MANAGES_EXAMS
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import ExamState, Exclusion, Occasion, UploadState

_THUMBNAIL_PX = 256


@require_GET
@allow(*MANAGES_EXAMS)
def exam_list(request: HttpRequest) -> HttpResponse:
    """All exams with their state, and uploads that are under way or were refused lately."""
    context = {
        "exams": selectors.exams_visible_to(request.user).prefetch_related("series"),
        "uploads": selectors.uploads_visible_to(request.user).exclude(state=UploadState.DONE)[:10],
    }
    return render(request, "exams/list.html", context)


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def upload(request: HttpRequest) -> HttpResponse:
    """Hand over a folder or a zip."""
    if request.method == "GET":
        return render(request, "exams/upload.html", {"most_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES})
    as_json = "application/json" in request.headers.get("Accept", "")
    try:
        received = services.receive_upload(
            actor=request.user,
            files=request.FILES.getlist("files"),
            synthetic=bool(request.POST.get("synthetic")),
        )
    except Refused as refused:
        if not as_json:
            raise
        return JsonResponse({"detail": refused.detail, "code": refused.code}, status=refused.status)
    url = reverse("exams:upload-detail", args=[received.pk])
    return JsonResponse({"url": url}, status=201) if as_json else redirect(url)


@require_GET
@allow(*MANAGES_EXAMS)
def upload_detail(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """How far an upload is, and what was said about it."""
    found = selectors.upload_for(request.user, upload_id)
    return render(request, "exams/upload_detail.html", {"upload": found, "finished": _finished(found)})


@require_GET
@allow(*MANAGES_EXAMS)
def upload_status(request: HttpRequest, upload_id: UUID) -> JsonResponse:
    """The same as JSON, for the page that waits."""
    found = selectors.upload_for(request.user, upload_id)
    return JsonResponse(
        {
            "progress": found.progress,
            "stage": found.stage,
            "finished": _finished(found),
            "url": reverse("exams:upload-detail", args=[found.pk]),
        }
    )


def _finished(found: Upload) -> bool:
    return found.state in (UploadState.DONE, UploadState.REFUSED)


@require_GET
@allow(*MANAGES_EXAMS)
def detail(request: HttpRequest, exam_id: UUID) -> HttpResponse:
    """What an exam is: its series with the reasons for choosing them, warnings, and what later rooms add."""
    exam = selectors.exam_for(request.user, exam_id)
    return render(request, "exams/detail.html", {"exam": exam, "panels": render_panels(request, exam)})


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def release(request: HttpRequest, exam_id: UUID) -> HttpResponse:
    """Contact sheet, level names, exclusions: the step between intake and study."""
    exam = selectors.exam_for(request.user, exam_id)
    if request.method == "GET":
        return _release_page(request, exam, {})
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        problem = next(iter(form.errors.values()))[0]
        return _release_page(request, exam, {"problem": problem}, status=400)
    try:
        services.release_exam(actor=request.user, exam_id=exam.pk, **form.cleaned_data)
    except Refused as refused:
        sent = {"problem": refused.detail, "ticked": form.cleaned_data["exclusions"]}
        return _release_page(request, exam, sent, status=refused.status)
    return redirect("exams:detail", exam.pk)


def _release_page(request: HttpRequest, exam: Exam, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {
        "exam": exam,
        "config": contract.levels_config(exam),
        "proposals": contract.proposals(exam),
        "exclusions": [e.value for e in Exclusion],
        "levels": ["L1", "L2", "L3", "L4", "L5", "S1"],
        "can_release": exam.state == ExamState.RECEIVED,
        **extra,
    }
    return render(request, "exams/release.html", context, status=status)


@require_POST
@allow(Role.COORDINATOR)
def reconsider(request: HttpRequest, exam_id: UUID) -> HttpResponse:
    """Take an exclusion back."""
    exam = selectors.exam_for(request.user, exam_id)
    services.reconsider_exam(actor=request.user, exam_id=exam.pk)
    return redirect("exams:release", exam.pk)


@require_GET
@allow(*MANAGES_EXAMS)
def view(request: HttpRequest, exam_id: UUID) -> HttpResponse:
    """Both series side by side, with the level names and the Modic map once there is one."""
    exam = selectors.exam_for(request.user, exam_id)
    return render(request, "exams/view.html", {"exam": exam, "config": contract.exam_config(exam)})


@require_GET
@allow(*MANAGES_EXAMS)
def metadata(request: HttpRequest, exam_id: UUID, kind: str) -> JsonResponse:
    """DICOM JSON, one object per image."""
    first = selectors.instance_for(request.user, exam_id, kind, 0)
    return JsonResponse(rendering.metadata(first.series), safe=False)


@require_GET
@allow(*MANAGES_EXAMS)
def frame(request: HttpRequest, exam_id: UUID, kind: str, index: int) -> HttpResponse:
    """The pixels of one image."""
    instance = selectors.instance_for(request.user, exam_id, kind, index)
    _note_look(request, instance.series.exam)
    return HttpResponse(rendering.frame(instance), content_type=rendering.FRAME_TYPE)


@require_GET
@allow(*MANAGES_EXAMS)
def thumbnail(request: HttpRequest, exam_id: UUID, kind: str, index: int) -> HttpResponse:
    """One image of the contact sheet."""
    instance = selectors.instance_for(request.user, exam_id, kind, index)
    _note_look(request, instance.series.exam)
    return HttpResponse(rendering.picture(instance, _THUMBNAIL_PX), content_type="image/png")


@require_GET
@allow(*MANAGES_EXAMS)
def picture(request: HttpRequest, exam_id: UUID, kind: str, index: int) -> HttpResponse:
    """One image in full."""
    instance = selectors.instance_for(request.user, exam_id, kind, index)
    _note_look(request, instance.series.exam)
    return HttpResponse(rendering.picture(instance), content_type="image/png")


def _note_look(request: HttpRequest, exam: Exam) -> None:
    note_sighting(person=request.user, exam=exam, occasion=Occasion.INTAKE)
