"""Pages of queries: the coordinator's list, and the thread that reader and coordinator share."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import NotThere
from readerstudy.queries import selectors, services
from readerstudy.queries.forms import QuestionForm
from readerstudy.queries.policies import LONGEST
from readerstudy.studies.selectors import studies_visible_to
from readerstudy.studies.states import StudyState


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def of_study(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """All matters of a study, and a form to ask a reader."""
    open_once = studies_visible_to(request.user).exclude(state=StudyState.DRAFT)
    study = open_once.filter(pk=study_id).first()
    if study is None:
        raise NotThere
    form = QuestionForm(request.POST if request.method == "POST" else None, study=study)
    if form.is_bound and form.is_valid():
        query = services.ask(
            actor=request.user,
            study=study,
            enrolment_id=form.cleaned_data["reader"].pk,
            text=form.cleaned_data["text"],
        )
        return redirect("queries:thread", query.pk)
    queries = selectors.of_study(study, request.user)
    context = {"study": study, "queries": queries, "form": form, "longest": LONGEST}
    return render(request, "queries/list.html", context, status=400 if form.is_bound else 200)


@require_GET
@allow(Role.COORDINATOR, Role.READER)
def thread(request: HttpRequest, query_id: UUID) -> HttpResponse:
    """What was said, and the place to say more."""
    query = selectors.queries_visible_to(request.user).filter(pk=query_id).first()
    if query is None:
        raise NotThere
    return render(request, "queries/thread.html", {"query": query, "longest": LONGEST})


@require_POST
@allow(Role.COORDINATOR, Role.READER)
def say(request: HttpRequest, query_id: UUID) -> HttpResponse:
    """Answer."""
    services.say(actor=request.user, query_id=query_id, text=request.POST.get("text", ""))
    messages.success(request, "Your answer is kept.")
    return redirect("queries:thread", query_id)


@require_POST
@allow(Role.COORDINATOR)
def close(request: HttpRequest, query_id: UUID) -> HttpResponse:
    """Close the matter with what was done."""
    services.close(actor=request.user, query_id=query_id, text=request.POST.get("text", ""))
    messages.success(request, "The matter is closed.")
    return redirect("queries:thread", query_id)
