"""Several readers, several cases: the figure of each reader and treatment, and its covariance over cases.

References: Bamber, J Math Psychol 1975;12:387 (AUC). DeLong, DeLong and Clarke-Pearson, Biometrics
1988;44:837. Gallas, Acad Radiol 2006;13:353 (unbiased). Obuchowski and Rockette, Commun Stat Simul
1995;24:285 (jackknife). Obuchowski, Biometrics 1997;53:567 (clustered cases).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from annotations.agreement.ratings import cluster_positions
from annotations.agreement.table import Counts, Floats, TableError

METRICS = ("sensitivity", "specificity", "auc")
COVARIANCES = ("jackknife", "delong", "unbiased")


@dataclass(frozen=True)
class Kernel:
    """What each case adds: mean over the case axes is the figure.

    values: shape (t, r, n) for sensitivity (positives) and specificity (negatives), (t, r, P, N) for the AUC.
    left_out: cases with a missing score or truth. groups: the cluster of each case along each case axis.
    """

    values: Floats
    left_out: int
    groups: tuple[Counts, ...] | None = None

    @property
    def n_clusters(self) -> int | None:
        """How many clusters hold a case that counts; None without clusters."""
        return None if self.groups is None else len(np.unique(np.concatenate(self.groups)))

    @property
    def theta(self) -> Floats:
        """The figure of each treatment and reader, shape (t, r)."""
        figure: Floats = self.values.mean(axis=tuple(range(2, self.values.ndim)))
        return figure


def kernel(
    scores: ArrayLike, truth: ArrayLike, metric: str, clusters: Sequence[Hashable] | None = None
) -> Kernel:
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
    places = cluster_positions(clusters, len(held))
    kinds = (gold == 1, gold == 0)
    groups = None if places is None else tuple(places[held][kind] for kind in kinds)
    if metric == "auc":
        gap = positive[:, :, :, None] - negative[:, :, None, :]
        return Kernel((gap > 0) + 0.5 * (gap == 0), left_out, groups)
    if not np.isin(values, (0, 1)).all():
        raise TableError("Sensitivity and specificity need decisions of 0 or 1: cut the ratings first.")
    which = 0 if metric == "sensitivity" else 1
    chosen = None if groups is None else (groups[which],)
    return Kernel((positive, 1 - negative)[which], left_out, chosen)


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


def cluster_covariance(values: Floats, groups: Sequence[Counts]) -> Floats:
    """Covariance (m, m) of m figures from their kernels (m, n) or (m, P, N), leaving out whole clusters.

    groups: the cluster of each case along each case axis. With one case per cluster it is the jackknife over
    cases. Not finite where a figure rests on one cluster alone.
    """
    labels = np.unique(np.concatenate(groups))
    k, m = len(labels), len(values)
    placed = [np.searchsorted(labels, group) for group in groups]
    sizes = [np.bincount(place, minlength=k) for place in placed]
    total = values.reshape(m, -1).sum(axis=1)
    gone, left = np.zeros((k, m)), np.ones(k)
    for axis, (place, size) in enumerate(zip(placed, sizes, strict=True), start=1):
        others = tuple(other for other in range(1, values.ndim) if other != axis)
        np.add.at(gone, place, values.sum(axis=others).T)
        left = left * (len(place) - size)
    if values.ndim > 2:
        gone -= _within(values, placed[0], placed[1], k)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = (total - gone) / left[:, None]
    centred = without - without.mean(axis=0)
    covariance: Floats = (k - 1) / k * centred.T @ centred
    return covariance


def _within(values: Floats, positive: Counts, negative: Counts, k: int) -> Floats:
    """Sums (k, m) of kernels (m, P, N) over pairs whose two cases are of one cluster."""
    member = (np.arange(k)[:, None] == positive).astype(np.float64)
    columns = np.arange(len(negative))
    return np.stack(
        [np.bincount(negative, weights=(member @ each)[negative, columns], minlength=k) for each in values],
        axis=1,
    )
