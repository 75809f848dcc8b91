"""The server's clock. It alone decides what time it is.

Only an installation started as a demo has an offset, kept in a file of its data directory;
once begun it moves forward and never back.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings


def offset_file() -> Path:
    """Where a demo's offset is kept."""
    return Path(settings.DATA_DIR) / "demo-clock-offset-seconds.txt"


def offset() -> timedelta:
    """How far this installation's clock stands ahead of the machine's; zero outside a demo."""
    if not settings.DEMO:
        return timedelta()
    try:
        return timedelta(seconds=int(offset_file().read_text()))
    except FileNotFoundError:
        return timedelta()


def can_be_moved() -> bool:
    """Whether this installation was started as a demo."""
    return bool(settings.DEMO)


def now() -> datetime:
    """The current time in UTC, with the demo's offset where there is one."""
    return datetime.now(UTC) + offset()


def begin(at: timedelta) -> None:
    """Set a fresh demo's first offset, which may lie in the past so that its story can be lived.

    Raises PermissionError outside a demo or where the clock has begun already.
    """
    if not settings.DEMO or offset_file().exists():
        raise PermissionError("Only a fresh demonstration's clock can be set.")
    _write(at)


def advance(by: timedelta) -> timedelta:
    """Move a demo's clock forward and return the new offset.

    Raises PermissionError outside a demo and ValueError for a step that is not forward.
    """
    if not settings.DEMO:
        raise PermissionError("Only an installation started as a demo has a clock that can be moved.")
    if by <= timedelta():
        raise ValueError("The clock moves forward only.")
    moved = offset() + by
    _write(moved)
    return moved


def _write(value: timedelta) -> None:
    temporary = offset_file().with_suffix(".new")
    temporary.write_text(str(int(value.total_seconds())))
    temporary.replace(offset_file())
