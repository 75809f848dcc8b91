"""Cases of change: paired tests, margins, dependent kappas."""

from collections.abc import Callable
from typing import Any

import numpy as np

from annotations.agreement.delta import dependent_kappas, holm, kappa_difference
from annotations.agreement.kappa import clustered_kappa
from annotations.agreement.margins import bhapkar, bowker, stuart_maxwell
from annotations.agreement.mcnemar import clustered_mcnemar, mcnemar
from annotations.agreement.paired import paired_difference
from annotations.agreement.proportions import proportion
from annotations.agreement.ratings import cluster_positions, encode
from annotations.agreement.resampling import resampled_kappas
from annotations.agreement.table import Counts, Floats
from annotations.agreement.verify import inputs
from annotations.agreement.verify.inputs import Figures, Values

PLAIN = {"asymptotic": "", "corrected": "_cc"}
SHORT = {"wald_corrected": "waldcc", "bonett_price": "bonettprice"}


def _discordant(data: Values, params: Values) -> tuple[int, int]:
    if "table" not in data and "b" in data and "c" in data:
        return int(data["b"]), int(data["c"])
    cells, _ = inputs.table(data, params)
    return int(cells[0, 1]), int(cells[1, 0])


def paired_test(data: Values, params: Values) -> Figures:
    """All four McNemar tests."""
    b, c = _discordant(data, params)
    found: Figures = {"b": b, "c": c}
    results = mcnemar(b, c)
    for name, suffix in PLAIN.items():
        found |= {f"chi2{suffix}": results[name].statistic, f"p{suffix}": results[name].p}
    exact, midp = results["exact"].p, results["midp"].p
    found |= {"exact": exact, "p_exact": exact, "midp": midp, "p_midp": midp, "df": 1, "n_discordant": b + c}
    return found | _odds(b, c, inputs.confidence(data, params))


def _odds(b: int, c: int, level: float) -> Figures:
    """b / c with the exact conditional limits, as in R's exact2x2."""
    if b + c == 0:
        return dict.fromkeys(("or", "or_lo", "or_hi", "odds_ratio", "odds_ratio_lo", "odds_ratio_hi"))
    share = proportion(b, b + c, level)["clopper_pearson"]
    limits = [None if p is None or p >= 1 else p / (1 - p) for p in (b / (b + c), share.lo, share.hi)]
    named = dict(zip(("", "_lo", "_hi"), limits, strict=True))
    return {f"{name}{end}": value for name in ("or", "odds_ratio") for end, value in named.items()}


def paired_intervals(data: Values, params: Values) -> Figures:
    """Difference of paired proportions with each of its intervals."""
    cells, _ = inputs.table(data, params)
    results = paired_difference(cells, inputs.confidence(data, params))
    found: Figures = {"diff": results["wald"].estimate, "se": results["wald"].se}
    for name, result in results.items():
        for short in {name, SHORT.get(name, name)}:
            found |= {f"{short}_lo": result.lo, f"{short}_hi": result.hi}
    return found | paired_test(data, params) | {"lo": found["tango_lo"], "hi": found["tango_hi"]}


def margins(main: str) -> Callable[[Values, Values], Figures]:
    """Bowker, Stuart-Maxwell and Bhapkar, that of `main` also without its name."""

    def figures(data: Values, params: Values) -> Figures:
        cells, _ = inputs.table(data, params)
        results = {"bowker": bowker(cells), "stuart": stuart_maxwell(cells), "bhapkar": bhapkar(cells)}
        found: Figures = {}
        for name, result in results.items():
            found |= {name: result.statistic, f"{name}_p": result.p, f"{name}_df": result.df}
        chosen = results[main]
        found |= {"stat": chosen.statistic, "chi2": chosen.statistic, "p": chosen.p, "df": chosen.df}
        return found | dict(results["bowker"].details)

    return figures


