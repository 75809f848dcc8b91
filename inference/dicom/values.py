"""Read header values without trusting them: text that is safe to keep, numbers that are numbers."""

import math
import re
from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]+")
_UID = re.compile(r"[0-9]+(\.[0-9]+)*\Z")


def raw(dataset: Dataset, keyword: str) -> Any:
    """The value as the parser has it, None where there is none or it can't be read."""
    try:
        value = getattr(dataset, keyword, None)
    except Exception:
        return None
    return None if value is None or value == "" or value == [] else value


def text(dataset: Dataset, keyword: str, longest: int = 200) -> str:
    """One line of text without control characters or broken encoding, cut at `longest` characters."""
    value = raw(dataset, keyword)
    if value is None:
        return ""
    try:
        joined = str(value) if isinstance(value, str | bytes | int | float) else _joined(value)
    except Exception:
        return ""
    return _CONTROL.sub(" ", joined)[:longest].strip()


def _joined(value: Any) -> str:
    """Several values with a backslash between them, a name or a number as it prints."""
    if hasattr(value, "__iter__") and not hasattr(value, "family_name"):
        return "\\".join(str(part) for part in value)
    return str(value)


def codes(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """The upper-case values of a coded attribute (VR CS)."""
    return tuple(part.strip().upper() for part in text(dataset, keyword).split("\\") if part.strip())


def number(dataset: Dataset, keyword: str) -> float | None:
    """A finite number, the first of several; None otherwise."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def numbers(dataset: Dataset, keyword: str, count: int | None = None) -> tuple[float, ...] | None:
    """Finite numbers, exactly `count` of them where that is given; None otherwise."""
    value = raw(dataset, keyword)
    if value is None:
        return None
    parts = list(value) if hasattr(value, "__iter__") and not isinstance(value, str | bytes) else [value]
    try:
        found = tuple(float(part) for part in parts)
    except (TypeError, ValueError, OverflowError):
        return None
    if not all(math.isfinite(part) for part in found) or (count is not None and len(found) != count):
        return None
    return found or None


def whole(dataset: Dataset, keyword: str, check: Callable[[int], bool] = lambda _: True) -> int | None:
    """A whole number that passes `check`; None otherwise."""
    value = number(dataset, keyword)
    if value is None or value != int(value) or not check(int(value)):
        return None
    return int(value)


def is_uid(value: str) -> bool:
    """Whether this is a UID (PS3.5 section 9.1): digits and dots, at most 64. Leading zeros are let pass."""
    return 0 < len(value) <= 64 and _UID.match(value) is not None
