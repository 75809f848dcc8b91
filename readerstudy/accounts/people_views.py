"""Who there is and who is invited: the inviter's page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from readerstudy.accounts import invitations, selectors
from readerstudy.accounts.forms import InvitationForm
from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common import clock

_INVITING = (Role.COORDINATOR, Role.ADMINISTRATOR)


@require_http_methods(["GET", "POST"])
@allow(*_INVITING)
def people(request: HttpRequest) -> HttpResponse:
    """Everyone with a role, and every invitation with its state; inviting shows the new link this once."""
    if request.method == "GET":
        return _page(request, InvitationForm(inviter=request.user))
    form = InvitationForm(request.POST, inviter=request.user)
    if not form.is_valid():
        return _page(request, form, status=400)
    made = invitations.invite(actor=request.user, **form.cleaned_data)
    link = request.build_absolute_uri(reverse("accounts:invitation", args=[made.token]))
    mailed = invitations.send(made=made, link=link)
    extra = {"made": made.invitation, "mailed": mailed, "link": "" if mailed else link}
    return _page(request, InvitationForm(inviter=request.user), **extra)


def _page(request: HttpRequest, form: InvitationForm, status: int = 200, **extra: Any) -> HttpResponse:
    visible = selectors.invitations_visible_to(request.user)
    context = {
        "people": selectors.people_visible_to(request.user),
        "invitations": selectors.standing(visible, now=clock.now()),
        "form": form,
        **extra,
    }
    return render(request, "accounts/people.html", context, status=status)


@require_POST
@allow(*_INVITING)
def revoke(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    invitations.revoke(actor=request.user, invitation_id=invitation_id)
    messages.success(request, "The invitation was taken back: its link no longer works.")
    return redirect("accounts:people")
