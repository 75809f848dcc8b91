"""Pages and files of reports, and the page that locks a study."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from readerstudy.accounts.permissions import allow
from readerstudy.common.errors import NotThere, Refused
from readerstudy.conduct.selectors import undecided
from readerstudy.reports import documents, selectors, services
from readerstudy.reports.explanation import explanation
from readerstudy.reports.forms import LockForm, TruthForm
from readerstudy.reports.models import Analysis
from readerstudy.reports.policies import (
    LOCKS,
    SEES_REPORTS,
    STATES_TRUTH,
    missing_words,
    undecided_words,
)
from readerstudy.reports.truth import render_truth
from readerstudy.studies.states import StudyState


@allow(*SEES_REPORTS)
@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    """Studies that are being read, with their completeness, and locked ones with their reports."""
    studies = selectors.studies_with_reports(request.user)
    rows = [{"study": study, "slots": selectors.slots_of(study)} for study in studies]
    return render(request, "reports/list.html", {"rows": rows, "locks": request.user.role in LOCKS})


@allow(*LOCKS)
@require_http_methods(["GET", "POST"])
def lock(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What is complete and what is missing, and the signature that locks."""
    study = selectors.study_for(request.user, study_id)
    if study.state == StudyState.LOCKED:
        return redirect("reports:report", study_id=study.pk)
    form = LockForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            services.lock_study(study_id=study.pk, person=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
            status = refusal.status
        else:
            return redirect("reports:report", study_id=study.pk)
    elif request.method == "POST":
        status = 400
    slots = selectors.slots_of(study)
    context = {"study": study, "form": form, "slots": slots, "missing": missing_words(slots)}
    context |= {"truth": selectors.latest_truth(study), "undecided": undecided_words(undecided(study))}
    return render(request, "reports/lock.html", context, status=status)


@allow(*STATES_TRUTH)
@require_http_methods(["GET", "POST"])
def truth(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What truth a study has, with its source and hash, and the form that states it."""
    study = selectors.study_for(request.user, study_id)
    form = TruthForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        sent = {"data": form.cleaned_data["file"], "source": form.cleaned_data["source"]}
        try:
            services.state_truth(study_id=study.pk, person=request.user, **sent)
        except Refused as refusal:
            form.add_error("source" if refusal.code == "source" else "file", refusal.detail)
            status = refusal.status
        else:
            return redirect("reports:truth", study_id=study.pk)
    elif request.method == "POST":
        status = 400
    context = {"study": study, "form": form, "truths": study.truths.order_by("-number")}
    return render(request, "reports/truth.html", context, status=status)


@allow(*STATES_TRUTH)
@require_GET
def truth_template(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Every half of the study with an empty truth, to be filled in."""
    study = selectors.study_for(request.user, study_id)
    response = HttpResponse(render_truth(selectors.all_halves(study)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{slugify(study.name)[:60]}-truth.csv"'
    return response


@allow(*SEES_REPORTS)
@require_GET
def report(request: HttpRequest, study_id: UUID, number: int | None = None) -> HttpResponse:
    """The report of a locked study as a page: of its latest lock; of lock `number`, to be looked at only."""
    analysis = selectors.analysis_for(request.user, study_id, number)
    services.note_seen(analysis=analysis, person=request.user, form="page")
    if not documents.is_readable(analysis.result):
        remains = {**_of_lock(analysis), **documents.remains(analysis.result)}
        return render(request, "reports/older.html", remains)
    context = {**_of_lock(analysis), "report": documents.document(analysis.result)}
    return render(request, "reports/report.html", context)


def _of_lock(analysis: Analysis) -> dict[str, Any]:
    """What a page says of the lock that its result is of, and of the study's other locks.

    base: the address under which this lock's figures and files are.
    """
    study = analysis.lock.study
    locks = list(study.locks.select_related("signed_by", "unlock").order_by("number"))
    is_latest = analysis.lock.number == locks[-1].number
    address, given = ("reports:report", ()) if is_latest else ("reports:earlier", (analysis.lock.number,))
    return {
        "analysis": analysis,
        "study": study,
        "locks": locks,
        "latest": locks[-1],
        "is_latest": is_latest,
        "base": reverse(address, args=[study.pk, *given]),
    }


@allow(*SEES_REPORTS)
@require_GET
def figure(request: HttpRequest, study_id: UUID, name: str, number: int | None = None) -> HttpResponse:
    """One static figure, the same as in the PDF."""
    analysis = selectors.analysis_for(request.user, study_id, number)
    try:
        picture = documents.svg(analysis.result, name)
    except KeyError:
        raise NotThere from None
    return HttpResponse(picture, content_type="image/svg+xml")


@allow(*SEES_REPORTS)
@require_GET
def explain(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What lies behind a kappa: `?cell=pair.arm.row.column` (positions) lists the cell's units."""
    analysis = selectors.analysis_for(request.user, study_id)
    services.note_seen(analysis=analysis, person=request.user, form="explain")
    told = documents.explained(analysis.result, analysis.lock.dataset)
    exams = selectors.exams_of_cases(analysis.lock.study, request.user)
    try:
        behind = explanation(told, request.GET.get("cell", ""), exams)
    except (IndexError, ValueError):
        raise NotThere from None
    context = {"analysis": analysis, "study": analysis.lock.study, "explained": behind}
    return render(request, "reports/explain.html", context)


def _file(
    kind: str, ending: str, content_type: str, make: Callable[[Analysis], str | bytes]
) -> Callable[..., HttpResponse]:
    @allow(*SEES_REPORTS)
    @require_GET
    def download(request: HttpRequest, study_id: UUID, number: int | None = None) -> HttpResponse:
        analysis = selectors.analysis_for(request.user, study_id, number)
        content = make(analysis)
        services.note_seen(analysis=analysis, person=request.user, form=f"{kind}.{ending}")
        response = HttpResponse(content, content_type=content_type)
        response.headers["Content-Disposition"] = (
            f'attachment; filename="{file_name(analysis, kind, ending)}"'
        )
        return response

    return download


def file_name(analysis: Analysis, kind: str, ending: str) -> str:
    """A name that says what the file is, which lock it is of, and whether its data are made up."""
    study = analysis.lock.study
    made_up = "-synthetic" if study.synthetic else ""
    return f"{slugify(study.name)[:60] or 'study'}-lock{analysis.lock.number}-{kind}{made_up}.{ending}"


report_pdf = _file("report", "pdf", "application/pdf", lambda analysis: documents.pdf(analysis.result))
report_html = _file(
    "report", "html", "text/html; charset=utf-8", lambda analysis: documents.html(analysis.result)
)
tables_xlsx = _file(
    "tables",
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    lambda analysis: documents.workbook(analysis.result),
)
report_crate = _file(
    "report",
    "zip",
    "application/zip",
    lambda analysis: documents.crate(analysis.result, analysis.lock.dataset),
)
report_json = _file("report", "json", "application/json", lambda analysis: analysis.result)
figures_csv = _file(
    "figures", "csv", "text/csv; charset=utf-8", lambda analysis: documents.figures_csv(analysis.result)
)
readings_csv = _file("readings", "csv", "text/csv; charset=utf-8", lambda analysis: analysis.lock.dataset)
