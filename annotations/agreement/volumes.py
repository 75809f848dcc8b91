"""Agreement of measured values: Bland and Altman's limits, Pearson's correlation, Dice's overlap.

References: Bland and Altman, Lancet 1986;327:307. Fisher 1921 (z transformation). Dice, Ecology 1945;26:297.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from annotations.agreement.jackknife import jackknifed, left_one_out
from annotations.agreement.kappa import NO_SPREAD, TINY, with_t
from annotations.agreement.ratings import cluster_positions
from annotations.agreement.result import Result
from annotations.agreement.table import Floats, TableError

TOO_FEW = "fewer than {} pairs of values"
MISSING_VALUE = "a value is missing"


def _pairs(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats, dict[str, int], NDArray[np.bool_]]:
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise TableError("Expected two series of the same length.")
    held = np.isfinite(x) & np.isfinite(y)
    missing = int((~held).sum())
    return x[held], y[held], {MISSING_VALUE: missing} if missing else {}, held


def bland_altman(
    first: ArrayLike,
    second: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Result:
    """Mean of first - second (n,) with limits of agreement at 1.96 standard deviations.

    details: sd, lower, upper and their interval limits (lower_lo, ...). With clusters the interval of the
    mean is the jackknife's, and the limits of agreement are those of all pairs together.
    """
    x, y, left_out, held = _pairs(first, second)
    result = Result(
        confidence=confidence,
        ci_method="t(n-1)",
        test="mean difference = 0, t",
        n_units=len(x),
        reason=TOO_FEW.format(2),
        reference="Bland and Altman 1986",
        left_out=left_out,
    )
    if len(x) < 2:
        return result
    gap, n = x - y, len(x)
    bias, sd = float(gap.mean()), float(gap.std(ddof=1))
    reach, quantile = 1.96 * sd, float(stats.t.ppf(0.5 + confidence / 2, n - 1))
    half = quantile * sd * float(np.sqrt(1 / n + 1.96**2 / (2 * (n - 1))))
    details = {"sd": sd, "lower": bias - reach, "upper": bias + reach}
    details |= {f"{side}_lo": details[side] - half for side in ("lower", "upper")}
    details |= {f"{side}_hi": details[side] + half for side in ("lower", "upper")}
    result = replace(result, estimate=bias, details=details)
    if clusters is not None:
        groups = _groups(clusters, held)
        sums = np.stack([np.bincount(groups, gap), np.bincount(groups)], axis=1).astype(np.float64)
        rest = left_one_out(sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            return jackknifed(result, bias, rest[:, 0] / rest[:, 1])
    return replace(result, reason=NO_SPREAD) if sd < TINY else with_t(result, sd / float(np.sqrt(n)), n - 1)


def _groups(clusters: Sequence[Hashable], held: NDArray[np.bool_]) -> NDArray[np.int64]:
    positions = cluster_positions(clusters, len(held))
    assert positions is not None
    return np.unique(positions[held], return_inverse=True)[1].astype(np.int64)


def pearson(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Result:
    """Pearson's r of two series (n,), Fisher-z interval, t test; units independent (scipy's pearsonr)."""
    x, y, left_out, _ = _pairs(first, second)
    result = Result(
        confidence=confidence,
        ci_method="Fisher z",
        test="correlation = 0, t(n-2)",
        n_units=len(x),
        reason=TOO_FEW.format(4),
        reference="Fisher 1921",
        left_out=left_out,
    )
    if len(x) < 4:
        return result
    if x.std() < TINY or y.std() < TINY:
        return replace(result, reason="one of the series does not vary")
    found = stats.pearsonr(x, y)
    lo, hi = found.confidence_interval(confidence)
    return replace(
        result, estimate=float(found.statistic), lo=float(lo), hi=float(hi), p=float(found.pvalue), reason=""
    )


def dice(first: ArrayLike, second: ArrayLike) -> Result:
    """Dice's overlap of two masks of any one shape: twice what they share by what they hold together."""
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if a.shape != b.shape:
        raise TableError("Expected two masks of the same shape.")
    held = int(a.sum()) + int(b.sum())
    result = Result(n_units=a.size, reason="both masks are empty", reference="Dice 1945")
    if not held:
        return result
    return replace(result, estimate=2 * int((a & b).sum()) / held, reason="")
