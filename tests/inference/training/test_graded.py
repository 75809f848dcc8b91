"""Grades per disc: the score, the control that sees no picture, and discs within one patient."""

import numpy as np

from inference.training.graded import DiscScore, graded_figures


def discs(score_follows_grade: bool) -> list[DiscScore]:
    random = np.random.default_rng(4)
    found = []
    for patient in range(40):
        for disc in range(1, 6):
            modic = 2 if random.random() < 0.4 else 0
            score = 0.5 + 0.2 * (modic > 0) if score_follows_grade else 0.5
            found.append(DiscScore(str(patient), disc, score + random.normal(0, 0.05), modic, 1 + disc % 5))
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
