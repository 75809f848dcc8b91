"""Treatments compared by several readers on the same cases: Obuchowski-Rockette with Hillis' degrees of
freedom, and the U-statistic variance of iMRMC.

Sensitivity rests on the positive cases only, and only they are left out in turn; the jackknife over all
cases, as some programs have it, gives other degrees of freedom.
References: Obuchowski and Rockette 1995. Hillis, Stat Med 2007;26:596; Hillis, Stat Med 2014;33:330. Gallas,
Bandos, Samuelson and Wagner, Commun Stat Theory 2009;38:2586 (U-statistics). Obuchowski, Gallas and Hillis,
Acad Radiol 2012;19:1508 (their degrees of freedom).
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from annotations.agreement.jackknife import FRAGILE
from annotations.agreement.kappa import NO_SPREAD, TINY
from annotations.agreement.mrmc_cases import Kernel, case_covariance, cluster_covariance, kernel
from annotations.agreement.result import NO_CLUSTERS, Result
from annotations.agreement.table import Floats, TableError

EFFECTS = {
    "both": "readers and cases random",
    "cases": "cases random, readers fixed",
    "readers": "readers random, cases fixed",
}
FEW_CASES = "fewer than two cases of a kind that every reader scored in every treatment"
FEW_READERS = "needs two treatments and two readers or more"
LEFT_OUT = "case without a score of every reader in every treatment, or without truth"


def obuchowski_rockette(
    scores: ArrayLike,
    truth: ArrayLike,
    metric: str = "auc",
    *,
    covariance: str = "jackknife",
    effects: str = "both",
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Result:
    """Treatments compared from scores (t, r, n) and truth (n,); estimate: first less second where t is 2.

    metric: sensitivity, specificity (decisions 0/1), or auc. covariance: jackknife, delong or unbiased.
    effects: what is random, "both", "cases" or "readers". clusters: (n,), cases of one cluster are
    correlated: the covariance is then the jackknife over clusters. statistic: F; df: of its denominator,
    None where infinite. details: theta1, ..., theta{i}_{j} of reader j, err, cov1, cov2, cov3, ms_t, ms_tr,
    df1; diff{i}_{j} of each two treatments. Raises TableError as `kernel` does.
    """
    if effects not in EFFECTS:
        raise TableError(f"The effects are one of {', '.join(EFFECTS)}, not {effects!r}.")
    base, cases, enough = _begun(scores, truth, metric, confidence, clusters)
    base = replace(
        base,
        ci_method=f"Obuchowski-Rockette-Hillis, {EFFECTS[effects]}",
        test="equality of treatments, F",
        reference="Obuchowski and Rockette 1995; Hillis 2007",
    )
    if not enough:
        return base
    theta = cases.theta
    t, r = theta.shape
    flat = cases.values.reshape(t * r, *cases.values.shape[2:])
    grouped = cases.groups is not None
    spread = cluster_covariance(flat, cases.groups or ()) if grouped else case_covariance(flat, covariance)
    if not np.isfinite(spread).all():
        return replace(base, reason=FRAGILE)
    err, cov1, cov2, cov3 = _components(spread, t, r)
    means = theta.mean(axis=1)
    residual = theta - means[:, None] - theta.mean(axis=0) + theta.mean()
    ms_t = float(r * means.var(ddof=1))
    ms_tr = float((residual**2).sum() / ((t - 1) * (r - 1)))
    details = _figures(theta) | {"err": err, "cov1": cov1, "cov2": cov2, "cov3": cov3}
    details |= {"ms_t": ms_t, "ms_tr": ms_tr, "df1": float(t - 1)}
    base = replace(base, details=details, estimate=float(means[0] - means[1]) if t == 2 else None)
    shared = max(r * (cov2 - cov3), 0.0)
    if effects == "cases":
        return _tested(base, ms_t, err - cov1 + (r - 1) * max(cov2 - cov3, 0.0), None, (t, r))
    residual_df = float((t - 1) * (r - 1))
    error = ms_tr + (shared if effects == "both" else 0.0)
    df = error**2 / (ms_tr**2 / residual_df) if ms_tr > TINY**2 else None
    return _tested(base, ms_t, error, df, (t, r))


def _begun(
    scores: ArrayLike,
    truth: ArrayLike,
    metric: str,
    confidence: float,
    clusters: Sequence[Hashable] | None = None,
) -> tuple[Result, Kernel, bool]:
    cases = kernel(scores, truth, metric, clusters)
    t, r = cases.values.shape[:2]
    reason = FEW_READERS if t < 2 or r < 2 else FEW_CASES if min(cases.values.shape[2:]) < 2 else ""
    n, n_clusters = int(sum(cases.values.shape[2:])), cases.n_clusters
    if not reason and n_clusters is not None and n_clusters < 2:
        reason = NO_CLUSTERS
    left_out = {LEFT_OUT: cases.left_out} if cases.left_out else {}
    words = f"few readers: {r}" if r < 4 else ""
    result = Result(
        confidence=confidence,
        n_units=n,
        n_clusters=n if n_clusters is None else n_clusters,
        reason=reason or NO_SPREAD,
        warnings=(words,) if words else (),
        left_out=left_out,
    )
    return result, cases, not reason


def _components(spread: Floats, t: int, r: int) -> tuple[float, float, float, float]:
    """Mean variance; mean covariance of one reader in two treatments, two readers in one, and both apart."""
    four = spread.reshape(t, r, t, r)
    same_t, same_r = np.eye(t, dtype=bool)[:, None, :, None], np.eye(r, dtype=bool)[None, :, None, :]
    masks = (same_t & same_r, ~same_t & same_r, same_t & ~same_r, ~same_t & ~same_r)
    err, cov1, cov2, cov3 = (float(four[np.broadcast_to(mask, four.shape)].mean()) for mask in masks)
    return err, cov1, cov2, cov3


def _figures(theta: Floats) -> dict[str, float]:
    means = theta.mean(axis=1)
    named = {f"theta{i}": float(mean) for i, mean in enumerate(means, 1)}
    named |= {f"theta{i + 1}_{j + 1}": float(value) for (i, j), value in np.ndenumerate(theta)}
    pairs = combinations(range(len(means)), 2)
    return named | {f"diff{i + 1}_{j + 1}": float(means[i] - means[j]) for i, j in pairs}


def _tested(result: Result, ms_t: float, error: float, df: float | None, shape: tuple[int, int]) -> Result:
    t, r = shape
    if error < TINY**2:
        return replace(result, reason=NO_SPREAD)
    f, numerator = ms_t / error, t - 1
    p = (
        float(stats.f.sf(f, numerator, df))
        if df is not None
        else float(stats.chi2.sf(f * numerator, numerator))
    )
    result = replace(result, statistic=f, df=df, p=p, reason="")
    if result.estimate is None or result.confidence is None:
        return result
    return _interval(result, float(np.sqrt(2 * error / r)), df)


def _interval(result: Result, se: float, df: float | None) -> Result:
    assert result.estimate is not None
    assert result.confidence is not None
    tail = 0.5 + result.confidence / 2
    half = se * float(stats.norm.ppf(tail) if df is None else stats.t.ppf(tail, df))
    return replace(result, se=se, lo=result.estimate - half, hi=result.estimate + half)


def u_statistic(
    scores: ArrayLike, truth: ArrayLike, metric: str = "auc", *, confidence: float = 0.95
) -> Result:
    """First less second treatment of scores (2, r, n): unbiased variance by U-statistics, as iMRMC has it.

    Readers and cases random. statistic: t; df as iMRMC's df_BDG. details: theta1, theta2, ... Raises
    TableError as `kernel` does, and unless there are two treatments.
    """
    base, cases, enough = _begun(scores, truth, metric, confidence)
    base = replace(
        base,
        ci_method="U-statistics, t",
        test="difference of treatments = 0, t",
        reference="Gallas et al. 2009; Obuchowski, Gallas and Hillis 2012",
    )
    if not enough:
        return base
    if len(cases.values) != 2:
        raise TableError("The U-statistic compares two treatments: pass two at a time.")
    gap = cases.values[0] - cases.values[1]
    estimate = float(gap.mean())
    base = replace(base, estimate=estimate, details=_figures(cases.theta))
    variance = estimate**2 - _mean_product_apart(gap)
    axes = range(gap.ndim)
    each = [gap.mean(axis=tuple(a for a in axes if a != axis)) for axis in axes]
    squared = sum((float(part.var(ddof=1)) / len(part)) ** 2 / (len(part) - 1) for part in each)
    if variance < TINY or squared < TINY**3:
        return replace(base, reason="the unbiased variance is not positive")
    df, se = variance**2 / squared, float(np.sqrt(variance))
    p = float(2 * stats.t.sf(abs(estimate) / se, df))
    return _interval(replace(base, statistic=estimate / se, df=df, p=p, reason=""), se, df)


def _mean_product_apart(gap: Floats) -> float:
    """Mean product of two entries that share no index, by inclusion and exclusion over the axes."""
    axes: Sequence[int] = range(gap.ndim)
    total = 0.0
    for kept in range(gap.ndim + 1):
        for shared in combinations(axes, kept):
            summed = gap.sum(axis=tuple(axis for axis in axes if axis not in shared))
            total += (-1) ** kept * float((summed**2).sum())
    return total / float(np.prod([n * (n - 1) for n in gap.shape]))
