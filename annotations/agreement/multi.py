"""Coefficients of several readers with their intervals: Fleiss, Conger, Light, Brennan-Prediger, AC1/AC2.

Units on their own: standard error by Gwet's linearisation, interval by t(n-1). Clusters: jackknife, t(K-1).
statsmodels' fleiss_kappa knows neither missing ratings nor weights nor a standard error.
References: annotations.agreement.several. Light, Psychol Bull 1971;76:365.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from annotations.agreement import several
from annotations.agreement.cautions import cautions
from annotations.agreement.jackknife import jackknifed, left_one_out
from annotations.agreement.kappa import NO_SPREAD, TINY, kappas, with_t
from annotations.agreement.multi_scores import unit_scores
from annotations.agreement.ratings import cluster_positions, encode, unit_counts, unit_patterns
from annotations.agreement.result import Result
from annotations.agreement.several import Chance, Sums
from annotations.agreement.table import Counts, Floats, TableError
from annotations.agreement.weights import agreement_weights

NO_PAIRS = "no unit was rated by two readers"
ALL_ALIKE = "all ratings are of one and the same category: agreement by chance is already complete"
FEW_UNITS = "fewer than two units: the spread between them cannot be estimated"
Weights = str | ArrayLike | None
Scale = Sequence[Hashable] | None
CHANCE: dict[str, tuple[Chance, str, str]] = {
    "fleiss": (several.fleiss_chance, "Fleiss kappa", "Fleiss 1971; Gwet 2021"),
    "conger": (several.conger_chance, "Conger kappa", "Conger 1980; Gwet 2021"),
    "gwet": (several.gwet_chance, "Gwet AC", "Gwet 2008, 2021"),
    "brennan_prediger": (several.uniform_chance, "Brennan-Prediger", "Brennan and Prediger 1981; Gwet 2021"),
    "percent": (several.no_chance, "percent agreement", "Gwet 2021"),
}


def several_readers(
    ratings: ArrayLike,
    name: str = "fleiss",
    *,
    categories: Scale = None,
    weights: Weights = None,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Result:
    """The coefficient `name` (a key of CHANCE) of ratings (n, R); missing: None, NaN or empty.

    details: po, pe. left_out: units without a pair of ratings. Raises TableError on ratings off the scale.
    """
    codes, scale = encode(ratings, categories)
    if len(scale) < 2:
        title, reference = CHANCE[name][1:]
        reason = ALL_ALIKE if scale else NO_PAIRS
        return Result(
            confidence=confidence, test=f"{title} = 0", n_units=len(codes), reason=reason, reference=reference
        )
    matrix = agreement_weights(len(scale), weights, numbers(scale))
    groups = cluster_positions(clusters, len(codes))
    if groups is None and name != "conger":
        return from_patterns(*unit_patterns(codes, len(scale)), name, matrix, confidence)
    return _estimated(unit_counts(codes, len(scale)), codes, name, matrix, groups, confidence)


def from_counts(
    counts: ArrayLike,
    name: str = "fleiss",
    *,
    weights: Weights = None,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Result:
    """The same from how often each unit got each category (n, k); not for Conger, who needs the readers."""
    table = as_counts(counts)
    if name == "conger":
        raise TableError("Conger's kappa needs the ratings of each reader, not counts.")
    groups = cluster_positions(clusters, len(table))
    return _estimated(table, None, name, agreement_weights(table.shape[1], weights), groups, confidence)


def as_counts(counts: ArrayLike) -> Counts:
    """Counts of shape (n, k), k >= 2. Raises TableError on anything else."""
    array = np.asarray(counts)
    if array.ndim != 2 or array.shape[1] < 2 or np.any(array < 0) or np.any(array != np.floor(array)):
        raise TableError(
            "Expected counts per unit and category: whole numbers from 0 up, two categories or more."
        )
    return array.astype(np.int64)


def numbers(scale: Sequence[Hashable]) -> list[float] | None:
    """The categories as numbers for weights by distance; None where they are words."""
    if all(isinstance(c, (int, float)) and not isinstance(c, bool) for c in scale):
        return [float(c) for c in scale if isinstance(c, (int, float))]
    return None


def _estimated(
    counts: Counts,
    codes: Counts | None,
    name: str,
    matrix: Floats,
    groups: Counts | None,
    confidence: float,
) -> Result:
    """From counts (n, k) of each unit; codes (n, R) for Conger's kappa."""
    held = counts.sum(axis=1) > 0
    if not held.all():
        counts, codes = counts[held], None if codes is None else codes[held]
        groups = None if groups is None else np.unique(groups[held], return_inverse=True)[1]
    result = _begun(counts, np.ones(len(counts), dtype=np.int64), name, confidence, int((~held).sum()))
    if result.n_units == 0:
        return result
    readers = codes if name == "conger" else None
    if groups is None:
        whole = np.zeros(len(counts), dtype=np.int64)
        total = several.sums_by_cluster(counts, matrix, whole, readers).total()
        times = np.ones(len(counts), dtype=np.int64)
        return _alone(result, counts, times, total, codes, matrix, name)
    sums = several.sums_by_cluster(counts, matrix, groups, readers)
    n_clusters = len(sums.units)
    warnings = cautions(counts.sum(axis=0), n_clusters)
    result = _with_parts(
        replace(result, warnings=warnings, n_clusters=n_clusters), sums.total(), matrix, name
    )
    if result.estimate is None:
        return result
    return jackknifed(
        result, result.estimate, several.coefficient(sums.without_each(), matrix, CHANCE[name][0])
    )


