"""Cases of proportions: intervals, diagnostic accuracy, clusters; and of measured values."""

from collections.abc import Callable

import numpy as np
from scipy import stats

from annotations.agreement.accuracy import binary_accuracy, likelihood_ratios
from annotations.agreement.dprime import d_prime
from annotations.agreement.proportions import clustered_proportion, proportion, proportion_difference
from annotations.agreement.result import Result
from annotations.agreement.table import Counts, TableError
from annotations.agreement.verify import inputs
from annotations.agreement.verify.inputs import Figures, Values
from annotations.agreement.volumes import bland_altman, dice, pearson

METHODS = {
    "wilson": "wilson",
    "wilsoncc": "wilson_corrected",
    "cp": "clopper_pearson",
    "wald": "wald",
    "waldcc": "wald_corrected",
    "midp": "mid_p",
    "ac": "agresti_coull",
    "jeffreys": "jeffreys",
}
ACCURACY = {
    "sens": "sensitivity",
    "spec": "specificity",
    "ppv": "ppv",
    "npv": "npv",
    "acc": "accuracy",
}


def _limits(prefix: str, results: dict[str, Result]) -> Figures:
    found: Figures = {}
    for short, name in METHODS.items():
        found |= {f"{prefix}{short}_lo": results[name].lo, f"{prefix}{short}_hi": results[name].hi}
    return found


def binomial(data: Values, params: Values) -> Figures:
    """One proportion with each of its intervals."""
    results = proportion(int(data["x"]), int(data["n"]), inputs.confidence(data, params))
    wilson = results["wilson"]
    found = {"p": wilson.estimate, "se": wilson.se, "lo": wilson.lo, "hi": wilson.hi}
    exact = results["clopper_pearson"]
    return found | {"exact_lo": exact.lo, "exact_hi": exact.hi} | _limits("", results)


def recognition(data: Values, params: Values) -> Figures:
    """d' with its rates and criterion."""
    counts = [int(data[name]) for name in ("hits", "cases", "false_alarms", "lures")]
    hits, cases, false_alarms, lures = counts
    result = d_prime(hits, cases, false_alarms, lures, inputs.confidence(data, params))
    return {"d_prime": result.estimate, "se": result.se, "lo": result.lo, "hi": result.hi, **result.details}


def _two_by_two(data: Values, params: Values) -> Counts:
    """[[tn, fp], [fn, tp]] from four counts, a table of test (yes, no) by truth (yes, no), or readings."""
    data = {name.lower(): value for name, value in data.items()}
    if all(name in data for name in ("tp", "fp", "fn", "tn")):
        return np.array([[data["tn"], data["fp"]], [data["fn"], data["tp"]]], dtype=np.int64)
    if "table" in data:
        (tp, fp), (fn, tn) = data["table"]
        return np.array([[tn, fp], [fn, tp]], dtype=np.int64)
    read, gold = (inputs.first_of(data, params, name) for name in ("test", "truth"))
    if read is None or gold is None:
        raise TableError("The case holds neither tp, fp, fn, tn nor a table nor test and truth.")
    pairs = {"ratings_by_rater": [gold, read]}
    return inputs.table(pairs, {"categories": [0, 1]})[0]


def diagnostic(data: Values, params: Values) -> Figures:
    """Sensitivity and its kin; limits without a method's name are exact ones, as in epiR."""
    cells, level = _two_by_two(data, params), inputs.confidence(data, params)
    found: Figures = {}
    results = binary_accuracy(cells, level)
    for short, name in ACCURACY.items():
        each = dict(results[name])
        exact = each["clopper_pearson"]
        for prefix in {short, name}:
            found |= {prefix: exact.estimate, f"{prefix}_se": exact.se}
            found |= {f"{prefix}_lo": exact.lo, f"{prefix}_hi": exact.hi}
            found |= _limits(f"{prefix}_", each)
    for name, ratio in likelihood_ratios(cells, level).items():
        short = "lr" + name[:3]
        found |= {short: ratio.estimate, f"{short}_lo": ratio.lo, f"{short}_hi": ratio.hi}
    return found | inputs.flat("kappa", results["kappa"]["plain"]) | _summary(cells, found)


def _summary(cells: Counts, found: Figures) -> Figures:
    (tn, fp), (fn, tp) = cells.tolist()
    total = max(tn + fp + fn + tp, 1)
    youden = None
    if found["sens"] is not None and found["spec"] is not None:
        youden = found["sens"] + found["spec"] - 1
    odds = tp * tn / (fp * fn) if fp * fn else None
    prevalence = {"prev": (tp + fn) / total, "tprev": (tp + fn) / total, "aprev": (tp + fp) / total}
    return prevalence | {"youden": youden, "dor": odds}


