"""Answers that belong to no room."""

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page of a form whose token did not match."""
    context = {"detail": "This form was open too long or in another sign-in. Go back, reload, send again."}
    return render(request, "common/refused.html", context, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that was given up before any view saw it: as JSON to who asked for it, else as a page."""
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    if isinstance(exception, TooManyFilesSent):
        detail = f"At most {most:,} files can be sent at once. Send one exam at a time, or as a zip."
        code = "too-many-files"
    else:
        detail, code = "The request could not be read. Go back, reload the page and try again.", "bad-request"
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"detail": detail, "code": code}, status=400)
    return render(request, "common/refused.html", {"detail": detail, "code": code}, status=400)
