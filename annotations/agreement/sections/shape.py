"""The shape of every section: rows, or why there are none."""

from collections.abc import Sequence
from typing import Any

Section = dict[str, Any]


def filled(rows: Sequence[dict[str, Any]], **more: Any) -> Section:
    """A section with something to say."""
    return {"rows": list(rows), "left_out": "", **more}


def left_out(reason: str) -> Section:
    """A section that has nothing to say, and why."""
    return {"rows": [], "left_out": reason}
