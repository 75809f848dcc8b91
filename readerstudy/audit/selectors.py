"""Reading the audit trail."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Model

from readerstudy.audit.models import Event
from readerstudy.audit.policies import HASHED_FIELDS, Break, verify_chain


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
