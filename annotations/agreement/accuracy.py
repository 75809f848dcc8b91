"""Readings against truth: sensitivity, specificity, predictive values, accuracy, kappa; overall and by type.

Every proportion comes with Wald's interval (as in the paper), Wilson's, Clopper-Pearson's, and the one that
allows for clusters. Truth is the rows of every table, the reading the columns.
References: Gao et al., JOR Spine 2022, Table 2 (Wald); annotations.agreement.proportions; Simel, Samsa and
Matchar, J Clin Epidemiol 1991;44:763 (likelihood ratios).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from annotations.agreement.kappa import clustered_kappa, cohen_kappa
from annotations.agreement.proportions import clustered_proportion, proportion
from annotations.agreement.result import Result
from annotations.agreement.table import Counts, TableError, as_cluster_tables
from annotations.agreement.two_readers import against_rest

NO_SUCH_UNIT = {
    "sensitivity": "no unit is positive by the truth",
    "specificity": "no unit is negative by the truth",
    "ppv": "no unit was read as positive",
    "npv": "no unit was read as negative",
    "accuracy": "no unit was read against truth",
}
Intervals = Mapping[str, Result]


def binary_accuracy(tables: ArrayLike, confidence: float = 0.95) -> dict[str, Intervals]:
    """Of counts [[tn, fp], [fn, tp]], (2, 2), or one such table per cluster, (K, 2, 2).

    Keys: sensitivity, specificity, ppv, npv, accuracy, each a mapping of interval method to Result (the keys
    of `proportion`, and "clustered" where there are clusters); kappa, with "plain" or "clustered".
    """
    counts = _tables(tables)
    if counts.shape[1] != 2:
        raise TableError("Expected [[true negative, false positive], [false negative, true positive]].")
    tn, fp, fn, tp = (counts[:, i, j] for i in (0, 1) for j in (0, 1))
    parts = {
        "sensitivity": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "ppv": (tp, tp + fp),
        "npv": (tn, tn + fn),
        "accuracy": (tp + tn, tp + tn + fp + fn),
    }
    clustered = np.asarray(tables).ndim == 3
    found: dict[str, Intervals] = {
        name: _intervals(name, x, n, clustered, confidence) for name, (x, n) in parts.items()
    }
    return found | {"kappa": _kappa(counts, clustered, confidence)}


def _tables(tables: ArrayLike) -> Counts:
    array = np.asarray(tables)
    return as_cluster_tables(array if array.ndim == 3 else array[None])


def _intervals(name: str, x: Counts, n: Counts, clustered: bool, confidence: float) -> Intervals:
    found = proportion(int(x.sum()), int(n.sum()), confidence)
    if clustered:
        found["clustered"] = clustered_proportion(x, n, confidence)
    if not n.sum():
        return {method: replace(result, reason=NO_SUCH_UNIT[name]) for method, result in found.items()}
    words = ("ignores clustering",) if clustered else ()
    return {
        method: result if method == "clustered" else replace(result, warnings=(*result.warnings, *words))
        for method, result in found.items()
    }


def _kappa(counts: Counts, clustered: bool, confidence: float) -> Intervals:
    found = {"plain": cohen_kappa(counts.sum(axis=0), confidence=confidence)}
    return found | {"clustered": clustered_kappa(counts, confidence=confidence)} if clustered else found


def accuracy(
    tables: ArrayLike, categories: Sequence[Hashable], confidence: float = 0.95
) -> dict[str, dict[str, Intervals]]:
    """Of counts (k, k) or (K, k, k): "overall" (accuracy and kappa over all categories), "present" (any
    category but the first), and each category but the first against all others by its name."""
    counts, clustered = _tables(tables), np.asarray(tables).ndim == 3
    k = len(categories)
    if counts.shape[1] != k or k < 2:
        raise TableError(f"Expected tables of {k} x {k}, one row and column per category.")
    right = np.trace(counts, axis1=1, axis2=2)
    overall = {
        "accuracy": _intervals("accuracy", right, counts.sum(axis=(1, 2)), clustered, confidence),
        "kappa": _kappa(counts, clustered, confidence),
    }
    groups = {"present": list(range(1, k))} | {str(categories[i]): [i] for i in range(1, k)}
    pooled = counts if clustered else counts.sum(axis=0)
    return {"overall": overall} | {
        name: binary_accuracy(against_rest(pooled, positions), confidence)
        for name, positions in groups.items()
    }


def likelihood_ratios(table: ArrayLike, confidence: float = 0.95) -> dict[str, Result]:
    """Positive and negative likelihood ratio of [[tn, fp], [fn, tp]] with log-normal intervals."""
    (tn, fp), (fn, tp) = _tables(table).sum(axis=0).tolist() if np.any(table) else [[0, 0], [0, 0]]
    sick, well = tp + fn, tn + fp
    base = Result(
        confidence=confidence,
        ci_method="log-normal",
        n_units=sick + well,
        reason="a margin or a cell of the ratio is empty",
        reference="Simel et al. 1991",
    )
    return {
        "positive": _ratio(base, tp, sick, fp, well),
        "negative": _ratio(base, fn, sick, tn, well),
    }


def _ratio(base: Result, x: int, sick: int, y: int, well: int) -> Result:
    if min(x, sick, y, well) == 0:
        return base
    ratio = (x / sick) / (y / well)
    se = float(np.sqrt(1 / x - 1 / sick + 1 / y - 1 / well))
    reach = float(np.exp(stats.norm.ppf(0.5 + (base.confidence or 0.95) / 2) * se))
    return replace(base, estimate=ratio, lo=ratio / reach, hi=ratio * reach, reason="")
