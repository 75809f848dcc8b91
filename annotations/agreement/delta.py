"""Did agreement change? Kappas on the same units compared, exams as clusters.

References: Vanbelle and Albert, Stat Med 2008;27:3797; Vanbelle, Biom J 2017;59:1016 (Hotelling's T2 on the
delta-method covariance of dependent kappas). Holm, Scand J Stat 1979;6:65.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from annotations.agreement.kappa import (
    CLUSTERED,
    NO_SPREAD,
    NO_UNITS,
    ONE_CATEGORY,
    TINY,
    cluster_scores,
    kappas,
    with_t,
)
from annotations.agreement.result import NO_CLUSTERS, Result
from annotations.agreement.table import Floats, TableError
from annotations.agreement.weights import agreement_weights


def _aligned(tables: Sequence[ArrayLike]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    shapes = {np.asarray(table).shape for table in tables}
    if len(shapes) != 1 or len(next(iter(shapes))) != 3:
        raise TableError("Dependent kappas need one table per cluster each, over the same clusters.")
    stacked = np.stack([np.asarray(table, dtype=np.int64) for table in tables])
    return stacked[:, stacked.sum(axis=(0, 2, 3)) > 0]


def kappa_difference(
    before: ArrayLike, after: ArrayLike, weights: str | ArrayLike | None = None, confidence: float = 0.95
) -> Result:
    """Kappa after minus kappa before on the same clusters, tested two-sided by t(K-1), i.e. F(1, K-1).

    before, after: counts of shape (K, k, k), clusters in the same order. The covariance of both kappas over
    clusters is part of the standard error. details: before, after, p_normal (the same ratio against the
    normal distribution, too small with few clusters).
    """
    both = _aligned([before, after])
    n_clusters = both.shape[1]
    result = Result(
        confidence=confidence,
        ci_method="cluster delta method, t(K-1)",
        test="difference of dependent kappas = 0, t(K-1)",
        n_units=int(both[0].sum()),
        n_clusters=n_clusters,
        reason=NO_UNITS,
        reference=CLUSTERED,
    )
    if min(both.sum(axis=(1, 2, 3)), default=0) == 0:
        return result
    matrix = agreement_weights(both.shape[2], weights)
    old, new = kappas(both.sum(axis=1), matrix)
    if np.isnan(old) or np.isnan(new):
        return replace(result, reason=ONE_CATEGORY)
    parts = {"before": float(old), "after": float(new)}
    result = replace(result, estimate=float(new - old), details=parts)
    if n_clusters < 2:
        return replace(result, reason=NO_CLUSTERS)
    scores = cluster_scores(both[1], matrix) - cluster_scores(both[0], matrix)
    se = float(np.sqrt(n_clusters / (n_clusters - 1) * (scores**2).sum()))
    if se < TINY:
        return replace(result, reason=NO_SPREAD)
    p_normal = float(2 * stats.norm.sf(abs(float(new - old)) / se))
    return replace(with_t(result, se, n_clusters - 1), details=parts | {"p_normal": p_normal})


def dependent_kappas(
    tables: Sequence[ArrayLike], weights: str | ArrayLike | None = None, *, small_sample: bool = True
) -> Result:
    """Several kappas on the same clusters and Hotelling's test that they are equal.

    tables: m arrays of counts of shape (K, k, k), clusters in the same order. statistic: T2; p from
    F(m-1, K-m+1), df is m-1. details: k1, se1, ... in the given order, cov1_2, ... of each two. small_sample:
    whether the covariance carries K / (K - 1), as Vanbelle (2017) has it and Vanbelle and Albert (2008) not.
    """
    stacked = _aligned(tables)
    n_clusters = stacked.shape[1]
    result = Result(
        test="equality of dependent kappas, Hotelling T2",
        n_units=int(stacked[0].sum()) if n_clusters else 0,
        n_clusters=n_clusters,
        reason=NO_UNITS,
        reference=CLUSTERED,
    )
    if not n_clusters or stacked.sum(axis=(1, 2, 3)).min() == 0:
        return result
    matrix = agreement_weights(stacked.shape[2], weights)
    estimates = kappas(stacked.sum(axis=1), matrix)
    if np.isnan(estimates).any():
        return replace(result, reason=ONE_CATEGORY)
    result = replace(result, details={f"k{i}": float(value) for i, value in enumerate(estimates, 1)})
    if n_clusters < 2:
        return replace(result, reason=NO_CLUSTERS)
    scores = np.stack([cluster_scores(table, matrix) for table in stacked])
    factor = n_clusters / (n_clusters - 1) if small_sample else 1.0
    covariance: Floats = factor * scores @ scores.T
    result = replace(result, details={**result.details, **_spread_details(covariance)})
    return _hotelling(result, estimates, covariance, n_clusters)


def joint_change(
    before: Sequence[ArrayLike], after: Sequence[ArrayLike], weights: str | ArrayLike | None = None
) -> Result:
    """Whether any of m kappas changed: Hotelling's T2 that all m changes are zero, F(m, K - m).

    before, after: m arrays of counts (K, k, k) each, clusters in the same order. One test for the whole
    study beside the m tests of its pairs, which it does not replace.
    """
    stacked = _aligned([*before, *after])
    m, n_clusters = len(before), stacked.shape[1]
    result = Result(
        test="all changes of kappa = 0, Hotelling T2",
        n_units=int(stacked[0].sum()) if n_clusters else 0,
        n_clusters=n_clusters,
        reason=NO_UNITS,
        reference=CLUSTERED,
    )
    if not n_clusters or stacked.sum(axis=(1, 2, 3)).min() == 0:
        return result
    matrix = agreement_weights(stacked.shape[2], weights)
    estimates = kappas(stacked.sum(axis=1), matrix)
    if np.isnan(estimates).any():
        return replace(result, reason=ONE_CATEGORY)
    if n_clusters <= m:
        return replace(result, reason="needs more clusters than kappas")
    scores = np.stack([cluster_scores(table, matrix) for table in stacked])
    moved = scores[m:] - scores[:m]
    spread: Floats = n_clusters / (n_clusters - 1) * moved @ moved.T
    if np.linalg.matrix_rank(spread, hermitian=True) < m or np.abs(spread).max() < TINY**2:
        return replace(result, reason=NO_SPREAD)
    change = estimates[m:] - estimates[:m]
    t2 = float(change @ np.linalg.solve(spread, change))
    p = float(stats.f.sf(t2 * (n_clusters - m) / (m * (n_clusters - 1)), m, n_clusters - m))
    return replace(result, statistic=t2, df=float(m), p=p, reason="")


def _spread_details(covariance: Floats) -> dict[str, float]:
    m = len(covariance)
    errors = {f"se{i + 1}": float(np.sqrt(covariance[i, i])) for i in range(m)}
    pairs = {f"cov{i + 1}_{j + 1}": float(covariance[i, j]) for i in range(m) for j in range(i + 1, m)}
    return errors | pairs


def _hotelling(result: Result, estimates: Floats, covariance: Floats, n_clusters: int) -> Result:
    """T2 of all contrasts of `estimates` (m,) with covariance (m, m)."""
    rank = len(estimates) - 1
    if rank < 1 or n_clusters <= rank:
        return replace(result, reason="needs two kappas or more and more clusters than that")
    contrast = np.hstack([np.ones((rank, 1)), -np.eye(rank)])
    spread = contrast @ covariance @ contrast.T
    if np.abs(spread).max() < TINY**2 or np.linalg.matrix_rank(spread, hermitian=True) < rank:
        return replace(result, reason=NO_SPREAD)
    difference = contrast @ estimates
    t2 = float(difference @ np.linalg.solve(spread, difference))
    f = t2 * (n_clusters - rank) / (rank * (n_clusters - 1))
    p = float(stats.f.sf(f, rank, n_clusters - rank))
    return replace(result, statistic=t2, df=float(rank), p=p, reason="")


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjusted p values in the given order; None (no test) stays None and is not counted."""
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for step, (p, index) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - step) * p))
        adjusted[index] = largest
    return adjusted
