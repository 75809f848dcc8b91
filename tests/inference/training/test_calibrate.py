"""Scores become probabilities that hold at the stated prevalence."""

import math

import numpy as np
import pytest

from inference.steps.endplates import Calibration
from inference.training.calibrate import calibrate, calibration_figures
from inference.training.known_truth import HalfRecord
from inference.training.lesions import Lesion

LESION = Lesion(np.ones((1, 1), bool), 2, 0, 1.0, 10.0)


def halves(count: int, share: float, seed: int) -> list[HalfRecord]:
    """Scores whose log odds are normal, two apart: by Bayes slope 1 on twice the score's own log odds."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        changed = random.random() < share
        logit = random.normal(1.0 if changed else -1.0, 1.0)
        found.append(HalfRecord("1", 1 / (1 + math.exp(-logit)), LESION if changed else None, 0.0, 0))
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
        calibrate([HalfRecord("1", 0.5, None, 0.0, 0)] * 4)


def test_a_probability_rises_with_the_score_and_stays_inside() -> None:
    chance = [Calibration(2.0, -1.0)(score) for score in (0.0, 0.2, 0.5, 0.9, 1.0)]
    assert chance == sorted(chance)
    assert 0.0 < chance[0] < chance[-1] < 1.0
    assert Calibration()(0.3) == pytest.approx(0.3)