def clustered_paired_test(data: Values, params: Values) -> Figures:
    """Eliasziw, Obuchowski, Durkalski and Yang beside the plain test."""
    counts = inputs.first_of(data, params, "abcd_per_cluster")
    if counts is None and all(name in data for name in "abcd"):
        counts = np.transpose([data[name] for name in "abcd"])
    if counts is None:
        pair = [np.asarray(data[name]) == 1 for name in _series(data)[:2]]
        groups = _groups(data, len(pair[0]))
        kind = np.select([pair[0] & pair[1], pair[0], pair[1]], [0, 1, 2], 3)
        size = (int(groups.max()) + 1) * 4
        counts = np.bincount(groups * 4 + kind, minlength=size).reshape(-1, 4)
    abcd = np.asarray(counts, dtype=np.int64).reshape(-1, 4)
    plain = mcnemar(int(abcd[:, 1].sum()), int(abcd[:, 2].sum()))["asymptotic"]
    results = {"mcnemar": plain} | clustered_mcnemar(abcd)
    found: Figures = {"b": int(abcd[:, 1].sum()), "c": int(abcd[:, 2].sum()), "n_clusters": len(abcd)}
    for name, result in results.items():
        found |= {name: result.statistic, f"chi2_{name}": result.statistic}
        found |= {f"p_{name}": result.p, f"{name}_p": result.p}
    return found


def _series(data: Values) -> list[str]:
    apart = ("cluster", "id", "gold", "pairs", "categories")
    return [name for name in data if name not in apart and isinstance(data[name], list)]


def _groups(data: Values, n: int) -> Counts:
    labels = inputs.first_of(data, {}, "cluster", "id", default=list(range(n)))
    groups = cluster_positions(labels, n)
    assert groups is not None
    return groups


def _pair_tables(data: Values, params: Values) -> list[Counts]:
    """One array of tables (K, k, k) per pair, on the rows that all pairs rated."""
    given = inputs.first_of(data, {}, "tables", "tables_per_cluster")
    if given is not None:
        tables = np.asarray(given, dtype=np.int64)
        return list(tables if tables.ndim == 4 else tables[None])
    columns, pairs = _columns(data, params)
    codes, categories = encode(columns, inputs.scale(data, params))
    used = sorted({position for pair in pairs for position in pair})
    complete = (codes[:, used] >= 0).all(axis=1)
    groups, k = _groups(data, len(codes))[complete], max(len(categories), 2)
    groups = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    rows, n_groups = codes[complete], int(groups.max()) + 1 if complete.any() else 0

    def counted(a: int, b: int) -> Counts:
        flat = (groups * k + rows[:, a]) * k + rows[:, b]
        tables: Counts = np.bincount(flat, minlength=n_groups * k * k).reshape(n_groups, k, k)
        return tables

    return [counted(a, b) for a, b in pairs]


def _columns(data: Values, params: Values) -> tuple[Any, list[tuple[int, int]]]:
    """Ratings (n, m) and the pairs of columns compared: as told, all against gold, or two by two."""
    told = inputs.first_of(data, params, "pairs")
    if data.get("ratings") is not None or data.get("ratings_by_rater") is not None:
        columns, names = inputs.ratings(data, params), []
    else:
        names = [*(["gold"] if "gold" in data else []), *_series(data)]
        columns = inputs.ratings({"ratings_by_rater": [data[name] for name in names]}, params)
    if told is not None:
        pairs = [tuple(names.index(each) if each in names else int(each) for each in pair) for pair in told]
        return columns, [(first, second) for first, second in pairs]
    if "gold" in names:
        return columns, [(0, i) for i in range(1, len(names))]
    return columns, [(i, i + 1) for i in range(0, columns.shape[1] - 1, 2)]


def dependent(small_sample: bool) -> Callable[[Values, Values], Figures]:
    """Several kappas, their standard errors and Hotelling's T2, with the difference where there are two."""

    def figures(data: Values, params: Values) -> Figures:
        tables = _pair_tables(data, params)
        weights = inputs.weights(data, params, tables[0].shape[1])
        level = inputs.confidence(data, params)
        result = dependent_kappas(tables, weights, small_sample=small_sample)
        found: Figures = dict(result.details) | {"T2": result.statistic, "p": result.p, "df": result.df}
        for i, each in enumerate(tables, start=1):
            alone = clustered_kappa(each, weights, level)
            found |= {f"kappa{i}": found.get(f"k{i}"), f"lo{i}": alone.lo, f"hi{i}": alone.hi}
        if len(tables) == 2:
            found |= _difference(tables, weights, level, found)
        return found

    return figures


