"""Reading the audit trail."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Model

from readerstudy.audit.models import Event
from readerstudy.audit.policies import HASHED_FIELDS, Break, verify_chain
from readerstudy.common.statements import moment_of, rows

_MOMENTS = """
SELECT e.at FROM audit_event e WHERE e.object_type = %(kind)s AND e.object_id = %(key)s ORDER BY e.seq
"""


def moments_of(target: Model) -> list[datetime]:
    """When something was done to or with this object, in order."""
    found = rows(_MOMENTS, kind=target._meta.label_lower, key=str(target.pk))
    return [at for (kept,) in found if (at := moment_of(kept)) is not None]


def before_changes(target: Model, *, action: str, since: datetime) -> list[dict[str, Any]]:
    """What stood before each such change of this object since then, in order."""
    events = Event.objects.filter(
        object_type=target._meta.label_lower, object_id=str(target.pk), action=action, at__gte=since
    )
    return [before or {} for before in events.order_by("seq").values_list("before", flat=True)]


def chain(*, after: int = 0) -> Iterator[dict[str, Any]]:
    """All events in order, as plain values; those after a number."""
    events = Event.objects.filter(seq__gt=after).order_by("seq")
    yield from events.values(*HASHED_FIELDS, "hash").iterator(chunk_size=2000)


def head() -> tuple[int, str] | None:
    """(seq, hash) of the last event; to be exported and kept elsewhere."""
    last = Event.objects.order_by("-seq").values_list("seq", "hash").first()
    return last


def breaks(known_head: tuple[int, str] | None = None) -> list[Break]:
    """Every break of the chain; empty if it holds."""
    return list(verify_chain(chain(), head=known_head))
