"""The server's clock. It alone decides what time it is.

Only an installation started as a demo has an offset, kept in a file of its data directory;
once begun it moves forward and never back.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

_FILE = "demo-clock-offset-seconds.txt"
_known: tuple[tuple[str, int, int], timedelta] | None = None
"""The offset that was read last, and of which file: it is replaced as a whole whenever it changes."""


def offset_file() -> Path:
    """Where a demo's offset is kept."""
    return Path(settings.DATA_DIR) / _FILE


def offset() -> timedelta:
    """How far this installation's clock stands ahead of the machine's; zero outside a demo."""
    global _known
    if not settings.DEMO:
        return timedelta()
    path = f"{settings.DATA_DIR}/{_FILE}"
    try:
        written = os.stat(path)
    except FileNotFoundError:
        return timedelta()
    which = (path, written.st_ino, written.st_mtime_ns)
    if _known is None or _known[0] != which:
        _known = (which, timedelta(seconds=int(offset_file().read_text())))
    return _known[1]


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
