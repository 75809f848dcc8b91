"""What later rooms show on a study's page, without this room knowing them.

An app registers a function in its AppConfig.ready(); the page shows what it returns, in order of `place`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from readerstudy.studies.models import Study

Panel = Callable[[HttpRequest, Study], str]


@dataclass(frozen=True)
class _Registered:
    place: int
    panel: Panel


_panels: list[_Registered] = []


def register(panel: Panel, *, place: int) -> None:
    """Show this panel on every study's page; a lower place comes first."""
    _panels.append(_Registered(place, panel))


def render_panels(request: HttpRequest, study: Study) -> list[str]:
    """The panels' HTML; a panel with nothing to say returns an empty text and is left out."""
    rendered = [registered.panel(request, study) for registered in sorted(_panels, key=lambda p: p.place)]
    return [html for html in rendered if html]
