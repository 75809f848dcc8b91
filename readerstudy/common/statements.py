"""Statements written out, for what is asked and kept at every image and answer: the ORM takes longer to word
them than a database to answer. In words that SQLite and PostgreSQL both know."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

_LISTS = (list, tuple, set, frozenset)


def rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement. `%(name)s` stands for a value; a collection stands for its members.

    UUIDs come back as the database keeps them (`uuid_of`), times likewise (`moment_of`).
    """
    with _executed(sql, values) as cursor:
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def change(sql: str, **values: Any) -> int:
    """Run a statement that writes; how many rows it did."""
    with _executed(sql, values) as cursor:
        return int(cursor.rowcount)


@contextmanager
def _executed(sql: str, values: dict[str, Any]) -> Iterator[Any]:
    given: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, _LISTS):
            members = {f"{name}_{place}": _kept(one) for place, one in enumerate(value)}
            sql = sql.replace(f"%({name})s", ", ".join(f"%({member})s" for member in members))
            given |= members
        else:
            given[name] = _kept(value)
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        yield cursor


def uuid_of(kept: UUID | str) -> UUID:
    """A UUID as it came back."""
    return kept if isinstance(kept, UUID) else UUID(kept)


def at_of(kept: datetime | str) -> datetime:
    """A time (UTC) that is there, as it came back."""
    at = moment_of(kept)
    assert at is not None
    return at


def moment_of(kept: datetime | str | None) -> datetime | None:
    """A time (UTC) as it came back."""
    if kept is None or isinstance(kept, datetime):
        return kept if kept is None or kept.tzinfo else kept.replace(tzinfo=UTC)
    return datetime.fromisoformat(kept).replace(tzinfo=UTC)


def _kept(value: Any) -> Any:
    """As the database keeps it: SQLite has neither UUIDs nor times."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value.hex if isinstance(value, UUID) and connection.vendor == "sqlite" else value
