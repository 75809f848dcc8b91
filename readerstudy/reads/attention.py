"""How long a case is really looked at: a window tells, the server checks.

A window beats every few seconds with the time since its last beat in which it was visible and not idle. What
it claims is counted up to the time that has passed here, so that no clock but the server's lengthens a read.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.common import clock
from readerstudy.common.errors import Conflict
from readerstudy.common.statements import change
from readerstudy.reads import guard, policies, seats
from readerstudy.reads.models import Attention, Read
from readerstudy.reads.states import Item


@dataclass(frozen=True)
class Display:
    """What a case is shown on. pattern_seen: None until the reader has said. renderer: what draws WebGL."""

    width: int
    height: int
    pixel_ratio: float
    colour_depth: int
    pattern_seen: bool | None
    webgl2: bool | None = None
    renderer: str = ""
    drawn_by: str = ""


def beat(
    *,
    reader: User,
    read_id: UUID,
    lease: str,
    active_ms: int,
    display: Display,
    leaving: bool = False,
) -> int:
    """Count what this window claims and return the read's active time, in ms. leaving: it is the last.

    Raises Conflict (`lease`) where another tab or device has the case now.
    """
    with guard.refusals_kept(user=reader, read_id=read_id, item=Item.OWN_ANSWERS), transaction.atomic():
        read = guard.find(user=reader, read_id=read_id, lock=True)
        guard.check_written(read=read)
        if lease != str(read.lease):
            raise Conflict(
                "This case was opened in another tab or on another device.",
                code="lease",
            )
        row = _counted(read, active_ms=active_ms)
        row.width, row.height = display.width, display.height
        row.pixel_ratio, row.colour_depth = display.pixel_ratio, display.colour_depth
        row.webgl2, row.renderer, row.drawn_by = display.webgl2, display.renderer, display.drawn_by
        if display.pattern_seen is not None:
            row.pattern_seen = display.pattern_seen
        row.save()
        seats.heard(read.assignment.enrolment, leaving=leaving)
    return row.active_ms


_COUNT = """
INSERT INTO reads_attention
    (read_id, active_ms, resting_ms, longest_rest_ms, beats, first_at, last_at, renderer, drawn_by)
VALUES (%(read)s, %(active_ms)s, %(resting_ms)s, %(longest_rest_ms)s, %(beats)s, %(first_at)s, %(last_at)s,
    '', '')
ON CONFLICT (read_id) DO UPDATE SET active_ms = excluded.active_ms, resting_ms = excluded.resting_ms,
    longest_rest_ms = excluded.longest_rest_ms, beats = excluded.beats, last_at = excluded.last_at
"""
_COUNTED = ("active_ms", "resting_ms", "longest_rest_ms", "beats", "first_at", "last_at")


def count(*, read: Read, active_ms: int) -> Attention:
    """Add a claim to the read's attention, and return it. Call within the transaction that holds the read."""
    row = _counted(read, active_ms=active_ms)
    change(_COUNT, read=read.pk, **{name: getattr(row, name) for name in _COUNTED})
    return row


def _counted(read: Read, *, active_ms: int) -> Attention:
    now = clock.now()
    row = getattr(read, "attention", None) or Attention(read=read, first_at=now, last_at=read.opened_at)
    gained = policies.active_ms_gained(claimed_ms=active_ms, since=row.last_at, now=now)
    rest = policies.rest_ms(resting_ms=row.resting_ms, gained_ms=gained, since=row.last_at, now=now)
    row.active_ms += gained
    row.longest_rest_ms = max(row.longest_rest_ms, rest)
    row.resting_ms = 0 if gained else rest
    row.beats += 1
    row.last_at = max(now, row.last_at)
    return row
