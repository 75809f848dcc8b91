"""What holds for every answer."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from readerstudy.common.errors import Refused

Handler = Callable[[HttpRequest], HttpResponse]


class NoStoreMiddleware:
    """Nothing but static files may be kept by a browser or proxy; refusals of pages become a page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store"
        return response

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        if isinstance(exc, Refused):
            context = {"detail": exc.detail, "code": exc.code, **exc.extra}
            return render(request, "common/refused.html", context, status=exc.status)
        return None


class PersonsTimeZoneMiddleware:
    """Times are shown in the signed-in person's zone (and in UTC beside it)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = getattr(request.user, "time_zone", "UTC")
        with timezone.override(zoneinfo.ZoneInfo(zone)):
            return self.get_response(request)
