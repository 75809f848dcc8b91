"""Studies at the moments that matter, and stand-ins for what other rooms render."""

import sys
from types import ModuleType
from typing import Any

import pytest
import time_machine

from readerstudy.exams.models import Instance, Series
from readerstudy.predictions.models import ModicMap
from tests import factories

CANARY = "canary-7f3a"


@pytest.fixture(autouse=True)
def _images(monkeypatch: pytest.MonkeyPatch) -> None:
    rendering = ModuleType("readerstudy.exams.rendering")

    def metadata(series: Series) -> list[dict[str, Any]]:
        return [{"00080018": {"vr": "UI", "Value": [i.sop_uid]}} for i in series.instances.all()]

    def frame(instance: Instance) -> bytes:
        return f"pixels of {instance.series.kind} {instance.index}".encode()

    rendering.metadata, rendering.frame = metadata, frame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, rendering.__name__, rendering)
    import readerstudy.exams

    monkeypatch.setattr(readerstudy.exams, "rendering", rendering, raising=False)


@pytest.fixture(autouse=True)
def _maps(monkeypatch: pytest.MonkeyPatch) -> None:
    selectors = ModuleType("readerstudy.predictions.selectors")

    def map_json(modic_map: ModicMap, levels: list[dict[str, Any]]) -> dict[str, Any]:
        return {"slices": [], "labels": [], "sha256": modic_map.sha256, "model": {"localize": CANARY}}

    selectors.map_json = map_json  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, selectors.__name__, selectors)
    import readerstudy.predictions

    monkeypatch.setattr(readerstudy.predictions, "selectors", selectors, raising=False)


@pytest.fixture
def study(db):
    """Two cases, three readers, just opened."""
    return factories.make_study(cases=2)


@pytest.fixture
def travel():
    """A clock that stands still until moved: `travel.shift(timedelta(...))`."""
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as traveller:
        yield traveller
