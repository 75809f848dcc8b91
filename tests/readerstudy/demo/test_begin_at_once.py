"""Simulations begun at the same time, each on a connection of its own: one of them runs."""

import threading
import time
from pathlib import Path

import pytest
from django.db import connection

from readerstudy.audit.models import Event
from readerstudy.common.errors import Conflict
from readerstudy.demo import runs
from readerstudy.studies import protocol, services
from readerstudy.studies.models import Study
from tests import cast
from tests.readerstudy.demo.test_simulation_button import WISH

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture
def drafts(settings, tmp_path: Path) -> list[Study]:
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    actor = cast.coordinator()
    return [
        services.create_study(actor=actor, name=f"Draft {n}", document=protocol.make(readers=2))
        for n in range(2)
    ]


def test_two_drafts_begun_at_once_run_one_simulation(drafts, monkeypatch) -> None:
    """Whoever looks takes time over it, so that both would have looked before either wrote."""
    looked = runs.runs_of

    def slowly(study: Study) -> list[runs.Run]:
        found = looked(study)
        time.sleep(0.4)
        return found

    monkeypatch.setattr(runs, "runs_of", slowly)
    monkeypatch.setattr(runs, "_start", lambda folder, wish: None)
    together, said = threading.Barrier(2), []

    def begin(draft: Study) -> None:
        try:
            together.wait()
            runs.begin(actor=draft.created_by, study=draft, wish=WISH)
            said.append("begun")
        except Conflict as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=begin, args=[draft]) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["begun", "running"]
    assert sum(len(looked(draft)) for draft in drafts) == 1
    assert Event.objects.filter(action="simulation.begun").count() == 1


def test_one_that_could_not_be_written_down_is_not_there(drafts, monkeypatch) -> None:
    def refused(**kwargs: object) -> None:
        raise RuntimeError("no event, no simulation")

    monkeypatch.setattr(runs.audit, "record", refused)
    with pytest.raises(RuntimeError):
        runs.begin(actor=drafts[0].created_by, study=drafts[0], wish=WISH)
    assert runs.runs_of(drafts[0]) == []
