"""The page that opens a locked study again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from readerstudy.accounts.permissions import allow
from readerstudy.common.errors import Refused
from readerstudy.reports import selectors
from readerstudy.reports.forms import UnlockForm
from readerstudy.reports.policies import LOCKS
from readerstudy.reports.services import unlocking
from readerstudy.studies.states import StudyState


@allow(*LOCKS)
@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What it means, the reason, and the signature."""
    study = selectors.study_for(request.user, study_id)
    if study.state != StudyState.LOCKED:
        return redirect("studies:detail", study_id=study.pk)
    form, status = UnlockForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                unlocking.unlock_study(study_id=study.pk, person=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, refusal.detail)
                status = refusal.status
            else:
                messages.success(request, "The study is open again. Its lock and report stay.")
                return redirect("studies:detail", study_id=study.pk)
    return render(request, "reports/unlock.html", {"study": study, "form": form}, status=status)
