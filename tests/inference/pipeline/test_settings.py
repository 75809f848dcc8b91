"""What lies beside the weights travels into the settings, and from there into every result."""

import json
from pathlib import Path

import pytest

from inference.networks.digest import model_digest
from inference.networks.embedded import WEIGHTS
from inference.pipeline import MapError, MapSettings
from inference.steps.bands import NAMES, Bands
from inference.steps.endplates import Calibration
from inference.steps.modicmap import Centroids


def beside(folder: Path, text: str) -> MapSettings:
    (folder / "detect").mkdir()
    (folder / "detect" / "settings.json").write_text(text)
    return MapSettings.beside(folder)


def test_threshold_and_calibration_are_read_and_stored_with_the_result(tmp_path: Path) -> None:
    data = {"weights_sha256": "a", "threshold": 0.4, "calibration": {"slope": 1.5, "intercept": -0.5}}
    found = beside(tmp_path, json.dumps(data))
    assert (found.threshold, found.calibration) == (0.4, Calibration(1.5, -0.5))
    assert found.to_json()["calibration"] == {"slope": 1.5, "intercept": -0.5}
    assert MapSettings.beside(tmp_path, threshold=0.9).threshold == 0.9
    assert found.localizer_sha256 == ""


def test_bands_are_read_and_stored_with_the_result(tmp_path: Path) -> None:
    bands = Bands(tuple(float(n) for n in range(len(NAMES))), -0.5)
    data = {"weights_sha256": "a", "threshold": 0.4, "calibration": {"slope": 1.5, "intercept": -0.5}}
    found = beside(tmp_path, json.dumps(data | {"bands": bands.to_json()}))
    assert found.bands == bands
    assert found.to_json()["bands"] == bands.to_json()


def test_a_calibration_of_other_weights_is_refused(tmp_path: Path) -> None:
    weights = tmp_path / "detect" / "1"
    weights.mkdir(parents=True)
    (weights / "saved_model.pb").write_bytes(b"one network")
    data = {"threshold": 0.4, "calibration": {"slope": 1.5, "intercept": -0.5}}
    path = tmp_path / "detect" / "settings.json"
    path.write_text(json.dumps(data | {"weights_sha256": model_digest(weights)}))
    assert MapSettings.beside(tmp_path).threshold == 0.4
    (weights.parent / "2").mkdir()
    (weights.parent / "2" / "saved_model.pb").write_bytes(b"another")
    with pytest.raises(MapError, match="fitted to other weights than those beside it: calibrate"):
        MapSettings.beside(tmp_path)


def test_without_files_the_defaults_stand(tmp_path: Path) -> None:
    assert MapSettings.beside(tmp_path) == MapSettings()


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", '{"threshold": 0.4}', '{"threshold": "x", "calibration": {}}'),
        '{"threshold": 0.4, "calibration": {"slope": 1.5, "intercept": -0.5}}',
        '{"weights_sha256": "a", "threshold": 0.4, "calibration": {"slope": 1, "intercept": 0}, "bands": {}}',
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"settings\.json"):
        beside(tmp_path, text)


def test_the_shipped_files_are_read() -> None:
    shipped = MapSettings.beside(WEIGHTS)
    assert shipped.centroids == Centroids.from_file(WEIGHTS / "detect" / "centroids.json")
    assert 0.0 < shipped.threshold < 1.0


def test_z_scores_are_flattened_as_they_were_for_the_centroids(tmp_path: Path) -> None:
    (tmp_path / "detect").mkdir()
    own = Centroids((0, 1), (1, 0), (-1, -1), "fitted", flattened=False)
    (tmp_path / "detect" / "centroids.json").write_text(json.dumps(own.to_json()))
    assert not MapSettings.beside(tmp_path).flatten
    assert MapSettings.beside(tmp_path, flatten=True).flatten
