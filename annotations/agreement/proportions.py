"""Proportions: of independent units, of units in clusters, and their differences over the same clusters.

statsmodels gives Wald, Clopper-Pearson, Agresti-Coull and Jeffreys; the continuity corrections, mid-p and
everything clustered are ours.
References: Wilson 1927; Newcombe, Stat Med 1998;17:857. Saha, Miller and Wang, Int J Biostat 2016;12(2);
Short, Stat Med 2020;39:3156 (Wilson with analysis-of-variance intracluster correlation). Rao and Scott,
Biometrics 1992;48:577 (ratio estimator). Obuchowski 1998 (difference over the same clusters).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats
from statsmodels.stats.proportion import proportion_confint

from annotations.agreement.cautions import FEW_CLUSTERS
from annotations.agreement.kappa import NO_SPREAD, NO_UNITS, TINY, with_t
from annotations.agreement.result import NO_CLUSTERS, Result
from annotations.agreement.table import Floats, TableError

STATSMODELS = {
    "wald": "normal",
    "clopper_pearson": "beta",
    "agresti_coull": "agresti_coull",
    "jeffreys": "jeffreys",
}
WORDS = {
    "wilson": "Wilson score",
    "wilson_corrected": "Wilson score with continuity correction",
    "wald": "Wald",
    "wald_corrected": "Wald with continuity correction",
    "mid_p": "exact with mid-p",
    "clopper_pearson": "Clopper-Pearson (exact)",
    "agresti_coull": "Agresti-Coull",
    "jeffreys": "Jeffreys",
}


def wilson_limits(x: float, n: float, z: float, inflation: float = 1.0) -> tuple[float, float]:
    """Wilson's limits of x out of n at normal quantile z, the variance multiplied by `inflation`."""
    square, p = z**2 * inflation, x / n
    middle, half = p + square / (2 * n), float(np.sqrt(square * (p * (1 - p) + square / (4 * n)) / n))
    scale = 1 + square / n
    lo, hi = (middle - half) / scale, (middle + half) / scale
    return 0.0 if x == 0 else max(float(lo), 0.0), 1.0 if x == n else min(float(hi), 1.0)


def _wilson_corrected(x: int, n: int, z: float) -> tuple[float, float]:
    p = x / n
    below = z**2 - 2 - 1 / n + 4 * p * (n * (1 - p) + 1)
    above = z**2 + 2 - 1 / n + 4 * p * (n * (1 - p) - 1)
    scale = 2 * (n + z**2)
    lo = 0.0 if x == 0 else (2 * n * p + z**2 - 1 - z * float(np.sqrt(below))) / scale
    hi = 1.0 if x == n else (2 * n * p + z**2 + 1 + z * float(np.sqrt(above))) / scale
    return max(lo, 0.0), min(hi, 1.0)


def _mid_p(x: int, n: int, tail: float) -> tuple[float, float]:
    """The limits at which half the probability of x and all beyond it add up to `tail`."""

    def below(p: float) -> float:
        return float(special.bdtr(x, n, p) + (special.bdtr(x - 1, n, p) if x else 0.0)) / 2

    lo = 0.0 if x == 0 else optimize.brentq(lambda p: 1 - below(p) - tail, 0.0, 1.0, xtol=1e-14)
    hi = 1.0 if x == n else optimize.brentq(lambda p: below(p) - tail, 0.0, 1.0, xtol=1e-14)
    return float(lo), float(hi)


def proportion(x: int, n: int, confidence: float = 0.95) -> dict[str, Result]:
    """x of n independent units, one Result per interval method (keys: WORDS). Raises TableError."""
    if x < 0 or n < x or x != int(x) or n != int(n):
        raise TableError("Expected x of n: whole numbers, 0 <= x <= n.")
    base = Result(confidence=confidence, n_units=int(n), reason=NO_UNITS, reference="Newcombe 1998")
    if n == 0:
        return {name: replace(base, ci_method=words) for name, words in WORDS.items()}
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    limits = {"wilson": wilson_limits(x, n, z), "wilson_corrected": _wilson_corrected(x, n, z)}
    for name, method in STATSMODELS.items():
        lo, hi = proportion_confint(x, n, alpha=1 - confidence, method=method)
        limits[name] = float(lo), float(hi)
    se, half = float(np.sqrt(x / n * (1 - x / n) / n)), 1 / (2 * n)
    limits["wald_corrected"] = max(0.0, x / n - z * se - half), min(1.0, x / n + z * se + half)
    limits["mid_p"] = _mid_p(int(x), int(n), (1 - confidence) / 2)
    base = replace(base, estimate=x / n, se=se, reason="")
    return {
        name: replace(base, lo=limits[name][0], hi=limits[name][1], ci_method=words)
        for name, words in WORDS.items()
    }


