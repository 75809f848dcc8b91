"""Fleiss' kappa with its test under independence, and kappa of each category against all others.

The test and the category kappas need the same number of ratings for every unit; the coefficient does not.
References: Fleiss, Psychol Bull 1971;76:378. Fleiss, Nee and Landis, Psychol Bull 1979;86:974 (standard
errors under independence).
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from annotations.agreement.kappa import TINY
from annotations.agreement.multi import (
    Scale,
    Weights,
    as_counts,
    from_counts,
    from_patterns,
    several_readers,
)
from annotations.agreement.ratings import encode, unit_counts, unit_patterns
from annotations.agreement.result import Result
from annotations.agreement.table import Counts, Floats, TableError

UNEQUAL = "the units were not all rated equally often: the standard error under independence is undefined"
NULL_TEST = "kappa = 0, z from the standard error under independence"
NULL_REFERENCE = "Fleiss, Nee and Landis 1979"


def fleiss_kappa(
    ratings: ArrayLike | None = None,
    *,
    counts: ArrayLike | None = None,
    categories: Scale = None,
    weights: Weights = None,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Result:
    """Fleiss' kappa of ratings (n, R), missing allowed, or of counts (n, k).

    Standard error and interval hold away from independence; statistic and p test independence (`se0` in
    details) where units are unweighted, unclustered and rated equally often.
    """
    if clusters is not None or weights not in (None, "unweighted"):
        if counts is None:
            return several_readers(
                _given(ratings),
                "fleiss",
                categories=categories,
                weights=weights,
                clusters=clusters,
                confidence=confidence,
            )
        return from_counts(counts, "fleiss", weights=weights, clusters=clusters, confidence=confidence)
    table, times = _patterns(ratings, counts, categories)
    if table.shape[1] < 2:
        return several_readers(_given(ratings), "fleiss", categories=categories, confidence=confidence)
    return _tested(from_patterns(table, times, "fleiss", np.eye(table.shape[1]), confidence), table, times)


def _given(ratings: ArrayLike | None) -> ArrayLike:
    if ratings is None:
        raise TableError("Fleiss' kappa needs ratings or counts.")
    return ratings


def _patterns(
    ratings: ArrayLike | None, counts: ArrayLike | None, categories: Scale
) -> tuple[Counts, Counts]:
    if counts is not None:
        table = as_counts(counts)
        return table, np.ones(len(table), dtype=np.int64)
    codes, scale = encode(_given(ratings), categories)
    return unit_patterns(codes, len(scale))


def _tested(result: Result, table: Counts, times: Counts) -> Result:
    """`result` with z under independence, or without a test where that is undefined."""
    if result.estimate is None:
        return result
    se0 = null_se(table, times)
    if se0 is None:
        return replace(result, statistic=None, df=None, p=None, warnings=(*result.warnings, UNEQUAL))
    z = result.estimate / se0
    p = float(2 * stats.norm.sf(abs(z)))
    return replace(result, statistic=z, df=None, p=p, test=NULL_TEST, details={**result.details, "se0": se0})


def _equal_ratings(table: Counts, times: Counts) -> tuple[int, int] | None:
    """Units and ratings per unit; None unless every rated unit has the same number, two or more."""
    given = table.sum(axis=1)
    times, given = times[given > 0], given[given > 0]
    equal = len(given) > 0 and given.min() == given.max() and given[0] > 1
    return (int(times.sum()), int(given[0])) if equal else None


def null_se(table: Counts, times: Counts) -> float | None:
    """Standard error of Fleiss' kappa under independence; None where undefined.

    table: counts (u, k) that stand for `times` (u,) units each.
    """
    equal = _equal_ratings(table, times)
    if equal is None:
        return None
    n, m = equal
    share: Floats = (times @ table) / (n * m)
    spread = share * (1 - share)
    if spread.sum() < TINY:
        return None
    inner = spread.sum() ** 2 - (spread * (1 - 2 * share)).sum()
    return float(np.sqrt(2 * max(inner, 0.0) / (n * m * (m - 1))) / spread.sum())


def category_kappas(
    ratings: ArrayLike | None = None,
    *,
    counts: ArrayLike | None = None,
    categories: Scale = None,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> list[Result]:
    """Fleiss' kappa of each category against all others, in the order of the scale.

    Without clusters: the interval of the dichotomised kappa, and z from sqrt(2 / (n m (m - 1))).
    """
    if clusters is None:
        table, times = _patterns(ratings, counts, categories)
        pairs = _against_rest(table)
        return [_tested(from_patterns(p, times, "fleiss", np.eye(2), confidence), p, times) for p in pairs]
    if counts is None:
        codes, scale = encode(_given(ratings), categories)
        counts = unit_counts(codes, len(scale))
    pairs = _against_rest(np.asarray(counts))
    return [from_counts(pair, "fleiss", clusters=clusters, confidence=confidence) for pair in pairs]


def _against_rest(table: Counts) -> list[Counts]:
    total = table.sum(axis=1)
    return [np.stack([total - column, column], axis=1) for column in table.T]