def _difference(tables: list[Counts], weights: Floats, level: float, found: Figures) -> Figures:
    result = kappa_difference(tables[0], tables[1], weights, level)
    named = {"diff": result.estimate, "se_diff": result.se, "lo": result.lo, "hi": result.hi}
    named |= {"diff_lo": result.lo, "diff_hi": result.hi, "t": result.statistic, "p_diff": result.p}
    named |= {"delta": result.estimate, "df_t": result.df, "p_normal": result.details.get("p_normal")}
    if found.get("se1") and found.get("se2"):
        named["cor"] = found["cov1_2"] / (found["se1"] * found["se2"])
    return named


def bootstrap(data: Values, params: Values) -> Figures:
    """Joint cluster bootstrap of the kappas: means, standard errors, correlation, percentile limits."""
    tables = _pair_tables(data, params)
    matrix = inputs.weights(data, params, tables[0].shape[1])
    resamples = _resamples(params) if len(tables[0]) else 0
    drawn = resampled_kappas(tables, matrix, resamples, int(params.get("seed") or 1))
    drawn = drawn[~np.isnan(drawn).any(axis=1)]
    if len(drawn) < 2:
        names = [f"{part}{i + 1}" for i in range(len(tables)) for part in ("mean", "se", "lo", "hi")]
        return dict.fromkeys([*names, "mean_diff", "se_diff", "lo", "hi", "cor"])
    tail = 50 * (1 - inputs.confidence(data, params))
    found: Figures = {"resamples": len(drawn)}
    for i, column in enumerate(drawn.T, start=1):
        lo, hi = (float(np.percentile(column, at)) for at in (tail, 100 - tail))
        found |= {f"mean{i}": column.mean(), f"se{i}": column.std(ddof=1), f"lo{i}": lo, f"hi{i}": hi}
    if drawn.shape[1] == 2:
        gap = drawn[:, 1] - drawn[:, 0]
        lo, hi = (float(np.percentile(gap, at)) for at in (tail, 100 - tail))
        found |= {"mean_diff": gap.mean(), "se_diff": gap.std(ddof=1), "lo": lo, "hi": hi}
        found["cor"] = float(np.asarray(np.corrcoef(drawn.T))[0, 1])
    return found


def _resamples(params: Values) -> int:
    digits = "".join(character for character in str(params.get("resamples", "")) if character.isdigit())
    return max(int(digits or 0), 20_000)


def clustered(data: Values, params: Values) -> Figures:
    """Kappa of two readers with the clustered standard error and t(K-1) limits."""
    tables: Any = data.get("tables_per_cluster")
    if tables is None:
        rated = {"ratings": inputs.ratings(data, params).tolist(), "pairs": [(0, 1)]}
        tables = _pair_tables({**data, **rated}, params)[0]
    weights = inputs.weights(data, params, np.asarray(tables).shape[1])
    result = clustered_kappa(tables, weights, inputs.confidence(data, params))
    return {"kappa": result.estimate, "t": result.statistic} | inputs.bare(result) | dict(result.details)


def adjusted(data: Values, params: Values) -> Figures:
    """Holm's adjusted p values, in the given order."""
    given = inputs.first_of(data, params, "p", "p_values", "pvalues", "p_value")
    values = holm([None if p is None else float(p) for p in given])
    found: Figures = {f"p{i}": value for i, value in enumerate(values, start=1)}
    return found | {"p": values, "adjusted": values, "p_holm": values, "p_adjusted": values}


STATISTICS: dict[str, Callable[[Values, Values], Figures]] = {
    "mcnemar": paired_test,
    "paired_difference_ci": paired_intervals,
    "bowker_symmetry": margins("bowker"),
    "stuart_maxwell": margins("stuart"),
    "bhapkar": margins("bhapkar"),
    "stuart_maxwell_bhapkar_bowker": margins("stuart"),
    "clustered_mcnemar": clustered_paired_test,
    "dependent_kappas_difference": dependent(small_sample=False),
    "clustered_dependent_kappas": dependent(small_sample=True),
    "dependent_kappas_bootstrap": bootstrap,
    "clustered_kappa_bootstrap": bootstrap,
    "clustered_kappa": clustered,
    "holm": adjusted,
}
