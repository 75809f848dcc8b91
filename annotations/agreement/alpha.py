"""Krippendorff's alpha, nominal, ordinal, interval and ratio, with missing ratings.

The package `krippendorff` gives the value alone, raises where one category occurs, and is slow on many units;
here the value comes from one table of coincidences. Interval: linearised for units, jackknife for clusters.
References: Krippendorff, Content Analysis, 4th ed. 2018, ch. 12; Computing Krippendorff's Alpha-Reliability,
2011. Gwet 2021, ch. 5 (standard error).
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from annotations.agreement.cautions import cautions
from annotations.agreement.jackknife import jackknifed, left_one_out
from annotations.agreement.kappa import NO_SPREAD, TINY, with_t
from annotations.agreement.multi import ALL_ALIKE, FEW_UNITS, NO_PAIRS, Scale, as_counts, numbers
from annotations.agreement.ratings import cluster_positions, encode, unit_counts, unit_patterns
from annotations.agreement.result import Result
from annotations.agreement.table import Counts, Floats, TableError

NO_INTERVAL = "a variant to compare with: no interval is defined"
LEVELS = ("nominal", "ordinal", "interval", "ratio")


def krippendorff_alpha(
    ratings: ArrayLike | None = None,
    level: str = "nominal",
    *,
    counts: ArrayLike | None = None,
    categories: Scale = None,
    distances: ArrayLike | None = None,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Result:
    """Alpha of ratings (n, R), None or NaN where missing, or of counts (n, k).

    level: nominal, ordinal, interval or ratio; interval and ratio take the categories as numbers, or their
    positions where they are words or counts are given. distances: (k, k), instead of a level. details:
    observed and expected disagreement. Raises TableError on another level.
    """
    if level not in LEVELS:
        raise TableError(f"The level is one of {', '.join(LEVELS)}, not {level!r}.")
    table, times, scale = _patterns(ratings, counts, categories, clusters is not None)
    values = numbers(scale) or list(range(len(scale)))
    given, groups = table.sum(axis=1), cluster_positions(clusters, len(table))
    held, rated = given > 1, int(times[given == 1].sum())
    result = Result(
        confidence=confidence,
        ci_method="linearised, t(n-1)",
        test="alpha = 0",
        n_units=int(times[held].sum()),
        reason=NO_PAIRS,
        reference="Krippendorff 2018",
        left_out={"a single rating: cannot be paired": rated} if rated else {},
    )
    if not held.any():
        return result
    groups = None if groups is None else np.unique(groups[held], return_inverse=True)[1]
    scaled = np.asarray(values, dtype=np.float64)
    return _estimated(result, table[held], times[held], scaled, level, distances, groups)


def krippendorff_alpha_irr(
    ratings: ArrayLike, level: str = "nominal", *, categories: Scale = None, confidence: float = 0.95
) -> Result:
    """Alpha as R's irr 0.84.1 prints it (`kripp.alpha`), to compare with figures made there; no interval.

    Where nobody left a unit out, irr does not divide a unit's pairs by its ratings less one, so that n - 1
    becomes n - 1 / (m - 1) for n ratings by m readers: a little lower. Krippendorff's own definition, the
    package `krippendorff` and `krippendorff_alpha` divide. With a missing rating, or two readers, both agree.
    """
    ours = krippendorff_alpha(ratings, level, categories=categories, confidence=confidence)
    codes, _ = encode(ratings, categories)
    n, m = codes.size, codes.shape[1]
    result = Result(
        confidence=confidence,
        n_units=ours.n_units,
        reason=ours.reason or NO_INTERVAL,
        warnings=ours.warnings,
        left_out=ours.left_out,
        reference="R irr 0.84.1, kripp.alpha",
    )
    if ours.estimate is None:
        return result
    complete = m > 1 and bool((codes >= 0).all())
    factor = (n - 1 / (m - 1)) / (n - 1) if complete else 1.0
    return replace(result, estimate=1 - (1 - ours.estimate) * factor)


def _patterns(
    ratings: ArrayLike | None, counts: ArrayLike | None, categories: Scale, clustered: bool
) -> tuple[Counts, Counts, tuple[Hashable, ...]]:
    """Counts (u, k), how many units have each, and the scale; one row per unit where there are clusters."""
    if counts is not None:
        table = as_counts(counts)
        scale = tuple(categories) if categories is not None else tuple(range(table.shape[1]))
    elif ratings is not None:
        codes, scale = encode(ratings, categories)
        if not clustered:
            return *unit_patterns(codes, len(scale)), scale
        table = unit_counts(codes, len(scale))
    else:
        raise TableError("Krippendorff's alpha needs ratings or counts.")
    return table, np.ones(len(table), dtype=np.int64), scale


def _estimated(
    result: Result,
    table: Counts,
    times: Counts,
    values: Floats,
    level: str,
    distances: ArrayLike | None,
    groups: Counts | None,
) -> Result:
    n_clusters = None if groups is None else int(groups.max()) + 1
    result = replace(result, warnings=cautions(times @ table, n_clusters), n_clusters=n_clusters)
    fixed = None if distances is None else np.asarray(distances, dtype=np.float64)
    weights = 1.0 / (table.sum(axis=1) - 1)
    together = coincidences(table, weights * times)
    disagreement, expected = _parts(together, values, level, fixed)
    if expected < TINY:
        return replace(result, reason=ALL_ALIKE)
    alpha = float(1 - disagreement / expected)
    result = replace(result, details={"observed": float(disagreement), "expected": float(expected)})
    if groups is not None:
        without = left_one_out(_by_cluster(table, weights, groups))
        observed, by_chance = _parts(without, values, level, fixed)
        with np.errstate(divide="ignore", invalid="ignore"):
            return jackknifed(result, alpha, np.where(by_chance > TINY, 1 - observed / by_chance, np.nan))
    distance = fixed if fixed is not None else metric(together.sum(axis=0), values, level)
    return _linearised(replace(result, estimate=alpha), table, times, distance)


def coincidences(table: Counts, weights: Floats) -> Floats:
    """Ordered pairs of ratings within units, each row's multiplied by its weight, shape (k, k)."""
    counts = table.astype(np.float64)
    scaled = counts * weights[:, None]
    together: Floats = counts.T @ scaled
    return together - np.diag(scaled.sum(axis=0))


