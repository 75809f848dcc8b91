"""Grades per disc: the score, the control that sees no picture, and discs within one patient."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.networks.embedded import WEIGHTS
from inference.pipeline import MapSettings, find_bodies
from inference.steps.bands import NAMES, Bands
from inference.steps.weighting import fluid_contrast
from inference.training import inprocess
from inference.training.graded import DiscScore, fit_bands, graded_figures, score_discs
from inference.training.pairs import PAIR_MM, read_pairs
from inference.volume import Volume

ACROSS, DOWN, PIXEL = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -1.0]), (PAIR_MM, PAIR_MM)


def test_discs_have_the_bands_of_the_halves_that_face_them(shared_data: Path) -> None:
    pairs = read_pairs(shared_data / "spider_pairs", most=1)
    networks = [inprocess.exported(model, WEIGHTS) for model in ("localize", "detect")]
    found = score_discs(pairs, *networks)
    assert len(found) >= 3
    assert all(0.0 <= disc.score <= 1.0 for disc in found)
    assert {len(disc.bands) for disc in found} <= {1, 2}
    assert {bands.shape for disc in found for bands in disc.bands} == {(len(NAMES),)}
    for_it, against_it = (
        score_discs(pairs, *networks, MapSettings(bands=Bands((0.0,) * len(NAMES), told), threshold=1.0))
        for told in (1.0, -1.0)
    )
    assert all(one.score > other.score for one, other in zip(for_it, against_it, strict=True))


def test_real_pairs_tell_which_picture_is_t1(shared_data: Path) -> None:
    localizer = inprocess.exported("localize", WEIGHTS)
    for pair in read_pairs(shared_data / "spider_pairs", most=8):
        t1, t2 = pair.t1[None], np.nan_to_num(pair.t2)[None]
        for first, second, sign in ((t1, t2, 1.0), (t2, t1, -1.0)):
            exam = Volume(first, np.zeros((1, 3)), ACROSS, DOWN, PIXEL)
            contrast = fluid_contrast(first, second, find_bodies(exam, localizer).numbers > 0, PIXEL)
            assert contrast is not None
            assert sign * contrast > 0.5


def discs(score_follows_grade: bool) -> list[DiscScore]:
    random = np.random.default_rng(4)
    found = []
    for patient in range(40):
        for disc in range(1, 6):
            modic = 2 if random.random() < 0.4 else 0
            score = 0.5 + 0.2 * (modic > 0) if score_follows_grade else 0.5
            bands = tuple(random.normal(0.0, 1.0, (2, len(NAMES))) + (modic > 0))
            score += random.normal(0, 0.05)
            found.append(DiscScore(str(patient), disc, score, modic, 1 + disc % 5, bands))
    return found


def test_a_score_that_follows_the_grade_is_told_from_one_that_does_not() -> None:
    good, blind = (graded_figures(discs(follows), 100, seed=1) for follows in (True, False))
    assert good["score"]["auc"] > 0.95
    assert good["score"]["within"] > 0.95
    low, high = blind["score"]["auc_interval"]
    assert low < 0.5 < high
    assert good["mean_score_by_grade"]["2"] > good["mean_score_by_grade"]["0"]


def test_the_control_sees_grade_of_degeneration_and_disc_only() -> None:
    figures = graded_figures(discs(True), 20, seed=1)
    assert figures["control"]["auc"] < 0.7 < figures["control_and_score"]["auc"]
    assert (figures["discs"], figures["patients"]) == (200, 40)


def graded(count: int, seed: int) -> list[DiscScore]:
    """Discs graded as changed where T2 is bright beside the endplate, with some noise."""
    random = np.random.default_rng(seed)
    found = []
    for n in range(count):
        bands = random.normal(0.3, 1.0, (2, len(NAMES)))
        changed = bands[:, 1].mean() + random.normal(0, 0.3) > 0.8
        found.append(DiscScore(str(n), 1, 0.5, 2 if changed else 0, 3, tuple(bands)))
    return found


def test_bands_learn_from_grades_what_tells_them_and_add_nothing_on_the_whole() -> None:
    found = fit_bands(graded(600, 1))
    weights = dict(zip(NAMES, found.weights, strict=True))
    assert weights.pop("T2 1.5 to 3.5 mm") > 5 * max(abs(w) for w in weights.values())
    others = graded(400, 2)
    changed, plain = (
        [found.evidence(own) for disc in others if (disc.modic > 0) is kind for own in disc.bands]
        for kind in (True, False)
    )
    assert np.mean(changed) > 0.2 > -0.1 > np.mean(plain)
    with pytest.raises(ValueError, match="one class"):
        fit_bands([disc for disc in others if disc.modic == 0])


def test_bands_that_tell_nothing_get_no_weight() -> None:
    random = np.random.default_rng(3)
    blind = [replace(disc, modic=2 * int(random.random() < 0.3)) for disc in graded(600, 4)]
    found = fit_bands(blind)
    seen = [found.evidence(own) for disc in blind for own in disc.bands]
    assert abs(np.mean(seen)) < 0.05
    assert np.std(seen) < 0.3, "chance alone gives the root of 14 / (1200 * 0.3 * 0.7)"


def test_bands_are_judged_on_patients_they_were_not_fitted_to() -> None:
    blind = [replace(disc, bands=disc.bands[::-1] if n % 2 else ()) for n, disc in enumerate(discs(True))]
    figures = graded_figures(discs(True), 20, seed=1), graded_figures(blind, 20, seed=1)
    assert figures[0]["bands"]["auc"] > 0.95 > figures[1]["bands"]["auc"]
    random = np.random.default_rng(5)
    noise = [replace(d, bands=tuple(random.normal(size=(2, len(NAMES))))) for d in discs(True)]
    assert graded_figures(noise, 20, seed=1)["bands"]["auc"] < 0.65, "in sample it would be far above 0.5"
