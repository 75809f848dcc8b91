"""Keeps SQLite's triggers through migrations.

SQLite changes a table by building it anew, which loses its triggers and fails while a trigger of another
table names it. So they are lifted before anything is migrated, and what the applied migrations state is
stated again afterwards. PostgreSQL needs none of this.
"""

import functools
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from readerstudy.common.database import StatesTriggers, Withdraw


def lift(*, using: str, plan: list[Any], **_: Any) -> None:
    """Before a migration: take every trigger away (SQLite)."""
    connection = connections[using]
    if connection.vendor != "sqlite" or not plan:
        return
    with connection.cursor() as cursor:
        for name in standing(connection):
            cursor.execute(f"DROP TRIGGER {name}")


def restate(*, using: str, **_: Any) -> None:
    """After it: state every trigger that the applied migrations state and that is not there (SQLite)."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    applied = MigrationRecorder(connection).applied_migrations()
    there = standing(connection)
    with connection.cursor() as cursor:
        for name, sql in stated(frozenset(applied)).items():
            if name not in there:
                cursor.execute(sql)


def standing(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of the triggers that an SQLite database has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


@functools.lru_cache(maxsize=4)
def stated(applied: frozenset[tuple[str, str]]) -> dict[str, str]:
    """Name to SQL of every trigger that these migrations state and none of them withdraws, for SQLite."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    found: dict[str, str] = {}
    for key in _in_order(loader):
        if key not in applied:
            continue
        for operation in loader.disk_migrations[key].operations:
            if isinstance(operation, StatesTriggers):
                found |= operation.sqlite_triggers()
            elif isinstance(operation, Withdraw):
                del found[operation.name]
    return found


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    ordered: dict[tuple[str, str], None] = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        ordered |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return list(ordered)
