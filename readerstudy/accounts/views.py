"""Signing in and out."""

from typing import Any

from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from readerstudy.accounts import bounds, services
from readerstudy.accounts.permissions import EVERYONE, allow
from readerstudy.accounts.states import Bounded, Role


def address_of(request: HttpRequest) -> str:
    """The address a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))


class SignIn(auth_views.LoginView):
    """The sign-in page."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True
    allowed_roles = ()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        bounds.check(Bounded.SIGN_IN, request.POST.get("username", "")[:150], address_of(request))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        services.note_sign_in(user=form.get_user())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        name = form.data.get("username", "")[:150]
        services.note_failed_sign_in(username=name, address=address_of(self.request))
        return self.render_to_response(self.get_context_data(form=form), status=401)


class SignOut(auth_views.LogoutView):
    """Signs out (POST only)."""

    allowed_roles = EVERYONE


_HOMES: dict[Role, str] = {
    Role.COORDINATOR: "studies:list",
    Role.READER: "reads:home",
    Role.ADJUDICATOR: "adjudication:home",
    Role.STATISTICIAN: "reports:list",
    Role.AUDITOR: "reports:list",
    Role.ADMINISTRATOR: "studies:list",
}


@allow(*EVERYONE)
def home(request: HttpRequest, **_: Any) -> HttpResponse:
    """To the page where this person's work is."""
    return redirect(_HOMES.get(Role(request.user.role), "reports:list"))
