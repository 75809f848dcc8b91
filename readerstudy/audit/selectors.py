"""Reading the audit trail."""

from collections.abc import Iterator
from typing import Any

from readerstudy.audit.models import Event
from readerstudy.audit.policies import HASHED_FIELDS, Break, verify_chain


def chain() -> Iterator[dict[str, Any]]:
    """All events in order, as plain values."""
    yield from Event.objects.order_by("seq").values(*HASHED_FIELDS, "hash").iterator(chunk_size=2000)


def head() -> tuple[int, str] | None:
    """(seq, hash) of the last event; to be exported and kept elsewhere."""
    last = Event.objects.order_by("-seq").values_list("seq", "hash").first()
    return last


def breaks(known_head: tuple[int, str] | None = None) -> list[Break]:
    """Every break of the chain; empty if it holds."""
    return list(verify_chain(chain(), head=known_head))