def _as_clusters(x: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    hits, size = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if hits.shape != size.shape or hits.ndim != 1 or np.any(hits < 0) or np.any(hits > size):
        raise TableError("Expected one x and one n per cluster, 0 <= x <= n.")
    return hits[size > 0], size[size > 0]


def clustered_proportion(x: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Result:
    """Share of x (K,) out of n (K,) per cluster: Wilson's interval, variance inflated by clustering.

    The inflation is 1 + (sum n^2 / sum n - 1) icc, icc by analysis of variance (negative ones as they are;
    the inflation not below zero). se: ratio estimator between clusters (Rao and Scott), which needs no icc.
    details: icc, vif, deff (the ratio estimator's inflation). Clusters without a unit are dropped.
    """
    hits, size = _as_clusters(x, n)
    total, n_clusters = float(size.sum()), len(size)
    result = Result(
        confidence=confidence,
        ci_method="Wilson score inflated by analysis-of-variance icc",
        n_units=int(total),
        n_clusters=n_clusters,
        reason=NO_UNITS,
        warnings=_few(n_clusters),
        reference="Saha et al. 2016; Rao and Scott 1992",
    )
    if not total:
        return result
    p = float(hits.sum() / total)
    result = replace(result, estimate=p)
    if n_clusters < 2:
        return replace(result, reason=NO_CLUSTERS)
    se = ratio_se(hits, size)
    icc = anova_icc(hits, size)
    inflation = max(1 + (float((size**2).sum()) / total - 1) * icc, 0.0)
    lo, hi = wilson_limits(hits.sum(), total, float(stats.norm.ppf(0.5 + confidence / 2)), inflation)
    binomial = p * (1 - p) / total
    details = {"icc": icc, "vif": inflation} | ({"deff": se**2 / binomial} if binomial > TINY else {})
    return replace(result, se=se, lo=lo, hi=hi, reason="", details=details)


def _few(n_clusters: int) -> tuple[str, ...]:
    words = f"few clusters: {n_clusters}; intervals and tests are approximate"
    return (words,) if n_clusters < FEW_CLUSTERS else ()


def ratio_se(hits: Floats, size: Floats) -> float:
    """Standard error of sum(hits) / sum(size) between clusters, shapes (K,), K >= 2."""
    n_clusters, p = len(size), hits.sum() / size.sum()
    spread = ((hits - p * size) ** 2).sum()
    return float(np.sqrt(n_clusters / (n_clusters - 1) * spread) / size.sum())


def anova_icc(hits: Floats, size: Floats) -> float:
    """Intracluster correlation of yes/no units by one-way analysis of variance; 0 where undefined."""
    n_clusters, total = len(size), size.sum()
    if total <= n_clusters:
        return 0.0
    within = float((hits - hits**2 / size).sum() / (total - n_clusters))
    between = float(((hits**2 / size).sum() - hits.sum() ** 2 / total) / (n_clusters - 1))
    typical = float((total - (size**2).sum() / total) / (n_clusters - 1))
    denominator = between + (typical - 1) * within
    return (between - within) / denominator if abs(denominator) > TINY else 0.0


def proportion_difference(
    x_a: ArrayLike, n_a: ArrayLike, x_b: ArrayLike, n_b: ArrayLike, confidence: float = 0.95
) -> Result:
    """Share a minus share b over the same K clusters, ratio estimators, t(K-1); shapes (K,) each.

    details: a, b, se_a, se_b, covariance.
    """
    parts = [np.asarray(part, dtype=np.float64) for part in (x_a, n_a, x_b, n_b)]
    if len({part.shape for part in parts}) != 1 or parts[0].ndim != 1:
        raise TableError("Both series need one x and one n per cluster, over the same clusters.")
    held = parts[1] + parts[3] > 0
    hits_a, size_a, hits_b, size_b = (part[held] for part in parts)
    n_clusters = int(held.sum())
    result = Result(
        confidence=confidence,
        ci_method="ratio estimators over the same clusters, t(K-1)",
        test="difference of proportions = 0, t(K-1)",
        n_units=int(size_a.sum()),
        n_clusters=n_clusters,
        reason=NO_UNITS,
        warnings=_few(n_clusters),
        reference="Obuchowski 1998; Rao and Scott 1992",
    )
    if not size_a.sum() or not size_b.sum():
        return result
    a, b = float(hits_a.sum() / size_a.sum()), float(hits_b.sum() / size_b.sum())
    result = replace(result, estimate=a - b, details={"a": a, "b": b})
    if n_clusters < 2:
        return replace(result, reason=NO_CLUSTERS)
    factor = n_clusters / (n_clusters - 1)
    score_a, score_b = (hits_a - a * size_a) / size_a.sum(), (hits_b - b * size_b) / size_b.sum()
    se = float(np.sqrt(factor * ((score_a - score_b) ** 2).sum()))
    each = {
        f"se_{name}": float(np.sqrt(factor * (s**2).sum())) for name, s in (("a", score_a), ("b", score_b))
    }
    details = {**result.details, **each, "covariance": float(factor * (score_a * score_b).sum())}
    result = replace(result, details=details)
    return replace(result, reason=NO_SPREAD) if se < TINY else with_t(result, se, n_clusters - 1)
