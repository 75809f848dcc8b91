"""Scores become probabilities that hold at the stated prevalence."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.cli import main
from inference.networks.digest import model_digest
from inference.phantom import make_phantom
from inference.pipeline import MapError, MapSettings
from inference.steps.bands import NAMES, Bands
from inference.steps.endplates import Calibration
from inference.training import inprocess, report
from inference.training.calibrate import (
    Scored,
    calibrate,
    calibration_figures,
    of_exams,
    of_records,
    threshold,
)
from inference.training.known_truth import HalfRecord
from inference.training.lesions import Lesion
from inference.training.phantoms import phantom_exams
from inference.training.vnet import DETECT_SHAPE, VNet
from tests.inference.pipeline.perfect import detector_for, localizer_for


def halves(count: int, share: float, seed: int) -> list[Scored]:
    """Scores whose log odds are normal, two apart: by Bayes slope 1 on twice the score's own log odds."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        changed = random.random() < share
        logit = random.normal(1.0 if changed else -1.0, 1.0)
        found.append(Scored(1 / (1 + math.exp(-logit)), changed))
    return found


@pytest.mark.parametrize("share", [0.5, 0.25])
def test_slope_and_intercept_are_those_of_bayes_whatever_share_was_drawn(share: float) -> None:
    found = calibrate(halves(6000, share, 1), prevalence=0.27)
    assert found.slope == pytest.approx(2.0, abs=0.15)
    assert found.intercept == pytest.approx(math.log(0.27 / 0.73), abs=0.15)


def test_calibrated_beats_the_raw_score_on_other_halves() -> None:
    found, others = calibrate(halves(4000, 0.5, 1)), halves(4000, 0.5, 2)
    after, before = (calibration_figures(others, c) for c in (found, Calibration()))
    assert after["brier"] < before["brier"] < after["brier_of_prevalence_alone"]
    assert after["calibration_error"] < 0.03 < before["calibration_error"]


def test_one_kind_of_half_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="class"):
        calibrate([Scored(0.5, False)] * 4)


def test_halves_of_exams_have_their_own_prevalence() -> None:
    found = calibrate(halves(6000, 0.5, 1), prevalence=None)
    assert found.intercept == pytest.approx(0.0, abs=0.15)


def test_the_threshold_is_what_nineteen_in_twenty_normal_halves_stay_below() -> None:
    scored = [Scored(n / 100, False) for n in range(101)] + [Scored(0.99, True)] * 50
    assert threshold(scored) == 0.95
    with pytest.raises(ValueError, match="no half without a change"):
        threshold([Scored(0.5, True)])


def test_records_are_changed_where_a_lesion_was_drawn() -> None:
    lesion = Lesion(np.ones((1, 1), bool), 2, 0, 1.0, 10.0)
    records = [HalfRecord("1", 0.8, lesion, 0.5, 2), HalfRecord("1", 0.1, None, float("nan"), 0)]
    assert of_records(records) == [Scored(0.8, True), Scored(0.1, False)]


def test_annotated_exams_are_scored_by_the_pipeline_whatever_the_old_calibration_said() -> None:
    (exam,) = phantom_exams([7])
    phantom = make_phantom(7)
    settings = MapSettings(calibration=Calibration(0.1, -9.0))
    scored = of_exams([exam], localizer_for(phantom), detector_for(phantom), settings)
    assert 10 <= len(scored) <= 12
    assert {half.changed for half in scored} == {True, False}
    assert min(h.score for h in scored if h.changed) > max(h.score for h in scored if not h.changed)


def test_a_probability_rises_with_the_score_and_stays_inside() -> None:
    chance = [Calibration(2.0, -1.0)(score) for score in (0.0, 0.2, 0.5, 0.9, 1.0)]
    assert chance == sorted(chance)
    assert 0.0 < chance[0] < chance[-1] < 1.0
    assert Calibration()(0.3) == pytest.approx(0.3)


def test_what_is_stored_says_for_which_weights_and_old_settings_do_not_stand_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "detect" / "1"
    weights.mkdir(parents=True)
    (weights / "saved_model.pb").write_bytes(b"a network")
    localizer = tmp_path / "localize" / "1"
    localizer.mkdir(parents=True)
    (localizer / "saved_model.pb").write_bytes(b"a localizer")
    (tmp_path / "detect" / "settings.json").write_text("of other weights")
    network = inprocess.InProcess("detect", VNet(DETECT_SHAPE), "1", model_digest(weights))
    both = {"detect": network, "localize": replace(network, digest=model_digest(localizer))}
    monkeypatch.setattr(inprocess, "exported", lambda model, folder: both[model])
    monkeypatch.setattr(report, "read_exams", lambda folder: list(phantom_exams([7])))
    monkeypatch.setattr(report, "of_exams", lambda *_: halves(400, 0.5, 1))
    options = ["--exams", str(tmp_path), "--runs", str(tmp_path), "--weights", str(tmp_path)]
    assert main(["calibrate", "detect", *options]) == 0
    kept = MapSettings.beside(tmp_path)
    assert 0.0 < kept.threshold < 1.0
    assert kept.localizer_sha256 == model_digest(localizer) != ""
    assert kept.bands is None
    bands = Bands(tuple(0.1 * n for n in range(len(NAMES))), -0.2)
    monkeypatch.setattr(report, "calibration_of", lambda *_: (0.6, Calibration(1.2, -1.0), bands))
    assert main(["calibrate", "detect", "--data", str(tmp_path), *options[2:]]) == 0
    kept = MapSettings.beside(tmp_path)
    assert (kept.threshold, kept.calibration, kept.bands) == (0.6, Calibration(1.2, -1.0), bands)
    (weights / "saved_model.pb").write_bytes(b"another")
    with pytest.raises(MapError, match="other weights"):
        MapSettings.beside(tmp_path)
