"""What is handed in can't be changed by anyone who only has the application's rights (trust 11)."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from readerstudy.audit import selectors as audit
from readerstudy.common.management.commands.grant_app_role import append_only_tables
from readerstudy.reads.models import Grade, Read
from tests import factories
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = pytest.mark.both_databases
ROLE = "readerstudy_app"

CHANGES = [
    "UPDATE reads_read SET version = 99 WHERE state = 'submitted'",
    "UPDATE reads_read SET state = 'draft', submitted_at = NULL WHERE state = 'submitted'",
    "DELETE FROM reads_read WHERE state = 'submitted'",
    "UPDATE reads_grade SET grade = 3",
    "DELETE FROM reads_grade",
    "INSERT INTO reads_grade (read_id, level, half, grade, not_gradable, in_bulk, at, reader_id) "
    "SELECT read_id, 'T1', 'upper', 1, '', in_bulk, at, reader_id FROM reads_grade LIMIT 1",
    "UPDATE reads_exposure SET last_at = first_at",
    "UPDATE reads_exposure SET period_id = period_id + 1",
    "DELETE FROM reads_exposure",
    "UPDATE reads_keptinput SET answers = '[]'",
    "DELETE FROM reads_keptinput",
    "UPDATE studies_protocol SET document = '{}'",
    "DELETE FROM studies_protocol",
    "UPDATE studies_assignment SET position = position + 100",
    "DELETE FROM studies_assignment",
    "UPDATE studies_study SET state = 'draft'",
    "DELETE FROM studies_study",
    "UPDATE audit_event SET actor = 'nobody'",
    "DELETE FROM audit_event",
    "UPDATE audit_change SET verb = 'none'",
    "DELETE FROM audit_change",
    "UPDATE predictions_modicmap SET sha256 = ''",
    "DELETE FROM predictions_modicmap",
]
TABLES = ["reads_read", "reads_grade", "audit_event", "audit_change", "studies_protocol"]
BEYOND_ROWS = [
    attack.format(table=table)
    for table in TABLES
    for attack in (
        "TRUNCATE {table} CASCADE",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "ALTER TABLE {table} DISABLE TRIGGER USER",
        "DROP TRIGGER {table}_no_delete ON {table}",
        "ALTER TABLE {table} ADD COLUMN spare int",
        "ALTER TABLE {table} OWNER TO CURRENT_USER",
        "DROP TABLE {table} CASCADE",
        "CREATE RULE quiet AS ON DELETE TO {table} DO INSTEAD NOTHING",
    )
] + [
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION reads_grade_refuse_update() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RETURN NEW; END $$",
    "DROP FUNCTION reads_grade_refuse_update() CASCADE",
    f"ALTER ROLE {ROLE} SUPERUSER",
]


def read_to_the_end() -> None:
    study = factories.make_study(cases=1)
    reader = desk(study, 1)
    reader.read_one()
    other = desk(study, 2)
    read = other.open()
    other.look(read)
    other.put_draft(read, answers_to(read, leave_out=1))
    other.open()
    assert other.put_draft(read, answers_to(read, grade=1)).json()["kept"] is True


def everything() -> dict[str, list]:
    with connection.cursor() as cursor:
        contents = {}
        for table in [*TABLES, "reads_exposure", "reads_keptinput", "studies_assignment", "studies_study"]:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            contents[table] = cursor.fetchall()
    return contents


def gone_through(statements: list[str]) -> list[str]:
    """The statements that were not refused. A statement that touches no row counts as gone through."""
    through = []
    for statement in statements:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError:
            continue
        through.append(statement)
    return through


@pytest.mark.django_db
def test_trust_11_no_statement_changes_what_is_handed_in() -> None:
    read_to_the_end()
    before = everything()
    assert gone_through(CHANGES) == []
    assert everything() == before
    assert Read.objects.filter(state="submitted").count() == 1
    assert Grade.objects.count() == 12


@pytest.mark.django_db
def test_trust_11_a_draft_can_still_be_worked_on() -> None:
    read_to_the_end()
    assert Read.objects.filter(state="draft").update(version=7) == 1


@contextmanager
def as_app_role() -> Iterator[None]:
    """The application's own connection, signed in as a role that owns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN")
    call_command("grant_app_role", ROLE, stdout=StringIO())
    owner = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = ROLE
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"] = owner
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


@pytest.mark.django_db(transaction=True)
def test_trust_11_the_app_role_reads_and_submits_but_never_changes() -> None:
    """On PostgreSQL the whole story runs as that role, and then it attacks; SQLite has no roles to give."""
    if connection.vendor == "sqlite":
        with pytest.raises(CommandError, match="one owner"):
            call_command("grant_app_role", ROLE)
        return
    with as_app_role():
        read_to_the_end()
        before = everything()
        with connection.cursor() as cursor:
            cursor.execute(f"GRANT ALL ON reads_grade TO {ROLE}")  # a warning, and without effect
            cursor.execute("SELECT has_table_privilege('reads_grade', 'UPDATE, DELETE, TRUNCATE, TRIGGER')")
            assert cursor.fetchone() == (False,)
        assert gone_through([*CHANGES, *BEYOND_ROWS]) == []
        assert everything() == before
        assert audit.breaks() == []


def test_trust_11_the_tables_that_only_grow_are_known() -> None:
    assert {"audit_event", "audit_change", "reads_grade", "predictions_modicmap"} <= set(append_only_tables())
    assert "reads_read" not in append_only_tables(), "a draft changes until it is handed in"
