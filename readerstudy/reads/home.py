"""What later rooms show on a reader's own page, without this room knowing them.

An app registers a function in its AppConfig.ready(); the page shows what it returns, in order of `place`.
"""

from collections.abc import Callable

from django.http import HttpRequest

HomePanel = Callable[[HttpRequest], str]

_panels: list[tuple[int, HomePanel]] = []


def register(panel: HomePanel, *, place: int) -> None:
    """Show this on every reader's page; a lower place comes first."""
    _panels.append((place, panel))


def render_panels(request: HttpRequest) -> list[str]:
    """The panels' HTML; a panel with nothing to say returns an empty text and is left out."""
    rendered = [panel(request) for _, panel in sorted(_panels, key=lambda entry: entry[0])]
    return [html for html in rendered if html]
