"""Cells as they are printed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotations.agreement.verdict import number

Values = Mapping[str, Any]
NONE = "not estimable"
KAPPA = "\N{GREEK SMALL LETTER KAPPA}"
DELTA_KAPPA = "\N{GREEK CAPITAL LETTER DELTA}" + KAPPA


@dataclass(frozen=True)
class Table:
    """Cells as they are printed; the first column holds names. exploratory: beyond what the plan names."""

    name: str
    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    exploratory: bool = False


def slugs(columns: Iterable[str]) -> dict[str, str]:
    """A name of each column for files and addresses: letters, digits and hyphens, each its own."""
    found: dict[str, str] = {}
    for column in columns:
        plain = re.sub(r"[^a-z0-9]+", "-", column.lower()).strip("-") or "part"
        found[column] = plain if plain not in found.values() else f"{plain}-{len(found) + 1}"
    return found


def pair_name(pair: Values) -> str:
    """A pair as it is printed."""
    return "\N{EN DASH}".join(pair["readers"])


def with_interval(result: Values, digits: int = 2) -> str:
    """Estimate with its interval, or why there is none."""
    if result["estimate"] is None:
        return NONE
    point = number(result["estimate"], digits)
    if result["lo"] is None:
        return f"{point} (no interval)"
    return f"{point} ({number(result['lo'], digits)} to {number(result['hi'], digits)})"


def p_value(p: float | None) -> str:
    """A p value in a table."""
    if p is None:
        return NONE
    return "<0.001" if p < 0.0005 else f"{p:.3f}"


def percent(share: float | None) -> str:
    """A share in a table, with a true minus sign."""
    return NONE if share is None else f"{number(100 * share, 1)}%"


def sides(pair: Values) -> list[Any]:
    """What is said of the earlier arm and, where there is one, of the later."""
    return [pair["before"]] + ([] if pair["after"] is None else [pair["after"]])


def by_arm(plan: Values, word: str) -> tuple[str, ...]:
    """A column title for each arm; the word alone where there is one arm."""
    return tuple(f"{word} {arm}" for arm in plan["arms"]) if len(plan["arms"]) > 1 else (word,)
