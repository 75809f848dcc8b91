"""A body's look beside an endplate, on bodies drawn by hand, and what it adds to a probability."""

import numpy as np
import pytest

from annotations.vocabulary import Half
from inference.steps.bands import MOST_EVIDENCE, NAMES, Bands, half_bands, of_halves
from inference.steps.endplates import UNSEEN_SHARE, Calibration

MM = 0.6
UP, DOWN = (-1.0, 0.0), np.array([1.0, 0.0])
ROWS, COLUMNS = np.indices((100, 100))


def upright_body() -> tuple[np.ndarray, np.ndarray]:
    """A body of 36 x 30 mm: z-scores 0.2 on T1 and -0.4 on T2, and its mask."""
    mask = (np.abs(ROWS - 49.5) < 25) & (np.abs(COLUMNS - 49.5) < 30)
    crop = np.where(mask[..., None], np.array([0.2, -0.4]), 0.0).astype(np.float32)
    return crop, mask


def depth(half: Half) -> np.ndarray:
    """Millimetres below the body's upper or lower border."""
    return (ROWS - 24.5) * MM if half is Half.UPPER else (74.5 - ROWS) * MM


def bands_of(crop: np.ndarray, mask: np.ndarray, half: Half) -> dict[str, float]:
    found = half_bands(crop, mask, DOWN, half, MM, sacral=False)
    assert found is not None
    return dict(zip(NAMES, found.tolist(), strict=True))


def test_an_even_body_has_bands_of_nought_and_its_shape() -> None:
    found = bands_of(*upright_body(), Half.UPPER)
    assert found.pop("height by length") == pytest.approx(30 / 36, abs=0.03)
    assert list(found.values()) == pytest.approx([0.0] * 13, abs=1e-5)


def test_s1_is_marked_and_its_lower_half_has_no_bands() -> None:
    upper, lower = (half_bands(*upright_body(), DOWN, half, MM, sacral=True) for half in Half)
    assert upper is not None
    assert upper[NAMES.index("S1")] == 1.0
    assert lower is None


@pytest.mark.parametrize("half", list(Half))
def test_a_bright_zone_beside_one_endplate_shows_in_that_half_at_its_depth(half: Half) -> None:
    crop, mask = upright_body()
    crop[mask & (depth(half) < 3.5)] += (0.5, 1.0)
    own, other = bands_of(crop, mask, half), bands_of(crop, mask, next(h for h in Half if h is not half))
    assert own["T1 1.5 to 3.5 mm"] == pytest.approx(0.5, abs=0.1)
    assert own["T2 1.5 to 3.5 mm"] == pytest.approx(1.0, abs=0.2)
    assert own["T2 6.5 to 10 mm"] == pytest.approx(0.0, abs=1e-5)
    assert other == pytest.approx(bands_of(*upright_body(), half), abs=1e-5)


def test_thirds_run_from_front_to_back() -> None:
    crop, mask = upright_body()
    crop[mask & (COLUMNS >= 60), 1] += 1.0
    found = bands_of(crop, mask, Half.LOWER)
    thirds = [found[f"T2 {third} third"] for third in ("front", "middle", "back")]
    assert thirds == pytest.approx([0.0, 0.0, 1.0], abs=0.05)


def test_too_flat_a_body_has_none() -> None:
    mask = (np.abs(ROWS - 49.5) < 5) & (np.abs(COLUMNS - 49.5) < 30)
    assert half_bands(np.ones((100, 100, 2), np.float32), mask, DOWN, Half.UPPER, MM, sacral=False) is None


def test_a_half_has_the_mean_of_its_larger_sections_and_the_lowest_and_s1s_lower_one_none() -> None:
    crop, mask = upright_body()
    brighter = crop.copy()
    brighter[mask & (depth(Half.UPPER) < 3.5), 1] += 1.0
    small = np.where((np.abs(COLUMNS - 49.5) < 15)[..., None], brighter, 0.0).astype(np.float32)
    crops, ups = np.stack([crop, brighter, small, crop, crop]), {1: UP, 2: UP}
    found = of_halves(crops, [1, 1, 1, 2, 3], ups, None, 1, MM)
    assert set(found) == {(1, Half.UPPER), (2, Half.UPPER), (2, Half.LOWER)}
    named = of_halves(crops, [1, 1, 1, 2, 3], ups, 2, 1, MM)
    assert set(named) == {(1, Half.UPPER), (2, Half.UPPER)}
    alone = bands_of(brighter, mask, Half.UPPER)["T2 1.5 to 3.5 mm"]
    assert found[1, Half.UPPER][NAMES.index("T2 1.5 to 3.5 mm")] == pytest.approx(alone / 2)


def test_evidence_is_a_weighted_sum_within_bounds_and_survives_its_json() -> None:
    bands = Bands(tuple(0.1 * n for n in range(len(NAMES))), -0.3)
    seen = np.zeros(len(NAMES))
    seen[2] = 2.0
    assert bands.evidence(seen) == pytest.approx(0.1)
    assert bands.evidence(seen * 100) == MOST_EVIDENCE
    assert bands.evidence(seen * -100) == -MOST_EVIDENCE
    assert Bands.from_json(bands.to_json()) == bands
    with pytest.raises(KeyError):
        Bands.from_json({"offset": 0.0, "weights": {}})


def test_below_the_threshold_odds_are_those_of_a_share_of_the_score_and_of_the_evidence() -> None:
    calibration = Calibration(1.3, -1.7)

    def odds(score: float) -> float:
        chance = calibration(score)
        return chance / (1.0 - chance)

    limit = odds(0.7)
    for score, evidence in ((0.2, 0.5), (0.2, -1.0), (0.65, 2.0), (0.2, 0.0)):
        alone = limit * (odds(score) / limit) ** UNSEEN_SHARE * np.exp(evidence)
        assert odds(calibration.weighed(score, evidence, 0.7)) == pytest.approx(
            alone * limit / (alone + limit)
        )


def test_evidence_carries_no_half_over_the_threshold_and_keeps_the_order_of_scores() -> None:
    calibration = Calibration(1.3, -1.7)
    for evidence in (-MOST_EVIDENCE, 0.0, MOST_EVIDENCE):
        weighed = [calibration.weighed(score, evidence, 0.7) for score in np.linspace(0.0, 0.6999, 30)]
        assert weighed == sorted(weighed)
        assert weighed[-1] < 0.7
    assert calibration.weighed(0.7, -2.0, 0.7) == 0.7
    assert calibration.weighed(0.9, 2.0, 0.7) == 0.9
    with pytest.raises(ValueError, match="must rise with the score"):
        Calibration(0.0, 1.0)