def clustered(data: Values, params: Values) -> Figures:
    """Clustered proportions: one series x of n, or several, x_a of n_a (or n), x_b ..., compared by two."""
    level = inputs.confidence(data, params)
    names = [key[2:] for key in data if key.startswith("x_")]
    if not names and np.ndim(data["x"]) == 2:
        letters = [chr(ord("a") + i) for i in range(len(data["x"]))]
        sizes = data["n"] if np.ndim(data["n"]) == 2 else [data["n"]] * len(letters)
        data = {f"x_{c}": x for c, x in zip(letters, data["x"], strict=True)} | {
            f"n_{c}": n for c, n in zip(letters, sizes, strict=True)
        }
        names = letters
    if not names:
        return _series("", clustered_proportion(data["x"], data["n"], level))
    found: Figures = {}
    for name in names:
        found |= _series(name, clustered_proportion(data[f"x_{name}"], _size(data, name), level))
    if len(names) == 2:
        found |= _compared(data, names, level)
    return found


def _size(data: Values, name: str) -> list[float]:
    size: list[float] = data[f"n_{name}"] if f"n_{name}" in data else data["n"]
    return size


def _series(name: str, result: Result) -> Figures:
    parts = {"se": result.se, "lo": result.lo, "hi": result.hi}
    parts |= {key: result.details.get(key) for key in ("icc", "vif", "deff")}
    if not name:
        return {"p": result.estimate} | parts
    forward = {f"{name}_{part}": value for part, value in parts.items()}
    backward = {f"{part}_{name}": value for part, value in parts.items()}
    return {name: result.estimate, f"p_{name}": result.estimate} | forward | backward


def _compared(data: Values, names: list[str], level: float) -> Figures:
    """The difference over the same clusters, or of two groups where their numbers of clusters differ."""
    (a, b), sizes = names, [_size(data, name) for name in names]
    x_a, x_b = data[f"x_{a}"], data[f"x_{b}"]
    if len(x_a) == len(x_b):
        result = proportion_difference(x_a, sizes[0], x_b, sizes[1], level)
        independent = _independent(x_a, sizes[0], x_b, sizes[1])
        covariance = result.details.get("covariance")
    else:
        result, covariance = Result(reason="the two series are not over the same clusters"), None
        independent = _independent(x_a, sizes[0], x_b, sizes[1])
    found = {"diff": result.estimate, "se_diff": result.se, "diff_se": result.se, "covariance": covariance}
    found |= {
        "diff_lo": result.lo,
        "diff_hi": result.hi,
        "lo": result.lo,
        "hi": result.hi,
        "t": result.statistic,
    }
    z = None if not result.se or result.estimate is None else result.estimate / result.se
    found |= {"z": z, "chi2": None if z is None else z**2, "p_t": result.p}
    found["p"] = None if z is None else float(2 * stats.norm.sf(abs(z)))
    return found | independent


def _independent(x_a: list[float], n_a: list[float], x_b: list[float], n_b: list[float]) -> Figures:
    """Rao and Scott's chi-square for two independent groups: counts divided by their design effects."""
    groups = [clustered_proportion(x_a, n_a), clustered_proportion(x_b, n_b)]
    effects = [group.details.get("deff") for group in groups]
    if any(effect is None or effect <= 0 for effect in effects):
        return {"chi2_rao_scott": None, "p_rao_scott": None}
    hits = np.array([sum(x_a), sum(x_b)], dtype=float) / np.array(effects, dtype=float)
    size = np.array([sum(n_a), sum(n_b)], dtype=float) / np.array(effects, dtype=float)
    pooled = hits.sum() / size.sum()
    chi2 = float(((hits - size * pooled) ** 2 / (size * pooled * (1 - pooled))).sum())
    return {"chi2_rao_scott": chi2, "p_rao_scott": float(stats.chi2.sf(chi2, 1))}


def _pair(data: Values) -> tuple[list[float], list[float]]:
    for first, second in inputs.READER_PAIRS:
        if first in data and second in data:
            return data[first], data[second]
    names = list(data)
    return data[names[0]], data[names[1]]


def limits_of_agreement(data: Values, params: Values) -> Figures:
    """Bland and Altman."""
    first, second = _pair(data)
    result = bland_altman(first, second, confidence=inputs.confidence(data, params))
    return {"bias": result.estimate, "diff": result.estimate} | inputs.bare(result) | dict(result.details)


def correlation(data: Values, params: Values) -> Figures:
    """Pearson."""
    result = pearson(*_pair(data), confidence=inputs.confidence(data, params))
    return {"r": result.estimate} | inputs.bare(result)


def overlap(data: Values, params: Values) -> Figures:
    """Dice."""
    return {"dice": dice(*_pair(data)).estimate}


STATISTICS: dict[str, Callable[[Values, Values], Figures]] = {
    "binomial_ci": binomial,
    "d_prime": recognition,
    "sensitivity_specificity": diagnostic,
    "clustered_proportion_ci": clustered,
    "bland_altman": limits_of_agreement,
    "pearson": correlation,
    "dice": overlap,
}