def from_patterns(counts: Counts, times: Counts, name: str, matrix: Floats, confidence: float) -> Result:
    """From counts (u, k) that stand for `times` (u,) units each, without clusters; not for Conger's kappa."""
    unrated = counts.sum(axis=1) == 0
    left_out = int(times[unrated].sum())
    counts, times = counts[~unrated], times[~unrated]
    result = _begun(counts, times, name, confidence, left_out)
    if result.n_units == 0:
        return result
    return _alone(result, counts, times, several.sums_of_patterns(counts, times, matrix), None, matrix, name)


def _begun(counts: Counts, times: Counts, name: str, confidence: float, unrated: int) -> Result:
    given = counts.sum(axis=1)
    return Result(
        confidence=confidence,
        ci_method="linearised, t(n-1)",
        test=f"{CHANCE[name][1]} = 0",
        n_units=int(times[given > 1].sum()),
        reason=NO_PAIRS,
        warnings=cautions(times @ counts),
        reference=CHANCE[name][2],
        left_out=_left_out(unrated, int(times[given == 1].sum())),
    )


def _with_parts(result: Result, total: Sums, matrix: Floats, name: str) -> Result:
    """`result` with its estimate and details, or without an estimate and with the reason."""
    chance = CHANCE[name][0]
    estimate = float(several.coefficient(total, matrix, chance))
    po, pe = float(total.agreed / total.paired), float(chance(total, matrix))
    details = {"po": po, "pe": pe} if np.isfinite(pe) else {"po": po}
    if not np.isfinite(estimate):
        return replace(result, reason=ALL_ALIKE, details=details)
    return replace(result, estimate=estimate, reason=NO_SPREAD, details=details)


def _alone(
    result: Result,
    counts: Counts,
    times: Counts,
    total: Sums,
    codes: Counts | None,
    matrix: Floats,
    name: str,
) -> Result:
    """Units on their own: the linearised standard error."""
    result = _with_parts(result, total, matrix, name)
    if result.estimate is None:
        return result
    n = int(times.sum())
    if n < 2:
        return replace(result, reason=FEW_UNITS)
    scores = unit_scores(counts, codes, total, matrix, name)
    se = float(np.sqrt((times * scores**2).sum() / (n * (n - 1))))
    return replace(result, reason=NO_SPREAD) if se < TINY else with_t(result, se, n - 1)


def _left_out(unrated: int, single: int) -> dict[str, int]:
    words = {"no rating": unrated, "a single rating: counts for chance agreement only": single}
    return {reason: count for reason, count in words.items() if count}


def light_kappa(
    ratings: ArrayLike,
    *,
    categories: Scale = None,
    weights: Weights = None,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Result:
    """Light's kappa: the mean of Cohen's kappa over pairs of readers, each on the units both rated.

    Pairs without an estimable kappa are left out and counted. Interval: jackknife over clusters, or over
    units where there are none. details: pairs.
    """
    codes, scale = encode(ratings, categories)
    result = Result(
        confidence=confidence,
        test="Light kappa = 0",
        n_units=len(codes),
        reason=NO_PAIRS,
        reference="Light 1971",
    )
    if len(scale) < 2 or codes.shape[1] < 2:
        return replace(result, reason=ALL_ALIKE if len(scale) == 1 else NO_PAIRS)
    matrix = agreement_weights(len(scale), weights, numbers(scale))
    groups = cluster_positions(clusters, len(codes))
    by = np.arange(len(codes)) if groups is None else groups
    pairs = list(combinations(range(codes.shape[1]), 2))
    tables = np.stack([_pair_tables(codes[:, pair], len(scale), by) for pair in pairs], axis=1)
    each = kappas(tables.sum(axis=0), matrix)
    estimable = np.isfinite(each)
    left_out = {"pairs of readers without an estimable kappa": int((~estimable).sum())}
    counts = unit_counts(codes, len(scale)).sum(axis=0)
    result = replace(
        result,
        warnings=cautions(counts, None if groups is None else len(tables)),
        details={"pairs": float(estimable.sum())},
        left_out={} if estimable.all() else left_out,
    )
    if not estimable.any():
        return replace(result, reason="no pair of readers has an estimable kappa")
    without = kappas(left_one_out(tables[:, estimable].astype(np.float64)), matrix).mean(axis=1)
    return jackknifed(result, float(each[estimable].mean()), without)


def _pair_tables(pair: Counts, k: int, groups: Counts) -> Counts:
    both = (pair >= 0).all(axis=1)
    n_groups = int(groups.max()) + 1 if len(groups) else 0
    flat = (groups[both] * k + pair[both, 0]) * k + pair[both, 1]
    tables: Counts = np.bincount(flat, minlength=n_groups * k * k).reshape(n_groups, k, k)
    return tables
