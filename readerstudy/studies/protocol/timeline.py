"""Versions of a protocol in the order in which they take effect, and amending while one of them waits. Pure.

In force at a moment is the last signed version whose time has come. What an amendment changes is put on the
version in force just before it takes effect. A version that takes effect after it is carried over: signed
again, with the amendment in it, under the next number and for the same time. What a waiting version states
is stated by no other amendment until it holds, so that the order of signing decides nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from readerstudy.studies.protocol.document import Document

_WORDS = {
    "washout_hours": "the washout before period {}",
    "closes_at": "the closing of period {}",
    "name": "the name of period {}",
    "pacing": "breaks and caps",
    "washout_mode": "how the washout is counted",
    "opens_at_local_hour": "the hour to which an opening is rounded up",
}
Statement = tuple[str, int]
"""What can be stated anew: a key of the protocol (0), or of one of its periods (its number)."""


@dataclass(frozen=True)
class Version:
    """A signed version. since: from when it holds; None where that is from its signing on."""

    number: int
    document: Document
    since: datetime | None


@dataclass(frozen=True)
class Step:
    """A version to be written. base: the number of the version it is put on; None for the step before it.
    carries: the number of the waiting version in whose place it takes effect."""

    base: int | None
    document: Document
    effective_at: datetime | None
    carries: int | None = None


def in_force(versions: Sequence[Version], at: datetime) -> Version:
    """Which of the versions, in the order of their numbers, is in force at this moment, now or to come."""
    return [version for version in versions if version.since is None or version.since <= at][-1]


def waiting(versions: Sequence[Version], now: datetime) -> list[Version]:
    """The versions that will come to be in force, in the order of their times; replaced ones will not."""
    moments = sorted({version.since for version in versions if version.since and version.since > now})
    return [in_force(versions, moment) for moment in moments]


def touched(old: Document, new: Document) -> dict[Statement, Any]:
    """What `new` states differently, with what it states; None where it no longer does."""
    found: dict[Statement, Any] = {
        (key, 0): new.get(key)
        for key in old.keys() | new.keys()
        if key != "periods" and old.get(key) != new.get(key)
    }
    after = {period["number"]: period for period in new["periods"]}
    for period in old["periods"]:
        stated = after.get(period["number"], {})
        for key in period.keys() | stated.keys():
            if period.get(key) != stated.get(key):
                found[key, period["number"]] = stated.get(key)
    return found


def applied(base: Document, changes: dict[Statement, Any]) -> Document:
    """`base` with these statements in it."""
    made = {**base, "periods": [dict(period) for period in base["periods"]]}
    rows = {period["number"]: period for period in made["periods"]}
    for (key, period), value in changes.items():
        row = rows[period] if period else made
        if value is None and key != "opens_at_local_hour":
            row.pop(key, None)
        else:
            row[key] = value
    return made


def steps(
    versions: Sequence[Version], wished: Document, *, now: datetime, effective_at: datetime | None
) -> list[Step]:
    """What is written for an amendment of the version in force to `wished`: itself, and what it moves along.

    Periods are those of the version in force; whoever adds or takes away one is refused elsewhere.
    """
    current, coming = in_force(versions, now), waiting(versions, now)
    at = effective_at or now
    before = [version for version in coming if version.since and version.since <= at]
    base = before[-1] if before else current
    document = wished if base is current else applied(base.document, touched(current.document, wished))
    made = [Step(base.number, document, effective_at)]
    previous = base
    for version in coming[len(before) :]:
        carried = applied(made[-1].document, touched(previous.document, version.document))
        made.append(Step(None, carried, version.since, carries=version.number))
        previous = version
    return made


def conflicts(
    versions: Sequence[Version], wished: Document, *, now: datetime, effective_at: datetime | None
) -> Iterator[str]:
    """What of an amendment a waiting version stands against, each with what to do."""
    previous = in_force(versions, now)
    own = touched(previous.document, wished).keys()
    for version in waiting(versions, now):
        if version.since == effective_at:
            yield f"Version {version.number} takes effect at the same moment: name another one."
        both = own & touched(previous.document, version.document).keys()
        for key, period in sorted(both):
            what = _WORDS.get(key, f"“{key.replace('_', ' ')}”").format(period)
            yield (
                f"Version {version.number} changes {what} too and takes effect on {_when(version)}: leave it "
                "as it is here, or amend it once that version holds."
            )
        previous = version


def _when(version: Version) -> str:
    return f"{version.since:%-d %B %Y, %H:%M} UTC" if version.since else "opening"
