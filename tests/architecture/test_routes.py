"""Every route says who may come."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import IsAuthenticated

PUBLIC = {"accounts/sign-in/", "accounts/invitation/<slug:token>/"}
FRAMEWORK = {"api/schema/", "api/docs/"}


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for item in patterns:
        if isinstance(item, URLResolver):
            yield from routes(item.url_patterns, prefix + str(item.pattern))
        elif isinstance(item, URLPattern):
            yield prefix + str(item.pattern), item.callback


def stated_roles(callback: Any) -> Any:
    for owner in (callback, getattr(callback, "view_class", None), getattr(callback, "cls", None)):
        if owner is not None and hasattr(owner, "allowed_roles"):
            return owner.allowed_roles
    permissions = getattr(getattr(callback, "cls", None), "permission_classes", [])
    roles = [p.allowed_roles for p in permissions if hasattr(p, "allowed_roles")]
    return roles[0] if roles else None


def test_every_route_states_the_roles_it_is_for() -> None:
    silent = [
        route
        for route, callback in routes(get_resolver().url_patterns)
        if route not in PUBLIC | FRAMEWORK and not stated_roles(callback)
    ]
    assert silent == []


def test_the_api_description_needs_a_sign_in() -> None:
    for route, callback in routes(get_resolver().url_patterns):
        if route in FRAMEWORK:
            assert IsAuthenticated in callback.cls.permission_classes
