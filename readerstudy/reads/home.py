"""What later rooms show on a reader's own page, without this room knowing them.

An app registers a function in its AppConfig.ready(); the page shows what it returns, in order of `place`.
"""

from collections.abc import Callable

from django.http import HttpRequest

LOOKS = (
    {"grade": 0, "t1": "as normal marrow", "t2": "as normal marrow", "meaning": "No Modic change"},
    {"grade": 1, "t1": "dark", "t2": "bright", "meaning": "Oedema, inflammation"},
    {"grade": 2, "t1": "bright", "t2": "as marrow, or bright", "meaning": "Fatty marrow"},
    {"grade": 3, "t1": "dark", "t2": "dark", "meaning": "Sclerosis"},
)
"""What each grade looks like (Modic 1988), in words."""

HomePanel = Callable[[HttpRequest], str]

_panels: list[tuple[int, HomePanel]] = []


def register(panel: HomePanel, *, place: int) -> None:
    """Show this on every reader's page; a lower place comes first."""
    _panels.append((place, panel))


def render_panels(request: HttpRequest) -> list[str]:
    """The panels' HTML; a panel with nothing to say returns an empty text and is left out."""
    rendered = [panel(request) for _, panel in sorted(_panels, key=lambda entry: entry[0])]
    return [html for html in rendered if html]
