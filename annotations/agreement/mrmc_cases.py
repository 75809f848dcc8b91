"""Several readers, several cases: the figure of each reader and treatment, and its covariance over cases.

References: Bamber, J Math Psychol 1975;12:387 (AUC). DeLong, DeLong and Clarke-Pearson, Biometrics
1988;44:837. Gallas, Acad Radiol 2006;13:353 (unbiased). Obuchowski and Rockette, Commun Stat Simul
1995;24:285 (jackknife).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from annotations.agreement.table import Floats, TableError

METRICS = ("sensitivity", "specificity", "auc")
COVARIANCES = ("jackknife", "delong", "unbiased")


@dataclass(frozen=True)
class Kernel:
    """What each case adds: mean over the case axes is the figure.

    values: shape (t, r, n) for sensitivity (positives) and specificity (negatives), (t, r, P, N) for the AUC.
    left_out: cases with a missing score or truth.
    """

    values: Floats
    left_out: int

    @property
    def theta(self) -> Floats:
        """The figure of each treatment and reader, shape (t, r)."""
        figure: Floats = self.values.mean(axis=tuple(range(2, self.values.ndim)))
        return figure


def kernel(scores: ArrayLike, truth: ArrayLike, metric: str) -> Kernel:
    """The kernel of scores (t, r, n) against truth (n,), 1 for positive, 0 for negative.

    Sensitivity and specificity take decisions, 0 or 1. Cases that not every reader scored in every treatment
    (NaN) are left out. Raises TableError on another metric or shapes, or decisions that are neither 0 nor 1.
    """
    values, gold = np.asarray(scores, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if metric not in METRICS:
        raise TableError(f"The metric is one of {', '.join(METRICS)}, not {metric!r}.")
    if values.ndim != 3 or gold.shape != values.shape[2:]:
        raise TableError("Expected scores of shape (treatments, readers, cases) and one truth per case.")
    held = np.isfinite(values).all(axis=(0, 1)) & np.isfinite(gold)
    values, gold = values[:, :, held], gold[held]
    if not np.isin(gold, (0, 1)).all():
        raise TableError("Truth is 1 for a positive case and 0 for a negative one.")
    positive, negative = values[:, :, gold == 1], values[:, :, gold == 0]
    left_out = int((~held).sum())
    if metric == "auc":
        gap = positive[:, :, :, None] - negative[:, :, None, :]
        return Kernel((gap > 0) + 0.5 * (gap == 0), left_out)
    if not np.isin(values, (0, 1)).all():
        raise TableError("Sensitivity and specificity need decisions of 0 or 1: cut the ratings first.")
    return Kernel(positive if metric == "sensitivity" else 1 - negative, left_out)


def case_covariance(values: Floats, method: str) -> Floats:
    """Covariance (m, m) over cases of m figures from their kernels (m, n) or (m, P, N).

    Of shares all methods are the same. Raises TableError on another method.
    """
    if method not in COVARIANCES:
        raise TableError(f"The covariance is one of {', '.join(COVARIANCES)}, not {method!r}.")
    if values.ndim == 2:
        return _over(values)
    positive, negative = values.mean(axis=2), values.mean(axis=1)
    if method == "delong":
        return _over(positive) + _over(negative)
    return _jackknife(positive, negative) if method == "jackknife" else _unbiased(values)


def _over(parts: Floats) -> Floats:
    """Covariance of the means of parts (m, n)."""
    covariance: Floats = np.atleast_2d(np.cov(parts)) / parts.shape[1]
    return covariance


def _jackknife(positive: Floats, negative: Floats) -> Floats:
    """Leaving out every case in turn, from the mean kernel of each positive (m, P) and negative (m, N)."""
    theta = positive.mean(axis=1, keepdims=True)
    without = [(part.shape[1] * theta - part) / (part.shape[1] - 1) for part in (positive, negative)]
    each = np.concatenate(without, axis=1)
    centred = each - each.mean(axis=1, keepdims=True)
    n = each.shape[1]
    covariance: Floats = (n - 1) / n * centred @ centred.T
    return covariance


def _unbiased(values: Floats) -> Floats:
    """Product of the figures less the mean product over pairs that share neither case."""
    _, n_positive, n_negative = values.shape
    flat = values.reshape(len(values), -1)
    total, positive, negative = flat.sum(axis=1), values.sum(axis=2), values.sum(axis=1)
    apart = np.outer(total, total) - positive @ positive.T - negative @ negative.T + flat @ flat.T
    pairs = n_positive * (n_positive - 1) * n_negative * (n_negative - 1)
    theta = flat.mean(axis=1)
    covariance: Floats = np.outer(theta, theta) - apart / pairs
    return covariance
