"""What may be done with an upload or an exam, as pure decisions."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from annotations.vocabulary import Level
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.exams.states import EXAM_TRANSITIONS, ExamState, Exclusion

MAX_ATTEMPTS = 3
STALE_AFTER = timedelta(minutes=5)
FORGET_AFTER = timedelta(hours=2)
"""Age at which uploaded bytes that no upload answers for are removed: longer than any request lasts."""
RESERVE_BYTES = 300 * 2**20
_NEEDED = (Level.L4, Level.L5, Level.S1)
_ORDER = list(Level)


class NoRoom(Refused):
    """The disk has no room for what was sent."""

    status = 507


def check_room(*, free_bytes: int, wanted_bytes: int) -> None:
    """Raise NoRoom unless an upload fits twice (itself and its images) and a reserve stays free."""
    if free_bytes < 2 * wanted_bytes + RESERVE_BYTES:
        raise NoRoom(
            "The server's disk is nearly full and the upload was not taken. Ask the administrator for room.",
            code="disk-full",
        )


def check_upload_size(*, total_bytes: int, limit_bytes: int, files: int) -> None:
    """Raise BadInput for nothing at all or too much at once."""
    if files == 0 or total_bytes == 0:
        raise BadInput("Choose a folder, files or a zip first.", code="empty")
    if total_bytes > limit_bytes:
        raise BadInput(
            f"That is more than {limit_bytes // 2**20} MB at once. Upload one exam at a time.",
            code="too-large",
        )


def check_transition(*, now_is: str, to: ExamState) -> None:
    """Raise Conflict unless the exam's state may become `to`."""
    if to not in EXAM_TRANSITIONS[ExamState(now_is)]:
        raise Conflict(
            f"The exam is {now_is}, so it can't become {to}. Load the page again.", code="exam-state"
        )


def is_stale(*, heartbeat_at: datetime | None, created_at: datetime, now: datetime) -> bool:
    """Whether nothing has been heard of a job for so long that it counts as dead."""
    return now - (heartbeat_at or created_at) > STALE_AFTER


def checked_levels(levels: Any) -> list[dict[str, Any]]:
    """Level names as a person confirmed them, head to foot, or BadInput that says what is wrong.

    levels: [{"level", "body": int | None, "point_mm": [x, y, z]}]. Points in patient mm (LPS).
    L4, L5 and S1 must be there; the others may lie outside the field.
    """
    try:
        named = {Level(entry["level"]): _entry(entry) for entry in levels}
    except (KeyError, TypeError, ValueError):
        raise BadInput("The level names could not be read. Load the page again.", code="levels") from None
    if len(named) != len(levels):
        raise BadInput("A level name was given twice.", code="levels")
    missing = [level.value for level in _NEEDED if level not in named]
    if missing:
        raise BadInput(f"Place {', '.join(missing)} on the image first.", code="levels")
    ordered = [named[level] for level in _ORDER if level in named]
    heights = [entry["point_mm"][2] for entry in ordered]
    if any(above <= below for above, below in pairwise(heights)):
        raise BadInput("The level names are not in order from head to foot. Correct them.", code="levels")
    return ordered


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    point = [float(value) for value in entry["point_mm"]]
    if len(point) != 3 or not all(math.isfinite(value) and abs(value) < 5000 for value in point):
        raise ValueError("not a point")
    body = entry.get("body")
    return {
        "level": Level(entry["level"]).value,
        "body": None if body is None else int(body),
        "point_mm": point,
    }


def checked_exclusions(exclusions: Sequence[str]) -> list[str]:
    """Known exclusions in the order of the paper, or BadInput."""
    try:
        chosen = {Exclusion(value) for value in exclusions}
    except ValueError:
        raise BadInput("An exclusion is not one of the protocol's.", code="exclusions") from None
    return [exclusion.value for exclusion in Exclusion if exclusion in chosen]


def check_looked_at(*, looked_at_all: bool) -> None:
    """Raise BadInput unless a person says to have looked at every image."""
    if not looked_at_all:
        raise BadInput(
            "Look at every image of the contact sheet and tick that none shows a name or another patient.",
            code="contact-sheet",
        )


def are_same_pictures(*, shared: int, of: int) -> bool:
    """Whether two exams show the same, judging by how many of one's different pictures the other has too.

    A quarter is enough: one series of two may have been replaced or cropped. A blank edge slice alone,
    which any two exams can share, is not.
    """
    return shared > 0 and 4 * shared >= of
