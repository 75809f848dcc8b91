"""What a person does about the own account, from the invitation on."""

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from readerstudy.accounts import invitations, selectors, services
from readerstudy.accounts.forms import ContactForm, PasswordForm, ProfileForm, TakeUpForm
from readerstudy.accounts.permissions import EVERYONE, allow
from readerstudy.accounts.states import Role
from readerstudy.accounts.views import address_of
from readerstudy.common.errors import Conflict


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation's link. Looking at it uses nothing up."""
    if request.user.is_authenticated:
        raise Conflict(
            f"You are signed in as {request.user.username}. Sign out first, then open the link again.",
            code="signed-in",
        )
    found = invitations.find(token=token, address=address_of(request))
    form = TakeUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = invitations.take_up(
            token=token,
            address=address_of(request),
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
            time_zone=form.cleaned_data["time_zone"],
        )
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("accounts:account" if user.role == Role.READER else "home")
    status = 400 if request.method == "POST" else 200
    return render(request, "accounts/invitation.html", {"invitation": found, "form": form}, status=status)


@require_GET
@allow(*EVERYONE)
def account(request: HttpRequest) -> HttpResponse:
    """Profile, time zone, password, sign-ins."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **bound: object) -> HttpResponse:
    profile = selectors.profile_of(request.user)
    context = {
        "profile": profile,
        "profile_form": ProfileForm(initial=vars(profile) if profile else None, prefix="profile"),
        "zone_form": ContactForm(initial=vars(request.user), prefix="zone"),
        "password_form": PasswordForm(user=request.user, prefix="new"),
        **bound,
    }
    return render(request, "accounts/account.html", context, status=status)


@require_POST
@allow(Role.READER)
def state_profile(request: HttpRequest) -> HttpResponse:
    """Keep what a reader says of training, experience and interests."""
    form = ProfileForm(request.POST, prefix="profile")
    if not form.is_valid():
        return _page(request, status=400, profile_form=form)
    services.state_profile(user=request.user, **form.cleaned_data)
    messages.success(request, "Your profile is kept.")
    return redirect("accounts:account")


@require_POST
@allow(*EVERYONE)
def set_contact(request: HttpRequest) -> HttpResponse:
    """Choose the zone times are shown in and where reminders go."""
    form = ContactForm(request.POST, prefix="zone")
    if not form.is_valid():
        return _page(request, status=400, zone_form=form)
    services.set_contact(user=request.user, **form.cleaned_data)
    messages.success(request, "Your time zone and mail address are kept.")
    return redirect("accounts:account")


@require_POST
@allow(*EVERYONE)
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password; this sign-in goes on, all others end."""
    form = PasswordForm(request.POST, user=request.user, prefix="new")
    if not form.is_valid():
        return _page(request, status=400, password_form=form)
    services.change_password(user=request.user, password=form.cleaned_data["password"])
    update_session_auth_hash(request, request.user)
    messages.success(request, "Your password is changed. Every other sign-in of yours has ended.")
    return redirect("accounts:account")


@require_POST
@allow(*EVERYONE)
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every sign-in of this person, this one too."""
    services.sign_out_everywhere(user=request.user)
    logout(request)
    return redirect("accounts:sign-in")
