"""The audit export of a study whose disagreements were adjudicated: its orders follow from the seed (D5)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from readerstudy.adjudication import services
from readerstudy.studies.models import Study
from tests.readerstudy.adjudication.conftest import adjudication, adjudicators, coordinator
from tests.readerstudy.adjudication.conftest import study as adjudicated_study
from tests.readerstudy.oversight.test_export import export, findings

__all__ = ["adjudicated_study", "adjudication", "adjudicators", "coordinator"]
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def study(adjudicated_study) -> Study:
    return adjudicated_study


def of_orders(folder: Path) -> list[str]:
    """What the script finds in orders; these reads were written without the events of their images."""
    return [found for found in findings(folder) if found.startswith("order")]


def test_d5_the_seed_stays_sealed_while_adjudicators_decide(study, adjudication, tmp_path) -> None:
    folder = export(study, tmp_path / "running")
    assert of_orders(folder) == []
    assert adjudication.seed not in (folder / "study.json").read_text()


def exchange(places: list[dict]) -> None:
    """The first two cases of a seat."""
    places[0]["case"], places[1]["case"] = places[1]["case"], places[0]["case"]


CHANGES: dict[str, tuple[Callable[[list[dict]], object], str]] = {
    "two cases exchanged": (lambda held: exchange(held[0]["places"]), "not the order that follows"),
    "another seed": (lambda held: held[0].update(seed="ab" * 32), "not the one that was committed to"),
    "another data set": (lambda held: held[0].update(dataset_sha256="0" * 64), "not the one that was opened"),
    "left out": (lambda held: held.clear(), "is left out"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_d5_orders_of_adjudicators_are_verified_once_it_is_over(
    study, adjudication, coordinator, tmp_path, change: str
) -> None:
    services.stop(actor=coordinator, adjudication=adjudication, reason="Another reader is asked.")
    folder = export(study, tmp_path / "stopped")
    assert of_orders(folder) == []
    alter, said = CHANGES[change]
    facts = json.loads((folder / "study.json").read_text())
    alter(facts["adjudications"])
    (folder / "study.json").write_text(json.dumps(facts))
    assert said in " ".join(of_orders(folder))
