"""Agreement of two readers: every coefficient, for independent units and for units in clusters.

One table of counts (k, k) gives the large-sample standard error (delta method, multinomial counts) and a
normal interval; one table per cluster (K, k, k) gives the cluster jackknife and t(K-1). Not in statsmodels or
scikit-learn but for Cohen's kappa, whose weights scikit-learn takes from the categories that occur.
References: annotations.agreement.coefficients; Fleiss, Cohen and Everitt 1969; Gwet 2021.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from annotations.agreement import coefficients as known
from annotations.agreement.cautions import table_cautions
from annotations.agreement.coefficients import Coefficient
from annotations.agreement.jackknife import jackknifed, left_one_out
from annotations.agreement.kappa import NO_SPREAD, NO_UNITS, ONE_CATEGORY, TINY
from annotations.agreement.result import Result
from annotations.agreement.table import Counts, Floats, TableError, as_cluster_tables, collapse
from annotations.agreement.weights import agreement_weights

NEVER_NAMED = "neither reader ever named the category"


def two_readers(
    tables: ArrayLike,
    coefficient: Coefficient = known.COHEN,
    weights: str | ArrayLike | None = None,
    confidence: float = 0.95,
) -> Result:
    """One coefficient from counts (k, k), or (K, k, k) with one table per cluster; empty ones drop out.

    details: po, and pe where the coefficient corrects for chance. Raises TableError on anything but counts.
    """
    array = np.asarray(tables)
    clustered = array.ndim == 3
    counts = as_cluster_tables(array if clustered else array[None])
    pooled = counts.sum(axis=0).astype(np.float64)
    n, matrix = int(pooled.sum()), agreement_weights(array.shape[-1], weights)
    result = Result(
        confidence=confidence,
        ci_method="normal, delta method",
        test=f"{coefficient.name} = 0",
        n_units=n,
        n_clusters=len(counts) if clustered else None,
        reason=NO_UNITS,
        warnings=table_cautions(pooled, len(counts) if clustered else None),
        reference=coefficient.reference,
    )
    if n == 0:
        return result
    estimate = float(coefficient.value(pooled, matrix))
    result = replace(result, details=_parts(coefficient, pooled, matrix, estimate))
    if not np.isfinite(estimate):
        return replace(result, reason=NEVER_NAMED if "specific" in coefficient.name else ONE_CATEGORY)
    if clustered:
        without = coefficient.value(left_one_out(counts.astype(np.float64)), matrix)
        return jackknifed(result, estimate, without)
    return with_normal(result, estimate, delta_se(coefficient.slope(pooled / n, matrix), pooled))


def _parts(coefficient: Coefficient, pooled: Floats, matrix: Floats, estimate: float) -> dict[str, float]:
    po = float(known.observed_agreement(pooled, matrix))
    if "agreement" in coefficient.name or not np.isfinite(estimate) or abs(1 - estimate) < TINY:
        return {"po": po}
    return {"po": po, "pe": (po - estimate) / (1 - estimate)}


def delta_se(slope: Floats, pooled: Floats) -> float:
    """Standard error of a function of multinomial shares with derivative `slope`, counts `pooled`."""
    share = pooled / pooled.sum()
    spread = (share * (slope - (share * slope).sum()) ** 2).sum()
    return float(np.sqrt(spread / pooled.sum()))


def with_normal(result: Result, estimate: float, se: float) -> Result:
    """`result` with estimate, standard error, normal interval and two-sided z test against 0."""
    assert result.confidence is not None
    level, result = result.confidence, replace(result, estimate=estimate)
    if not np.isfinite(se) or se < TINY:
        return replace(result, reason=NO_SPREAD)
    half, z = float(stats.norm.ppf(0.5 + level / 2)) * se, estimate / se
    p = float(2 * stats.norm.sf(abs(z)))
    return replace(result, se=se, lo=estimate - half, hi=estimate + half, statistic=z, p=p, reason="")


def scott_pi(tables: ArrayLike, weights: str | ArrayLike | None = None, confidence: float = 0.95) -> Result:
    """Scott's pi: chance from the mean of both readers' margins."""
    return two_readers(tables, known.SCOTT, weights, confidence)


def brennan_prediger(
    tables: ArrayLike, weights: str | ArrayLike | None = None, confidence: float = 0.95
) -> Result:
    """Brennan and Prediger's coefficient: chance is uniform over the fixed categories."""
    return two_readers(tables, known.BRENNAN_PREDIGER, weights, confidence)


def pabak(tables: ArrayLike, confidence: float = 0.95) -> Result:
    """Prevalence- and bias-adjusted kappa, (k po - 1) / (k - 1). One table: the exact interval of po, carried
    over (as epiR does); clusters: jackknife."""
    result = two_readers(tables, known.PABAK, None, confidence)
    k, n = np.asarray(tables).shape[-1], result.n_units
    if np.asarray(tables).ndim == 3 or result.estimate is None:
        return result
    agreed, tail = round(result.details["po"] * n), (1 - confidence) / 2
    lo = float(stats.beta.ppf(tail, agreed, n - agreed + 1)) if agreed else 0.0
    hi = float(stats.beta.ppf(1 - tail, agreed + 1, n - agreed)) if agreed < n else 1.0
    lo, hi = (k * lo - 1) / (k - 1), (k * hi - 1) / (k - 1)
    return replace(result, lo=lo, hi=hi, reason="", ci_method="Clopper-Pearson interval of po, rescaled")


def gwet_ac(tables: ArrayLike, weights: str | ArrayLike | None = None, confidence: float = 0.95) -> Result:
    """Gwet's AC1 (no weights) or AC2 (weights)."""
    return two_readers(tables, known.GWET, weights, confidence)


def krippendorff_alpha_table(
    tables: ArrayLike, weights: str | ArrayLike | None = None, confidence: float = 0.95
) -> Result:
    """Krippendorff's alpha of two readers without missing values, distances as 1 - weights."""
    return two_readers(tables, known.ALPHA, weights, confidence)


def percent_agreement(
    tables: ArrayLike, weights: str | ArrayLike | None = None, confidence: float = 0.95
) -> Result:
    """The (weighted) share of units on which both readers agree."""
    return two_readers(tables, known.PERCENT, weights, confidence)


def specific_agreement(tables: ArrayLike, positions: int | Sequence[int], confidence: float = 0.95) -> Result:
    """Agreement specific to one category, or to several taken together as one, by their positions.

    With positions [1, 2, ...] it is positive agreement on presence; with 0, negative agreement.
    """
    chosen = [positions] if isinstance(positions, int) else list(positions)
    return two_readers(against_rest(tables, chosen), known.specific(1), None, confidence)


def against_rest(tables: ArrayLike, positions: Sequence[int]) -> Counts:
    """Two-by-two tables (..., 2, 2): the categories at `positions` (second) against all others (first)."""
    array = np.asarray(tables)
    k = array.shape[-1]
    rest = [position for position in range(k) if position not in set(positions)]
    if not positions or not rest or not set(positions) <= set(range(k)):
        raise TableError(f"Name some but not all of the positions 0 to {k - 1}.")
    return collapse(array, [rest, list(positions)])


def presence_kappa(tables: ArrayLike, confidence: float = 0.95) -> Result:
    """Cohen's kappa of any change (position 1 and up) against none (position 0)."""
    return two_readers(against_rest(tables, range(1, np.asarray(tables).shape[-1])), confidence=confidence)


def type_kappa(tables: ArrayLike, position: int, confidence: float = 0.95) -> Result:
    """Cohen's kappa of one category against all others."""
    return two_readers(against_rest(tables, [position]), confidence=confidence)
