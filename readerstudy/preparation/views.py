"""Pages of instructions: the coordinator writes, the reader reads and acknowledges."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, NotThere
from readerstudy.preparation import selectors, services
from readerstudy.preparation.forms import SUGGESTED, InstructionsForm
from readerstudy.preparation.policies import blocks
from readerstudy.studies.selectors import protocol_of, studies_visible_to


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def write(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Write the instructions, or a new version of them."""
    study = studies_visible_to(request.user).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    current = selectors.instructions_of(study)
    form = InstructionsForm(request.POST or None, initial={"text": current.text if current else SUGGESTED})
    if request.method == "POST" and form.is_valid():
        try:
            services.write_instructions(actor=request.user, study=study, **form.cleaned_data)
        except BadInput as refused:
            form.add_error(refused.code, refused.detail)
        else:
            messages.success(request, "The instructions are kept. Every reader acknowledges them first.")
            return redirect("studies:detail", study.pk)
    context = {"study": study, "current": current, "form": form}
    status = 400 if request.method == "POST" else 200
    return render(request, "preparation/write.html", context, status=status)


@require_http_methods(["GET", "POST"])
@allow(Role.READER)
def instructions(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """Read the instructions in force and acknowledge them."""
    enrolment = selectors.enrolment_for(request.user, enrolment_id)
    if request.method == "POST":
        number, version = (request.POST.get(name, "") for name in ("number", "protocol_version"))
        services.acknowledge(
            reader=request.user,
            enrolment_id=enrolment.pk,
            number=int(number[:6]) if number.isdecimal() else 0,
            protocol_version=int(version[:6]) if version.isdecimal() else 0,
        )
        return redirect("reads:home")
    standing = selectors.standing_of(enrolment)
    if standing is None:
        raise NotThere
    context = {
        "standing": standing,
        "protocol": protocol_of(enrolment.study),
        "blocks": list(blocks(standing.instructions.text)),
    }
    return render(request, "preparation/instructions.html", context)
