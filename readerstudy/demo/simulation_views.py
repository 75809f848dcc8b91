"""Pages of simulations: begin one, watch it, stop it, look at what it left."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.demo import runs
from readerstudy.demo.forms import SimulationForm
from readerstudy.demo.policies import histogram
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import studies_visible_to

_TYPES = {"html": "text/html", "json": "application/json", "csv": "text/csv"}


def _study(request: HttpRequest, study_id: UUID) -> Study:
    study = studies_visible_to(request.user).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    return study


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def simulations(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Begin one, with what was begun before; what forbids it is said with its rule."""
    study, form, problem, status = _study(request, study_id), SimulationForm(request.POST or None), "", 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                key = runs.begin(actor=request.user, study=study, wish=form.cleaned_data)
            except Conflict as refused:
                problem, status = refused.detail, refused.status
            else:
                return redirect("demo:simulation", study.pk, key)
    context = {"study": study, "form": form, "problem": problem, "runs": runs.runs_of(study)}
    return render(request, "demo/simulations.html", context, status=status)


@require_GET
@allow(Role.COORDINATOR)
def one(request: HttpRequest, study_id: UUID, key: UUID) -> HttpResponse:
    """How far it is, and what it left; with `?part` the piece of the page that changes."""
    study = _study(request, study_id)
    run = runs.run_of(study, key)
    template = "demo/_simulation.html" if "part" in request.GET else "demo/simulation.html"
    return render(request, template, {"study": study, "run": run, **_result(run)})


def _result(run: runs.Run) -> dict[str, Any]:
    """The calendar and the distributions as a template draws them."""
    summary = run.summary
    if not summary:
        return {}
    rows = [
        {
            "pair": " and ".join(row["pair"]),
            "figures": [
                (name, row[key], histogram(row[key]["values"], low=low, high=1.0))
                for name, key, low in (("κ before", "before", -0.25), ("κ after", "after", -0.25))
            ]
            + [("Δκ", row["change"], histogram(row["change"]["values"], low=-0.5, high=0.5))],
        }
        for row in summary["expected_agreement"]
    ]
    return {"summary": summary, "rows": rows, "files": runs.LEFT}


@require_POST
@allow(Role.COORDINATOR)
def stop(request: HttpRequest, study_id: UUID, key: UUID) -> HttpResponse:
    """Ask it to stop."""
    study = _study(request, study_id)
    runs.stop(actor=request.user, study=study, key=key)
    return redirect("demo:simulation", study.pk, key)


@require_GET
@allow(Role.COORDINATOR)
def file(request: HttpRequest, study_id: UUID, key: UUID, name: str) -> HttpResponse:
    """One of the files it left."""
    content = runs.run_of(_study(request, study_id), key).file(name)
    kind = _TYPES[name.rpartition(".")[2]]
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="synthetic-simulation-{name}"'
    return response
