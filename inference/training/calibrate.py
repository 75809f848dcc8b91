"""From a half's score to the probability of a Modic change (Platt 1999), on halves of known truth.

Synthetic samples hold as many changed halves as one cares to draw, so the odds are moved to a stated
prevalence: by default the paper's, 0.27 of all halves (Gao et al. 2022, Fig. 7).
"""

import math
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from inference.steps.endplates import Calibration
from inference.training.known_truth import HalfRecord

PREVALENCE = 0.27
BINS = 10


def calibrate(records: Sequence[HalfRecord], prevalence: float = PREVALENCE) -> Calibration:
    """Slope and intercept by maximum likelihood; raises ValueError unless both kinds of halves are there."""
    truth = np.array([r.lesion is not None for r in records])
    score = np.clip([r.score for r in records], 1e-4, 1.0 - 1e-4)
    fitted = LogisticRegression(C=1e6).fit(np.log(score / (1.0 - score))[:, None], truth)
    share = float(truth.mean())
    shift = math.log(prevalence / (1.0 - prevalence)) - math.log(share / (1.0 - share))
    return Calibration(round(float(fitted.coef_[0, 0]), 4), round(float(fitted.intercept_[0]) + shift, 4))


def calibration_figures(
    records: Sequence[HalfRecord], calibration: Calibration, prevalence: float = PREVALENCE
) -> dict[str, float]:
    """Brier score and expected calibration error (ten bins), halves weighted to `prevalence`."""
    truth = np.array([r.lesion is not None for r in records])
    chance = np.array([calibration(r.score) for r in records])
    weight = np.where(truth, prevalence / truth.mean(), (1.0 - prevalence) / (1.0 - truth.mean()))
    weight /= weight.sum()
    place = np.minimum((chance * BINS).astype(int), BINS - 1)
    errors = [abs(float((weight * (chance - truth))[place == n].sum())) for n in range(BINS)]
    return {
        "brier": float((weight * (chance - truth) ** 2).sum()),
        "brier_of_prevalence_alone": prevalence * (1.0 - prevalence),
        "calibration_error": sum(errors),
        "halves": float(len(records)),
    }
