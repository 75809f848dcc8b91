"""Pages of practice and preview: both are the reading room itself."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.reads.contract import who_reads
from readerstudy.reads.states import Item
from readerstudy.rehearsal import previewing
from readerstudy.rehearsal.forms import PreviewForm
from readerstudy.rehearsal.previewing import Chosen


@require_GET
@allow(Role.READER)
def practice(request: HttpRequest) -> HttpResponse:
    """The reading room on synthetic exams of no study."""
    config = {
        **who_reads(request.user),
        "enrolment": "practice",
        "next_url": reverse("rehearsal:practice-next"),
        "home_url": reverse("reads:home"),
        "rehearsal": "Practice: nothing is kept",
        "map_note": "Drawn, and always right here. A model's map in a study can be wrong.",
    }
    return render(
        request, "reads/room.html", {"study": {"name": "Practice", "synthetic": True}, "config": config}
    )


@require_GET
@allow(Role.COORDINATOR)
def choose(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Choose an arm and a case; `?arm=…&case=…` opens them."""
    study = previewing.study_for(request.user, study_id)
    form = PreviewForm(request.GET if "arm" in request.GET else None, study=study)
    if form.is_valid():
        return redirect(
            "rehearsal:preview", study.pk, form.cleaned_data["arm"], form.cleaned_data["case"].number, 1
        )
    status = 400 if form.is_bound else 200
    return render(request, "rehearsal/preview.html", {"study": study, "form": form}, status=status)


@require_GET
@allow(Role.COORDINATOR)
def preview(request: HttpRequest, study_id: UUID, arm: str, case: int, part: int) -> HttpResponse:
    """The reading room as a reader of this arm has it."""
    chosen = Chosen(study_id, arm, case, part)
    read, _ = previewing.previewed(request.user, chosen, item=Item.METADATA)
    study = read.assignment.enrolment.study
    config = {
        **who_reads(request.user),
        "layout": previewing.layout_of(study),
        "layout_url": None,
        "enrolment": "preview",
        "next_url": chosen.url("next"),
        "home_url": reverse("rehearsal:choose", args=[study.pk]),
        "home_label": "To another arm or case",
        "rehearsal": "Preview: nothing is kept",
    }
    return render(request, "reads/room.html", {"study": study, "config": config})
