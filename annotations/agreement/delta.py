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
    tables: Sequence[ArrayLike], weights: str | ArrayLike | None = None
) -> tuple[Floats, Floats, Result]:
    """Several kappas on the same clusters: estimates (m,), covariance (m, m), Hotelling's test of equality.

    tables: m arrays of counts of shape (K, k, k), clusters in the same order. The Result's statistic is T2,
    its p comes from F(m-1, K-m+1). Raises TableError when a kappa cannot be estimated.
    """
    stacked = _aligned(tables)
    m, n_clusters = stacked.shape[:2]
    matrix = agreement_weights(stacked.shape[2], weights)
    estimates = kappas(stacked.sum(axis=1), matrix)
    if np.isnan(estimates).any():
        raise TableError(f"Not estimable: {ONE_CATEGORY}.")
    rank = m - 1
    result = Result(
        test="equality of dependent kappas, Hotelling T2",
        n_units=int(stacked[0].sum()),
        n_clusters=n_clusters,
        reason=NO_CLUSTERS,
        reference=CLUSTERED,
    )
    if n_clusters < 2:
        return estimates, np.zeros((m, m)), result
    scores = np.stack([cluster_scores(table, matrix) for table in stacked])
    covariance: Floats = n_clusters / (n_clusters - 1) * scores @ scores.T
    if rank < 1 or n_clusters <= rank:
        return (
            estimates,
            covariance,
            replace(result, reason="needs two kappas or more and more clusters than that"),
        )
    contrast = np.hstack([np.ones((rank, 1)), -np.eye(rank)])
    spread = contrast @ covariance @ contrast.T
    if np.linalg.matrix_rank(spread, tol=TINY**2) < rank:
        return estimates, covariance, replace(result, reason=NO_SPREAD)
    difference = contrast @ estimates
    t2 = float(difference @ np.linalg.solve(spread, difference))
    f = t2 * (n_clusters - rank) / (rank * (n_clusters - 1))
    p = float(stats.f.sf(f, rank, n_clusters - rank))
    return estimates, covariance, replace(result, statistic=t2, df=float(rank), p=p, reason="")


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjusted p values in the given order; None (no test) stays None and is not counted."""
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for step, (p, index) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - step) * p))
        adjusted[index] = largest
    return adjusted
