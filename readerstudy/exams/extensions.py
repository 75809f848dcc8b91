"""What later rooms add to an exam, without this room knowing them. Apps register in AppConfig.ready()."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest

from readerstudy.accounts.models import User
from readerstudy.exams.models import Exam

Panel = Callable[[HttpRequest, Exam], str]
MapLink = Callable[[Exam], str | None]
Listener = Callable[[Exam, User | None], None]


@dataclass
class _Registry:
    panels: list[tuple[int, Panel]] = field(default_factory=list)
    map_links: list[MapLink] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)


_registry = _Registry()


def add_panel(panel: Panel, *, place: int) -> None:
    """Show this on every exam's page; a lower place comes first, an empty text is left out."""
    _registry.panels.append((place, panel))


def set_map_link(link: MapLink) -> None:
    """Where the coordinator's viewer finds an exam's newest Modic map, None while there is none."""
    _registry.map_links[:] = [link]


def when_received(listener: Listener) -> None:
    """Call `listener(exam, actor)` in the transaction that stores a new exam."""
    _registry.listeners.append(listener)


def render_panels(request: HttpRequest, exam: Exam) -> list[str]:
    """The panels' HTML in their order."""
    ordered = sorted(_registry.panels, key=lambda registered: registered[0])
    return [html for html in (panel(request, exam) for _, panel in ordered) if html]


def map_link(exam: Exam) -> str | None:
    """The address of the exam's newest Modic map, if any."""
    return next((url for url in (link(exam) for link in _registry.map_links) if url), None)


def announce(exam: Exam, actor: User | None) -> None:
    """Tell the listeners of a new exam."""
    for listener in _registry.listeners:
        listener(exam, actor)