def _by_cluster(table: Counts, weights: Floats, groups: Counts) -> Floats:
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(groups.max()) + 2))
    return np.stack(
        [coincidences(table[order[a:b]], weights[order[a:b]]) for a, b in pairwise(starts.tolist())]
    )


def _parts(together: Floats, values: Floats, level: str, distances: Floats | None) -> tuple[Floats, Floats]:
    """Observed and expected disagreement of coincidences (..., k, k)."""
    margin = together.sum(axis=-1)
    n = margin.sum(axis=-1)
    distance = metric(margin, values, level) if distances is None else distances
    with np.errstate(divide="ignore", invalid="ignore"):
        observed: Floats = (together * distance).sum(axis=(-1, -2)) / n
        expected: Floats = np.einsum("...i,...ij,...j->...", margin, distance, margin) / (n * (n - 1))
    return observed, np.nan_to_num(expected)


def metric(margin: Floats, values: Floats, level: str) -> Floats:
    """Squared difference of each two categories at a level, shape (..., k, k) or (k, k); margin: (..., k)."""
    k = len(values)
    if level == "nominal":
        return 1 - np.eye(k)
    if level == "interval":
        return np.asarray(np.subtract.outer(values, values) ** 2)
    if level == "ratio":
        gap, total = np.subtract.outer(values, values), np.add.outer(values, values)
        return np.asarray(np.divide(gap, total, out=np.zeros_like(gap), where=total != 0) ** 2)
    middle = np.cumsum(margin, axis=-1) - margin / 2
    return np.asarray((middle[..., :, None] - middle[..., None, :]) ** 2)


def _linearised(result: Result, table: Counts, times: Counts, distance: Floats) -> Result:
    """Alpha's interval from each unit's contribution, the metric held fixed."""
    n = int(times.sum())
    if n < 2 or result.estimate is None:
        return replace(result, reason=FEW_UNITS)
    counts = table.astype(np.float64)
    given = counts.sum(axis=1)
    used = times @ counts
    mean, share = used.sum() / n, used / used.sum()
    far = counts @ distance
    observed = np.einsum("ij,ij->i", counts, far) / ((given - 1) * mean)
    average, expected = float(times @ observed) / n, float(share @ distance @ share)
    length = given / mean - 1
    by_chance = far @ share / mean - expected * (1 + length)
    scores = (observed - average * (1 + length)) / expected - 2 * average * by_chance / expected**2
    se = float(np.sqrt((times * scores**2).sum() / (n * (n - 1))))
    return replace(result, reason=NO_SPREAD) if se < TINY else with_t(result, se, n - 1)
