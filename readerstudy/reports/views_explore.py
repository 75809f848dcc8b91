"""Pages of exploratory analyses."""

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from annotations.agreement.report.explored import exploration_tables, in_words
from readerstudy.accounts.permissions import allow
from readerstudy.common.errors import Refused
from readerstudy.reports import selectors
from readerstudy.reports.forms import ExploreForm
from readerstudy.reports.policies import EXPLORES, SEES_REPORTS
from readerstudy.reports.services import exploring


@allow(*SEES_REPORTS)
@require_http_methods(["GET", "POST"])
def explore(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What was explored so far, and the form that asks more; only some roles may ask."""
    analysis = selectors.analysis_for(request.user, study_id)
    plan = json.loads(analysis.result)["agreement"]["plan"]
    readings = exploring.readings_of(analysis)
    truth = selectors.latest_truth(analysis.lock.study)
    form = ExploreForm(request.POST or None, plan=plan, units=readings.units, has_truth=truth is not None)
    status = 200
    if request.method == "POST" and form.is_valid():
        asked = {"question": form.question(), "reason": form.cleaned_data["reason"]}
        try:
            made = exploring.make_exploration(study_id=study_id, person=request.user, **asked)
        except Refused as refusal:
            form.add_error("reason" if refusal.code == "reason" else None, refusal.detail)
            status = refusal.status
        else:
            return redirect("reports:explored", study_id=study_id, number=made.number)
    elif request.method == "POST":
        status = 400
    context = {
        "study": analysis.lock.study,
        "form": form,
        "may_ask": request.user.role in EXPLORES,
        "truth": truth,
        "made": [
            (each, in_words(json.loads(each.result)["exploration"]))
            for each in selectors.explorations_of(analysis)
        ],
    }
    return render(request, "reports/explore.html", context, status=status)


@allow(*SEES_REPORTS)
@require_GET
def explored(request: HttpRequest, study_id: UUID, number: int) -> HttpResponse:
    """One exploratory analysis."""
    exploration = selectors.exploration_for(request.user, study_id, number)
    exploring.note_seen(exploration=exploration, person=request.user, form="page")
    found = json.loads(exploration.result)["exploration"]
    context = {
        "study": exploration.lock.study,
        "exploration": exploration,
        "words": in_words(found),
        "tables": exploration_tables(found),
        "count": exploration.lock.explorations.count(),
    }
    return render(request, "reports/explored.html", context)


@allow(*SEES_REPORTS)
@require_GET
def explored_json(request: HttpRequest, study_id: UUID, number: int) -> HttpResponse:
    """The same as it is kept."""
    exploration = selectors.exploration_for(request.user, study_id, number)
    exploring.note_seen(exploration=exploration, person=request.user, form="json")
    response = HttpResponse(exploration.result, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="exploratory-{number}.json"'
    return response
