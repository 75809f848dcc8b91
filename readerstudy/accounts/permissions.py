"""Who may come to a route. Every route of the product states it with one of these two."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from readerstudy.accounts.states import Role
from readerstudy.audit import services as audit
from readerstudy.common.errors import Refused

View = Callable[..., HttpResponse]

EVERYONE: tuple[Role, ...] = tuple(Role)


def allow(*roles: Role) -> Callable[[View], View]:
    """A page for signed-in persons of these roles; others are refused, strangers sent to sign in."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.user.role not in roles:
                _note_refusal(request)
                raise Refused("Your role has no access to this page.", code="role")
            return view(request, *args, **kwargs)

        guarded.allowed_roles = roles  # type: ignore[attr-defined]
        return guarded

    return decorate


def role_permission(*roles: Role) -> type[BasePermission]:
    """The same for an API view: `@permission_classes([role_permission(Role.READER)])`."""

    class HasRole(BasePermission):
        allowed_roles = roles
        message = "Your role has no access to this."

        def has_permission(self, request: Request, view: Any) -> bool:
            if not request.user.is_authenticated:
                return False
            if request.user.role not in roles:
                _note_refusal(request)
                return False
            return True

    return HasRole


@transaction.atomic
def _note_refusal(request: HttpRequest | Request) -> None:
    """An event for a route that this person's role has no access to."""
    match = request.resolver_match
    audit.record(
        actor=request.user,
        action="access.refused",
        target=request.user,
        after={"route": match.view_name if match else "", "method": request.method},
    )
