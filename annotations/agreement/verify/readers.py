"""Cases of several readers and several cases."""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

import numpy as np

from annotations.agreement.mrmc import obuchowski_rockette, u_statistic
from annotations.agreement.mrmc_cases import COVARIANCES
from annotations.agreement.result import Result
from annotations.agreement.table import Floats
from annotations.agreement.verify import inputs
from annotations.agreement.verify.inputs import Figures, Values

COMPARE = {">=": ge, ">": gt, "<=": le, "<": lt}


def _scores(data: Values) -> tuple[Floats, Floats]:
    """Scores (t, r, n) and truth (n,), from the array or from long columns."""
    wide = inputs.first_of(data, {}, "ratings_treatment_reader_case", "scores")
    if wide is not None:
        return np.array(wide, dtype=np.float64), np.array(data["truth"], dtype=np.float64)
    axes = [
        np.unique(np.asarray(data[name]), return_inverse=True) for name in ("treatment", "reader", "case")
    ]
    scores = np.full([len(levels) for levels, _ in axes], np.nan)
    where = tuple(positions for _, positions in axes)
    scores[where] = np.array(data["rating"], dtype=np.float64)
    truth = np.full(scores.shape[2], np.nan)
    truth[where[2]] = np.array(data["truth"], dtype=np.float64)
    return scores, truth


def _effects(params: Values) -> str:
    if params.get("readers") == "fixed":
        return "cases"
    return "readers" if params.get("cases") == "fixed" else "both"


def _metric(params: Values) -> str:
    """The metric that the params name, else the one that the case's own name holds."""
    words = f"{params.get('metric', '')} {params.get('hint', '')}".lower()
    return "specificity" if "spec" in words else "sensitivity"


def _figures(result: Result) -> Figures:
    found: Figures = dict(result.details) | {"diff": result.estimate, "F": result.statistic}
    found |= {
        "df2": result.df,
        "df": result.df,
        "p": result.p,
        "se": result.se,
        "lo": result.lo,
        "hi": result.hi,
    }
    return found


def binary(data: Values, params: Values) -> Figures:
    """Obuchowski-Rockette-Hillis of sensitivity or specificity, iMRMC's U-statistic beside it."""
    scores, truth = _scores(data)
    rule = inputs.cut(inputs.first_of(data, params, "cut", "threshold"))
    if rule is not None:
        called = COMPARE[rule[0]](scores, rule[1]).astype(np.float64)
        scores = np.where(np.isfinite(scores), called, np.nan)
    metric, level = _metric(params), inputs.confidence(data, params)
    result = obuchowski_rockette(scores, truth, metric, effects=_effects(params), confidence=level)
    return _figures(result) | _u_figures(scores, truth, metric, level)


def auc(data: Values, params: Values) -> Figures:
    """Empirical AUC by each covariance; without a method's name: the case's, or the jackknife."""
    scores, truth = _scores(data)
    effects, level = _effects(params), inputs.confidence(data, params)
    asked = str(inputs.first_of(data, params, "covariance", "method", default="jackknife")).lower()
    found: Figures = {}
    for method in COVARIANCES:
        result = obuchowski_rockette(scores, truth, covariance=method, effects=effects, confidence=level)
        named = _figures(result)
        parts = ("se", "p", "F", "df2", "lo", "hi", "err", "cov1", "cov2", "cov3")
        found |= {f"{part}_{method}": named.get(part) for part in parts}
        if method == asked or not found.keys() & {"diff"}:
            found |= named
    figures = {key.replace("theta", "auc"): value for key, value in found.items() if key.startswith("theta")}
    return found | figures | _u_figures(scores, truth, "auc", level)


def _u_figures(scores: Floats, truth: Floats, metric: str, level: float) -> Figures:
    if len(scores) != 2:
        return {}
    result = u_statistic(scores, truth, metric, confidence=level)
    parts: dict[str, Any] = {
        "se": result.se,
        "df": result.df,
        "p": result.p,
        "lo": result.lo,
        "hi": result.hi,
    }
    variance = None if result.se is None else result.se**2
    found = {f"{part}_bdg": value for part, value in parts.items()}
    return found | {"df_BDG": result.df, "p_BDG": result.p, "var_bdg": variance, "se_ustat": result.se}


STATISTICS: dict[str, Callable[[Values, Values], Figures]] = {
    "mrmc_obuchowski_rockette_binary": binary,
    "mrmc_auc": auc,
}
