"""The hash chain, as pure functions."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64

HASHED_FIELDS = (
    "seq",
    "at",
    "clock_offset_s",
    "actor_id",
    "actor",
    "role",
    "session",
    "address",
    "action",
    "object_type",
    "object_id",
    "study_id",
    "before",
    "after",
    "reason",
    "previous_hash",
)


def event_text(fields: dict[str, Any]) -> str:
    """The event's canonical JSON: sorted keys, no spaces, times in UTC with microseconds."""
    canonical = {name: _plain(fields[name]) for name in HASHED_FIELDS}
    return json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def event_hash(fields: dict[str, Any]) -> str:
    """SHA-256 (hex) of the event's canonical JSON in UTF-8."""
    return hashlib.sha256(event_text(fields).encode()).hexdigest()


def sealed_text(fields: dict[str, Any]) -> str:
    """What an export says of an event that is not its study's: its number and the hash before it."""
    known = {"previous_hash": fields["previous_hash"], "sealed": True, "seq": fields["seq"]}
    return json.dumps(known, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold, and why."""

    seq: int
    what: str


def verify_chain(events: Iterable[dict[str, Any]], *, head: tuple[int, str] | None = None) -> Iterator[Break]:
    """Every break in events ordered by `seq`: an edit, a deletion, a reordering, a cut-off tail.

    head: (seq, hash) of the last event as exported earlier; without it a cut-off tail can't be seen.
    """
    previous, expected_seq, seen = GENESIS, 1, {}
    for event in events:
        if event["seq"] != expected_seq:
            yield Break(expected_seq, f"event {expected_seq} is missing; {event['seq']} follows")
            expected_seq = event["seq"]
        elif event["previous_hash"] != previous:
            yield Break(event["seq"], "does not follow from the event before it")
        if event_hash(event) != event["hash"]:
            yield Break(event["seq"], "content does not match its hash")
        previous, expected_seq = event["hash"], expected_seq + 1
        seen[event["seq"]] = event["hash"]
    if head is not None and seen.get(head[0]) != head[1]:
        yield Break(head[0], "the exported head is not in the chain: the tail was cut off or replaced")
