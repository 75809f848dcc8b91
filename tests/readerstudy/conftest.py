"""Stand-ins for what other rooms render, for tests of who may be sent it."""

from typing import Any

import pytest

from readerstudy.exams.models import Instance, Series
from readerstudy.predictions.models import ModicMap

CANARY = "canary-7f3a"


@pytest.fixture
def stand_in_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images of exams that have rows but no files."""

    def metadata(series: Series) -> list[dict[str, Any]]:
        return [{"00080018": {"vr": "UI", "Value": [i.sop_uid]}} for i in series.instances.all()]

    def frame(instance: Instance) -> bytes:
        return f"pixels of {instance.series.kind} {instance.index}".encode()

    monkeypatch.setattr("readerstudy.exams.rendering.metadata", metadata)
    monkeypatch.setattr("readerstudy.exams.rendering.frame", frame)


@pytest.fixture
def stand_in_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Maps that have rows but no files."""

    def map_json(modic_map: ModicMap, levels: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "slices": [],
            "labels": [],
            "remarks": [f"Remark of {CANARY}."],
            "sha256": modic_map.sha256,
            "model": {"localize": CANARY},
        }

    monkeypatch.setattr("readerstudy.predictions.selectors.map_json", map_json)
