"""Cohen's kappa: ordinary, and with the standard error that correlated units of one cluster call for.

References: Cohen, Educ Psychol Meas 1960;20:37. Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323 (standard
errors). Yang and Zhou, Stat Med 2014;33:4425, and Vanbelle, Biom J 2017;59:1016 (clusters, delta method).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from annotations.agreement.cautions import table_cautions
from annotations.agreement.result import NO_CLUSTERS, Result
from annotations.agreement.table import Counts, Floats, TableError, as_cluster_tables
from annotations.agreement.weights import agreement_weights

ONE_CATEGORY = (
    "both readers used one and the same category throughout: agreement by chance is already complete"
)
NO_SPREAD = "the standard error is zero: no unit or cluster departs from the others"
NO_UNITS = "no unit was graded by both readers"
TINY = 1e-12
ORDINARY = "Fleiss, Cohen and Everitt 1969"
CLUSTERED = "Yang and Zhou 2014; Vanbelle 2017"


def kappas(tables: ArrayLike, weights: Floats) -> Floats:
    """Kappa of each table of shape (..., k, k), vectorised; NaN where chance agreement is complete."""
    return _kappa_and_parts(np.asarray(tables, dtype=np.float64), weights)[0]


def _kappa_and_parts(tables: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    total = tables.sum(axis=(-1, -2))
    rows, columns = tables.sum(axis=-1), tables.sum(axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.einsum("...ij,ij->...", tables, weights) / total
        expected = np.einsum("...i,ij,...j->...", rows, weights, columns) / total**2
        kappa = np.where(np.abs(1 - expected) < TINY, np.nan, (observed - expected) / (1 - expected))
    return kappa, observed, expected


def influence(table: Floats, weights: Floats) -> Floats:
    """Derivative of kappa by each cell's share, shape (k, k), at counts with an estimable kappa."""
    share = table / table.sum()
    _, observed, expected = _kappa_and_parts(table, weights)
    by_margin = np.add.outer(weights @ share.sum(axis=0), share.sum(axis=1) @ weights)
    slope: Floats = (weights * (1 - expected) - (1 - observed) * by_margin) / (1 - expected) ** 2
    return slope


def cluster_scores(tables: Counts, weights: Floats) -> Floats:
    """Each cluster's linearised contribution to kappa, shape (K,); var(kappa) = K/(K-1) * sum(scores**2).

    tables: shape (K, k, k). A cluster may be empty: it then contributes nothing but still counts in K.
    """
    pooled = tables.sum(axis=0).astype(np.float64)
    centred = tables - tables.sum(axis=(1, 2))[:, None, None] * (pooled / pooled.sum())
    scores: Floats = np.einsum("kij,ij->k", centred, influence(pooled, weights)) / pooled.sum()
    return scores


def cohen_kappa(table: ArrayLike, weights: str | ArrayLike | None = None, confidence: float = 0.95) -> Result:
    """Kappa of one k x k table of counts whose units are independent.

    Normal interval from the standard error at the estimate; z and p from the one under independence (`se0`).
    details: po, pe, se0. Raises TableError when the table is not square counts.
    """
    counts = np.asarray(table)
    if counts.ndim != 2:
        raise TableError("Expected one square table of counts.")
    pooled = as_cluster_tables(counts[None]).sum(axis=0)
    n = int(pooled.sum())
    result = Result(
        confidence=confidence,
        ci_method="normal, ordinary standard error",
        test="kappa = 0, z",
        n_units=n,
        reason=NO_UNITS,
        warnings=table_cautions(pooled),
        reference=ORDINARY,
    )
    if n == 0:
        return result
    matrix = agreement_weights(len(pooled), weights)
    kappa, observed, expected = _kappa_and_parts(pooled.astype(np.float64), matrix)
    parts = {"po": float(observed), "pe": float(expected)}
    if np.isnan(kappa):
        return replace(result, reason=ONE_CATEGORY, details=parts)
    slope, share = influence(pooled.astype(np.float64), matrix), pooled / n
    se = np.sqrt((share * (slope - (share * slope).sum()) ** 2).sum() / n)
    se0 = _null_se(pooled.astype(np.float64), matrix)
    result = replace(result, estimate=float(kappa), details=parts | {"se0": se0})
    if se0 > TINY:
        z = float(kappa) / se0
        result = replace(result, statistic=z, p=float(2 * stats.norm.sf(abs(z))))
    if se < TINY:
        return replace(result, reason=NO_SPREAD)
    half = float(stats.norm.ppf(0.5 + confidence / 2) * se)
    lo, hi = float(kappa) - half, float(kappa) + half
    return replace(result, se=float(se), lo=lo, hi=hi, reason="")


def _null_se(pooled: Floats, weights: Floats) -> float:
    n = pooled.sum()
    rows, columns = pooled.sum(axis=1) / n, pooled.sum(axis=0) / n
    expected = float(rows @ weights @ columns)
    deviation = weights - np.add.outer(weights @ columns, rows @ weights)
    spread = float((np.outer(rows, columns) * deviation**2).sum()) - expected**2
    return float(np.sqrt(max(spread, 0.0) / n) / (1 - expected))


def clustered_kappa(
    tables: ArrayLike, weights: str | ArrayLike | None = None, confidence: float = 0.95
) -> Result:
    """Kappa with the delta-method standard error for units correlated within clusters, interval by t(K-1).

    tables: counts of shape (K, k, k); empty clusters are dropped. details: po, pe. With one unit per cluster
    the standard error is the ordinary one times sqrt(n / (n - 1)).
    """
    counts = as_cluster_tables(tables)
    n_clusters, n = len(counts), int(counts.sum())
    result = Result(
        confidence=confidence,
        ci_method="cluster delta method, t(K-1)",
        test="kappa = 0, t(K-1)",
        n_units=n,
        n_clusters=n_clusters,
        reason=NO_UNITS,
        warnings=table_cautions(counts.sum(axis=0), n_clusters),
        reference=CLUSTERED,
    )
    if n == 0:
        return result
    matrix = agreement_weights(counts.shape[1], weights)
    kappa, observed, expected = _kappa_and_parts(counts.sum(axis=0).astype(np.float64), matrix)
    parts = {"po": float(observed), "pe": float(expected)}
    if np.isnan(kappa):
        return replace(result, reason=ONE_CATEGORY, details=parts)
    result = replace(result, estimate=float(kappa), details=parts)
    if n_clusters < 2:
        return replace(result, reason=NO_CLUSTERS)
    se = float(np.sqrt(n_clusters / (n_clusters - 1) * (cluster_scores(counts, matrix) ** 2).sum()))
    if se < TINY:
        return replace(result, reason=NO_SPREAD)
    return with_t(result, se, n_clusters - 1)


def with_t(result: Result, se: float, df: int) -> Result:
    """`result` completed by its standard error: t interval and two-sided t test against 0."""
    assert result.estimate is not None
    assert result.confidence is not None
    half = float(special.stdtrit(df, 0.5 + result.confidence / 2)) * se
    t = result.estimate / se
    return replace(
        result,
        se=se,
        lo=result.estimate - half,
        hi=result.estimate + half,
        statistic=t,
        df=float(df),
        p=float(2 * special.stdtr(df, -abs(t))),
        reason="",
    )
