"""The whole pipeline on pairs with a grade per disc, beside a control that sees no picture.

The grades are one reading per disc, confounded with degeneration and noisy: they can show that the score
rises with the grade, not how well Modic changes are found. Grades: van der Graaf et al., Sci Data 11:264.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.preprocessing import OneHotEncoder

from annotations.vocabulary import Half, Level
from inference.networks.base import Network
from inference.pipeline import MapError, MapSettings, map_exam
from inference.steps.bands import Bands
from inference.training.pairs import PAIR_MM, Pair
from inference.training.splits import person
from inference.volume import Volume

DISCS = {
    1: (Level.L5, Level.S1),
    2: (Level.L4, Level.L5),
    3: (Level.L3, Level.L4),
    4: (Level.L2, Level.L3),
    5: (Level.L1, Level.L2),
}
"""Disc number -> (level above, level below)."""

BANDS_C = 0.03
"""Inverse strength of the penalty on the weights of bands: few patients, and bands that go together."""


@dataclass(frozen=True)
class DiscScore:
    """One disc: the larger probability of the two halves that face it, their bands, and what was read."""

    patient: str
    disc: int
    score: float
    modic: int
    pfirrmann: int
    bands: tuple[NDArray[np.float64], ...] = ()


def score_discs(
    pairs: Sequence[Pair], localizer: Network, detector: Network, settings: MapSettings | None = None
) -> list[DiscScore]:
    """Every graded disc between L1 and S1 whose two bodies the pipeline finds under these names."""
    scores = []
    for pair in pairs:
        try:
            t1, t2 = _volume(pair.t1), _volume(pair.t2)
            result = map_exam(t1, t2, localizer=localizer, detector=detector, settings=settings)
        except MapError:
            continue
        found = {(label.level, label.half): label.probability for label in result.labels}
        bands = {(result.names.get(body), half): own for (body, half), own in result.bands.items()}
        for disc, (above, below) in DISCS.items():
            facing = [found.get((above, Half.LOWER)), found.get((below, Half.UPPER))]
            known = disc in pair.modic and disc in pair.pfirrmann
            if known and facing[0] is not None and facing[1] is not None:
                score = max(facing[0], facing[1])
                places = (above, Half.LOWER), (below, Half.UPPER)
                own = tuple(bands[place] for place in places if place in bands)
                scores.append(
                    DiscScore(pair.patient, disc, score, pair.modic[disc], pair.pfirrmann[disc], own)
                )
    return scores


def graded_figures(scores: Sequence[DiscScore], resamples: int, seed: int) -> dict[str, object]:
    """AUC for any grade: of the score, of bands, of the control, of score and control; with intervals.

    bands: fitted anew, the larger of a disc's halves. Bands, control and both are cross-validated by person.
    within: share of (graded, ungraded) disc pairs of one patient that are in order. Intervals: percentile
    bootstrap over patients.
    """
    truth = np.array([s.modic > 0 for s in scores])
    score = np.array([s.score for s in scores])
    people = np.array([person(s.patient) for s in scores])
    seen = OneHotEncoder(sparse_output=False).fit_transform([[s.disc, s.pfirrmann] for s in scores])
    with_score = np.column_stack([seen, score])
    columns = {
        "score": score,
        "bands": _bands_cross_validated(scores, people),
        "control": _cross_validated(seen, truth, people),
        "control_and_score": _cross_validated(with_score, truth, people),
    }
    return {
        "patients": len(set(people)),
        "discs": len(scores),
        "graded": int(truth.sum()),
        "mean_score_by_grade": {
            str(grade): float(np.mean([s.score for s in scores if s.modic == grade]))
            for grade in sorted({s.modic for s in scores})
        },
        **{
            name: {"auc": _auc(truth, values), "within": _within(truth, values, people)}
            | _auc_interval(truth, values, people, resamples, seed)
            for name, values in columns.items()
        },
    }


def fit_bands(discs: Sequence[DiscScore]) -> Bands:
    """What bands say of a half, learned from the grades of discs by logistic regression.

    Either half that faces a graded disc counts as changed: the reader did not say which. The log odds of the
    discs given are taken off, so that bands say nothing of what is usual. Raises ValueError unless there are
    discs of both kinds.
    """
    halves = [(bands, disc.modic > 0) for disc in discs for bands in disc.bands]
    if len({graded for _, graded in halves}) < 2:
        raise ValueError("discs that were graded as changed and others are needed: this is one class")
    seen, truth = np.array([bands for bands, _ in halves]), np.array([graded for _, graded in halves])
    middle, spread = seen.mean(axis=0), seen.std(axis=0)
    spread[spread == 0.0] = 1.0
    fitted = LogisticRegression(C=BANDS_C, max_iter=1000).fit((seen - middle) / spread, truth)
    weights = fitted.coef_[0] / spread
    share = float(truth.mean())
    offset = float(fitted.intercept_[0]) - float(weights @ middle) - math.log(share / (1.0 - share))
    return Bands(tuple(round(float(w), 4) for w in weights), round(offset, 4))


def _volume(picture: NDArray[np.float32]) -> Volume:
    filled = np.nan_to_num(picture)[None]
    across, down = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -1.0])
    return Volume(filled, np.zeros((1, 3)), across, down, (PAIR_MM, PAIR_MM))


def _cross_validated(
    seen: NDArray[np.float64], truth: NDArray[np.bool_], people: NDArray[np.str_]
) -> NDArray[np.float64]:
    model = LogisticRegression(max_iter=1000)
    chance = cross_val_predict(model, seen, truth, groups=people, cv=GroupKFold(5), method="predict_proba")
    return np.asarray(chance[:, 1])


def _bands_cross_validated(scores: Sequence[DiscScore], people: NDArray[np.str_]) -> NDArray[np.float64]:
    """Evidence of each disc by bands that were fitted without its patient; 0 where it has none."""
    values = np.zeros(len(scores))
    for train, test in GroupKFold(5).split(scores, groups=people):
        bands = fit_bands([scores[n] for n in train])
        for n in test:
            values[n] = max(map(bands.evidence, scores[n].bands), default=0.0)
    return values


def _auc(truth: NDArray[np.bool_], values: NDArray[np.float64]) -> float:
    return float(roc_auc_score(truth, values))


def _within(truth: NDArray[np.bool_], values: NDArray[np.float64], people: NDArray[np.str_]) -> float:
    ordered = []
    for patient in np.unique(people):
        own = people == patient
        one, two = values[own & truth], values[own & ~truth]
        ordered += list(((one[:, None] > two) + 0.5 * (one[:, None] == two)).ravel())
    return float(np.mean(ordered)) if ordered else float("nan")


def _auc_interval(
    truth: NDArray[np.bool_], values: NDArray[np.float64], people: NDArray[np.str_], resamples: int, seed: int
) -> dict[str, list[float]]:
    random = np.random.default_rng(seed)
    places = [np.flatnonzero(people == patient) for patient in np.unique(people)]
    drawn = []
    for _ in range(resamples):
        rows = np.concatenate([places[n] for n in random.integers(len(places), size=len(places))])
        if len(np.unique(truth[rows])) == 2:
            drawn.append(_auc(truth[rows], values[rows]))
    return {"auc_interval": [float(x) for x in np.percentile(drawn, [2.5, 97.5])]}
