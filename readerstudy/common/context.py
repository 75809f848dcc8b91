"""What every page knows about the installation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from readerstudy.common import clock


def installation(_request: HttpRequest) -> dict[str, Any]:
    """is_demo, and the demo clock's offset where there is one."""
    return {"is_demo": settings.DEMO, "clock_offset": clock.offset() if settings.DEMO else None}
