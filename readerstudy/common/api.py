"""How the API answers what is refused."""

from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler

from readerstudy.common.errors import Refused


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """{"detail", "code", …} for every refusal; anything else as the framework does it."""
    if isinstance(exc, Refused):
        return Response({"detail": exc.detail, "code": exc.code, **exc.extra}, status=exc.status)
    response = framework_handler(exc, context)
    if response is not None and isinstance(exc, NotAuthenticated):
        response.data = {"detail": "Sign in again to go on.", "code": "signed-out"}
    return response
