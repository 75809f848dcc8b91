"""Invariants that live in the database, written once for SQLite and PostgreSQL."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

_SQLITE_REFUSE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
"""

_POSTGRES_REFUSE = """
CREATE FUNCTION {table}_refuse_{verb}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {condition} RAISE EXCEPTION '{table} is append-only'; END $$;
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_refuse_{verb}();
"""

_POSTGRES_TRUNCATE = """
CREATE FUNCTION {table}_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table} is append-only'; END $$;
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse_truncate();
"""


class _DatabaseOnly(Operation):
    """An operation that changes nothing in Django's own picture of the models."""

    reduces_to_sql = True
    reversible = False

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_backwards(self, *_: Any) -> None:
        raise NotImplementedError("an invariant is not taken back")


class StatesTriggers(_DatabaseOnly):
    """An operation that is triggers. SQLite gets them at the end of all migrations (common/triggers.py)."""

    def sqlite_triggers(self) -> dict[str, str]:
        """Name to SQL, for SQLite."""
        raise NotImplementedError

    def postgres(self) -> list[str]:
        """The statements, for PostgreSQL."""
        raise NotImplementedError

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for sql in self.postgres():
                schema_editor.execute(sql, params=None)


class AppendOnly(StatesTriggers):
    """Rows of `table` can be inserted and nothing else.

    unless: an SQL condition on OLD, in words both databases know, under which a row may still change or
    be deleted, such as "OLD.frozen_at IS NULL".
    """

    def __init__(self, table: str, unless: str = "") -> None:
        self.table = table
        self.unless = unless

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.table], {"unless": self.unless} if self.unless else {}

    def sqlite_triggers(self) -> dict[str, str]:
        when = f"WHEN NOT ({self.unless})" if self.unless else ""
        return {
            f"{self.table}_no_{verb}": _SQLITE_REFUSE.format(
                table=self.table, verb=verb, VERB=verb.upper(), when=when
            )
            for verb in ("update", "delete")
        }

    def postgres(self) -> list[str]:
        statements = []
        for verb, result in (("update", "NEW"), ("delete", "OLD")):
            condition = f"IF {self.unless} THEN RETURN {result}; END IF;" if self.unless else ""
            statements.append(
                _POSTGRES_REFUSE.format(table=self.table, verb=verb, VERB=verb.upper(), condition=condition)
            )
        return [*statements, _POSTGRES_TRUNCATE.format(table=self.table)]

    def describe(self) -> str:
        return f"Make {self.table} append-only"


class Refuse(StatesTriggers):
    """One kind of change of `table` is refused wherever the SQL condition `when` holds.

    verb: insert, update or delete. when: on NEW and OLD, in words both databases know.
    rule: names the invariant, part of the trigger's name and of the error.
    """

    def __init__(self, table: str, verb: str, rule: str, when: str) -> None:
        self.table, self.verb, self.rule, self.when = table, verb, rule, when

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.table, self.verb, self.rule, self.when], {}

    @property
    def name(self) -> str:
        """The trigger's name."""
        return trigger_name(self.table, self.verb, self.rule)

    def _parts(self) -> tuple[str, str]:
        message = f"{self.table}: {self.rule.replace('_', ' ')}"
        return message, f"CREATE TRIGGER {self.name} BEFORE {self.verb.upper()} ON {self.table}"

    def sqlite_triggers(self) -> dict[str, str]:
        message, before = self._parts()
        return {self.name: f"{before} WHEN {self.when} BEGIN SELECT RAISE(ABORT, '{message}'); END;"}

    def postgres(self) -> list[str]:
        message, before = self._parts()
        row = "OLD" if self.verb == "delete" else "NEW"
        return [
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {self.when} THEN RAISE EXCEPTION '{message}'; END IF; RETURN {row}; END $$; "
            f"{before} FOR EACH ROW EXECUTE FUNCTION {self.name}();"
        ]

    def describe(self) -> str:
        return f"Refuse {self.verb} of {self.table}: {self.rule}"


