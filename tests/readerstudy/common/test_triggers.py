"""Invariants outlast migrations that build a table anew."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from readerstudy.common import triggers
from readerstudy.studies.models import Study
from tests import factories
from tests.readerstudy.reads.desk import desk

pytestmark = [pytest.mark.usefixtures("stand_in_images")]


@pytest.mark.django_db
def test_every_stated_trigger_stands_after_all_migrations() -> None:
    if connection.vendor == "sqlite":
        applied = frozenset(MigrationRecorder(connection).applied_migrations())
        assert triggers.standing(connection) == set(triggers.stated(applied))
        assert "reads_exposure_kept_delete" in triggers.standing(connection)


@pytest.mark.django_db(transaction=True)
def test_triggers_are_lifted_while_a_table_is_built_anew_and_stated_again() -> None:
    """Studies are named by triggers of other tables: SQLite alone could not rebuild them."""
    if connection.vendor != "sqlite":
        return
    before = triggers.standing(connection)
    study = factories.make_study(cases=1)
    desk(study, 1).open()
    triggers.lift(using="default", plan=["a migration"])
    assert triggers.standing(connection) == set()
    with connection.schema_editor() as editor:
        editor._remake_table(Study)
    triggers.restate(using="default")
    assert triggers.standing(connection) == before
    with pytest.raises(DatabaseError, match="kept once open"), transaction.atomic():
        connection.cursor().execute("DELETE FROM studies_study")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lifted_where_nothing_is_migrated() -> None:
    before = triggers.standing(connection) if connection.vendor == "sqlite" else set()
    call_command("migrate", verbosity=0)
    if connection.vendor == "sqlite":
        assert triggers.standing(connection) == before != set()
