"""What is asked of a protocol's document, wherever it comes from."""

import hashlib
import json
from typing import Any

from annotations.vocabulary import Half, Level, Site

Document = dict[str, Any]

SCHEMA_ID = "reader-study-protocol/1"
WASHOUT_HOURS = 28 * 24
FROZEN_AT_OPENING = ("cases", "seed_commitment")
"""What the study adds when it opens; no part of a protocol that is still being written."""


def sites(document: Document) -> tuple[Site, ...]:
    """What is graded, in the order it is asked."""
    return tuple(Site(Level(site["level"]), Half(site["half"])) for site in document["question"]["sites"])


def arm_named(document: Document, name: str) -> Document:
    """The arm of this name. Raises KeyError for none."""
    for arm in document["arms"]:
        if arm["name"] == name:
            return dict(arm)
    raise KeyError(name)


def arms_read(document: Document) -> dict[str, tuple[str, ...]]:
    """The arms of the answers that a case read in each arm leaves, in their order: two for a second read."""
    return {
        arm["name"]: (arm["first"], arm["name"]) if "first" in arm else (arm["name"],)
        for arm in document["arms"]
    }


def contrast(document: Document) -> tuple[str, str]:
    """Names of the arms that are compared: change is the second minus the first."""
    earlier, later = document["statistics"]["arms"]
    return earlier, later


def primary_read(document: Document) -> str:
    """Which answers count where a case was read again: "original", unless the plan says "correction"."""
    stated: str = document["statistics"].get("primary_read", "original")
    return stated


def lure_count(document: Document, cases: int) -> int:
    """How many of so many cases are drawn as lures of the recall probe; none where it is not asked."""
    share = document.get("recall_probe", {}).get("lure_share", 0)
    return max(1, round(share * cases)) if share and cases > 1 else 0


def lures_of(document: Document) -> frozenset[int]:
    """The numbers of the lures that an opened protocol states."""
    return frozenset(case["number"] for case in document.get("cases", ()) if case.get("lure"))


def level_rows(document: Document) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Each level with its halves and whether they are asked."""
    asked = sites(document)
    return [(level.value, [(half.value, Site(level, half) in asked) for half in Half]) for level in Level]


def cells_by_period(document: Document) -> list[tuple[Document, list[list[str]]]]:
    """Each period with the arms that every sequence reads in it."""
    sequences = document["design"]["sequences"]
    return [
        (period, [sequence[place] for sequence in sequences])
        for place, period in enumerate(document["periods"])
    ]


def order_is_fixed(document: Document) -> bool:
    """Whether everyone who reads in both compared arms reads each case in the first of them first."""
    earlier, later = contrast(document)
    reads, orders = arms_read(document), []
    for reader in document["readers"]:
        sequence = document["design"]["sequences"][reader["sequence"] - 1]
        cells = [sequence[number - 1] for number in reader["periods"]]
        for group in range(len(cells[0])):
            arms = [arm for cell in cells for arm in reads[cell[group]]]
            if earlier in arms and later in arms:
                orders.append(arms.index(earlier) < arms.index(later))
    return bool(orders) and all(orders)


def fingerprint(document: Document) -> str:
    """SHA-256 (hex) of the canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def with_washout(document: Document, *, hours: int, mode: str) -> Document:
    """The same protocol with this washout before every period but the first."""
    periods = [
        {**period, "washout_hours": 0 if period["number"] == 1 else hours} for period in document["periods"]
    ]
    return {**document, "periods": periods, "washout_mode": mode}


def without_cases(document: Document) -> Document:
    """The protocol alone, as it stood before a study opened with it."""
    return {key: value for key, value in document.items() if key not in FROZEN_AT_OPENING}
