"""The coordinator's page that amends an open study: what would change for whom, then the signature."""

from itertools import pairwise
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.reads import amending
from readerstudy.reads.forms import AmendmentForm
from readerstudy.studies import amending as studies
from readerstudy.studies.models import Protocol, Study
from readerstudy.studies.protocol import differences, without_cases
from readerstudy.studies.protocol.amendment import for_whom
from readerstudy.studies.selectors import protocol_of, protocols_to_come, studies_visible_to
from readerstudy.studies.states import StudyState


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def amend(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Fill in, look at what it would change, sign."""
    study = studies_visible_to(request.user).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    if study.state != StudyState.OPEN:
        raise Conflict(f"The study is {study.state}: only an open study is amended.", code="study-state")
    stated = protocol_of(study)
    form = AmendmentForm(request.POST or None, study=study, document=stated.document)
    context = {"study": study, "form": form, "protocol": stated, "versions": study.protocols.all()}
    context["waiting"] = _waiting(study, stated)
    if request.method == "POST" and form.is_valid():
        wishes, facts = form.wishes(), amending.underway(study)
        seen = form.cleaned_data["version"]
        if request.POST.get("do") == "sign":
            signed = {"reason": form.cleaned_data["reason"], "password": form.cleaned_data["password"]}
            version = amending.amend(
                actor=request.user, study=study, seen_version=seen, **wishes, **signed
            ).version
            when = "takes effect later" if wishes["effective_at"] else "is in force"
            messages.success(request, f"Version {version} of the protocol {when}.")
            return redirect("studies:detail", study.pk)
        new = studies.proposed(study, wishes["document"], wishes["readers"])
        context |= {
            "looked": True,
            "problems": studies.problems_with(
                study, new, facts, wishes["exams"], wishes["readers"], wishes["effective_at"], seen
            ),
            "changes": for_whom(stated.document, new, facts, cases_added=len(wishes["exams"])),
        }
    status = 400 if request.method == "POST" and form.errors else 200
    return render(request, "reads/amend.html", context, status=status)


def _waiting(study: Study, stated: Protocol) -> list[tuple[Protocol, list[str]]]:
    """What is signed and takes effect later, each with what it changes."""
    coming = protocols_to_come(study)
    documents = [without_cases(version.document) for version in (stated, *coming)]
    return [
        (version, differences(before, after))
        for version, (before, after) in zip(coming, pairwise(documents), strict=True)
    ]
