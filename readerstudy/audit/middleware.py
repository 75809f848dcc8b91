"""Tells the audit trail where a request comes from."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from readerstudy.audit import services


class OriginMiddleware:
    """Keeps session (hashed) and address for the events of this request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR") or None
        token = services.set_origin(session_key=request.session.session_key, address=address)
        try:
            return self.get_response(request)
        finally:
            services.reset_origin(token)
