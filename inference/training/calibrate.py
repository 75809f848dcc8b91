"""From a half's score to the probability of a Modic change (Platt 1999), on halves of known truth.

Synthetic samples hold as many changed halves as one cares to draw, so the odds are moved to a stated
prevalence: by default the paper's, 0.27 of all halves (Gao et al. 2022, Fig. 7). Annotated exams
have their own.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from inference.networks.base import Network
from inference.pipeline import MapSettings
from inference.steps.endplates import Calibration
from inference.training.exams import AnnotatedExam
from inference.training.judge.compare import compare
from inference.training.known_truth import SPECIFICITY, HalfRecord

PREVALENCE = 0.27
BINS = 10


class Scored(NamedTuple):
    """A half's score, and whether it is changed."""

    score: float
    changed: bool


def of_records(records: Sequence[HalfRecord]) -> list[Scored]:
    """Halves of known truth."""
    return [Scored(record.score, record.lesion is not None) for record in records]


def of_exams(
    exams: Iterable[AnnotatedExam], localizer: Network, detector: Network, settings: MapSettings
) -> list[Scored]:
    """Halves of annotated exams, scored by the pipeline; changed ones have a region that counts (5 mm).

    A half with smaller ones alone is neither. Raises what `compare` raises.
    """
    raw = replace(settings, calibration=Calibration(), bands=None)
    halves = [half for exam in exams for half in compare(exam, localizer, detector, raw).halves]
    return [
        Scored(h.probability, bool(h.marked)) for h in halves if bool(h.marked) == bool(h.marked_suggestion)
    ]


def threshold(halves: Sequence[Scored]) -> float:
    """The score that 95 % of the unchanged halves stay below. Raises ValueError without any."""
    unchanged = [half.score for half in halves if not half.changed]
    if not unchanged:
        raise ValueError("there is no half without a change to set the threshold by")
    return round(float(np.quantile(unchanged, SPECIFICITY)), 2)


def calibrate(halves: Sequence[Scored], prevalence: float | None = PREVALENCE) -> Calibration:
    """Slope and intercept by maximum likelihood; raises ValueError unless both kinds of halves are there.

    prevalence: None for that of the halves.
    """
    truth = np.array([half.changed for half in halves])
    if len(set(truth)) < 2:
        raise ValueError("halves with a change and halves without are needed: this is one class")
    score = np.clip([half.score for half in halves], 1e-4, 1.0 - 1e-4)
    fitted = LogisticRegression(C=1e6).fit(np.log(score / (1.0 - score))[:, None], truth)
    share = float(truth.mean())
    wanted = share if prevalence is None else prevalence
    shift = math.log(wanted / (1.0 - wanted)) - math.log(share / (1.0 - share))
    return Calibration(round(float(fitted.coef_[0, 0]), 4), round(float(fitted.intercept_[0]) + shift, 4))


def calibration_figures(
    halves: Sequence[Scored], calibration: Calibration, prevalence: float = PREVALENCE
) -> dict[str, float]:
    """Brier score and expected calibration error (ten bins), halves weighted to `prevalence`."""
    truth = np.array([half.changed for half in halves])
    chance = np.array([calibration(half.score) for half in halves])
    weight = np.where(truth, prevalence / truth.mean(), (1.0 - prevalence) / (1.0 - truth.mean()))
    weight /= weight.sum()
    place = np.minimum((chance * BINS).astype(int), BINS - 1)
    errors = [abs(float((weight * (chance - truth))[place == n].sum())) for n in range(BINS)]
    return {
        "brier": float((weight * (chance - truth) ** 2).sum()),
        "brier_of_prevalence_alone": prevalence * (1.0 - prevalence),
        "calibration_error": sum(errors),
        "halves": float(len(halves)),
    }
