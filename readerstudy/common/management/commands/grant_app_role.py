"""`manage.py grant_app_role ROLE`: the rights web and workers need on PostgreSQL, and none beyond.

Run as the owner of the tables, after every `migrate`. The role reads and writes rows and owns nothing: it
can't switch a trigger off, and on append-only tables it can add rows and nothing else.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from readerstudy.common.database import AppendOnly


def append_only_tables() -> list[str]:
    """Tables of which no row may ever change, as the migrations state it."""
    return sorted(
        operation.table
        for migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.values()
        for operation in migration.operations
        if isinstance(operation, AppendOnly) and not operation.unless
    )


class Command(BaseCommand):
    help = "Give an existing PostgreSQL role the rights of web and workers: rows, and nothing else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="Name of a role that exists and owns nothing")

    def handle(self, *args: Any, role: str, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has roles; SQLite knows one owner.")
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in self._statements(connection.ops.quote_name(role)):
                cursor.execute(statement)
        self.stdout.write(f"{role} can read and add rows everywhere, change them except where append-only.")

    def _statements(self, role: str) -> list[str]:
        quote = connection.ops.quote_name
        kept = ", ".join(quote(table) for table in append_only_tables())
        return [
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
            f"GRANT USAGE ON SCHEMA public TO {role}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            f"REVOKE UPDATE, DELETE ON {kept} FROM {role}",
            f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        ]
