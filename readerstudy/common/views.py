"""Answers that belong to no room."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page of a form whose token did not match."""
    context = {"detail": "This form was open too long or in another sign-in. Go back, reload, send again."}
    return render(request, "common/refused.html", context, status=403)
