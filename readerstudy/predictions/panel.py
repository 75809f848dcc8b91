"""What this room shows on an exam's page: how the mapping stands, and what the newest map says."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from readerstudy.accounts.models import User
from readerstudy.common.errors import Conflict
from readerstudy.exams.models import Exam
from readerstudy.predictions import policies, selectors, services


def exam_panel(request: HttpRequest, exam: Exam) -> str:
    """The panel's HTML."""
    run, newest = selectors.newest_run(exam), selectors.newest_map(exam)
    labels, problem = (), ""
    if newest is not None:
        try:
            labels = selectors.labels_of(selectors.stored(newest), selectors.levels_of(exam))
        except Conflict as damaged:
            problem = damaged.detail
    context = {
        "exam": exam,
        "run": run,
        "live": run is not None and policies.is_live(run.state),
        "modic_map": newest,
        "labels": labels,
        "changed": any(label.types for label in labels),
        "problem": problem,
        "confirmed": bool(exam.confirmed_levels),
    }
    return render_to_string("predictions/_panel.html", context, request=request)


def map_link(exam: Exam) -> str | None:
    """Where the coordinator's viewer finds the newest map."""
    newest = selectors.newest_map(exam)
    return reverse("predictions:map", args=[newest.pk]) if newest else None


def on_received(exam: Exam, actor: User | None) -> None:
    """A new exam is mapped at once, so that the release step has level names to confirm."""
    services.start_run(exam=exam, actor=actor)
