"""Emptying a database whose tables refuse to be emptied: for tests only, as its owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def triggers_lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Take the append-only triggers away and put them back; needs the owner's rights (SQLite, superuser)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            try:
                yield
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers: list[tuple[str, str]] = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        try:
            yield
        finally:
            for _, sql in triggers:
                cursor.execute(sql)


def let_flush_empty_append_only_tables(monkeypatch: Any) -> None:
    """Make Django's flush after a transactional test work on append-only tables."""
    from django.db import connection

    plain = type(connection.ops).execute_sql_flush

    def flush(operations: Any, sql_list: list[str]) -> None:
        with triggers_lifted(operations.connection):
            plain(operations, sql_list)

    monkeypatch.setattr(type(connection.ops), "execute_sql_flush", flush)