class Withdraw(_DatabaseOnly):
    """An invariant stated by `Refuse` holds no longer, or is stated anew by a later operation."""

    def __init__(self, table: str, verb: str, rule: str) -> None:
        self.table, self.verb, self.rule = table, verb, rule

    @property
    def name(self) -> str:
        """The trigger's name."""
        return trigger_name(self.table, self.verb, self.rule)

    @property
    def function(self) -> str:
        """The function behind it, in PostgreSQL."""
        return self.name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.table, self.verb, self.rule], {}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION {self.function}() CASCADE", params=None)

    def describe(self) -> str:
        return f"Withdraw from {self.table}: {self.rule}"


class WithdrawAppendOnly(Withdraw):
    """One verb (update or delete) that `AppendOnly` refuses is stated anew by a later operation."""

    def __init__(self, table: str, verb: str) -> None:
        super().__init__(table, verb, "no")

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.table, self.verb], {}

    @property
    def name(self) -> str:
        """The trigger's name."""
        return f"{self.table}_no_{self.verb}"

    @property
    def function(self) -> str:
        """The function behind it, in PostgreSQL."""
        return f"{self.table}_refuse_{self.verb}"


class PostgresFunction(_DatabaseOnly):
    """A function of the database; SQLite, with one writer at a time, does without."""

    def __init__(self, name: str, sql: str) -> None:
        self.name, self.sql = name, sql

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.name, self.sql], {}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(self.sql, params=None)

    def describe(self) -> str:
        return f"State the function {self.name}"


def trigger_name(table: str, verb: str, rule: str) -> str:
    """The name of the trigger and function of a rule."""
    return f"{table}_{rule}_{verb}"


class CaptureChanges(StatesTriggers):
    """Every insert, update and delete of `table` leaves a row in audit_change, whoever made it.

    columns: the columns whose values before and after are kept (no answers, no texts of people).
    """

    def __init__(self, table: str, columns: list[str]) -> None:
        self.table = table
        self.columns = columns

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.table, self.columns], {}

    def sqlite_triggers(self) -> dict[str, str]:
        return {f"{self.table}_capture_{verb}": self._sqlite(verb) for verb in ("insert", "update", "delete")}

    def postgres(self) -> list[str]:
        return [self._postgres()]

    def _sqlite(self, verb: str) -> str:
        def row(which: str) -> str:
            pairs = ", ".join(f"'{c}', {which}.{c}" for c in self.columns)
            return f"json_object({pairs})"

        before = "NULL" if verb == "insert" else row("OLD")
        after = "NULL" if verb == "delete" else row("NEW")
        key = "OLD.id" if verb == "delete" else "NEW.id"
        return (
            f"CREATE TRIGGER {self.table}_capture_{verb} AFTER {verb.upper()} ON {self.table} BEGIN "
            "INSERT INTO audit_change (at, table_name, verb, row_id, before, after) VALUES "
            f"(strftime('%Y-%m-%d %H:%M:%f', 'now'), '{self.table}', '{verb}', CAST({key} AS TEXT), "
            f"{before}, {after}); END;"
        )

    def _postgres(self) -> str:
        def row(which: str) -> str:
            pairs = ", ".join(f"'{c}', {which}.{c}" for c in self.columns)
            return f"jsonb_build_object({pairs})"

        name = f"{self.table}_capture"
        return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE b jsonb; a jsonb; k text;
        BEGIN
          IF TG_OP <> 'INSERT' THEN b := {row("OLD")}; k := OLD.id::text; END IF;
          IF TG_OP <> 'DELETE' THEN a := {row("NEW")}; k := NEW.id::text; END IF;
          INSERT INTO audit_change (at, table_name, verb, row_id, before, after)
          VALUES (clock_timestamp(), '{self.table}', lower(TG_OP), k, b, a);
          RETURN NULL;
        END $$;
        CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {self.table}
        FOR EACH ROW EXECUTE FUNCTION {name}();
        """

    def describe(self) -> str:
        return f"Capture every change of {self.table}"
