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

AXES = ("treatment", "reader", "case")
COMPARE = {">=": ge, ">": gt, "<=": le, "<": lt}


def _scores(data: Values) -> tuple[Floats, Floats]:
    """Scores (t, r, n) and truth (n,), from the array or from long columns."""
    named = next((name for name in data if name.startswith("ratings_") and name.count("_") == 3), None)
    wide = inputs.first_of(data, {}, named or "", "rating")
    if named or np.ndim(wide) == 3:
        told = (named or "ratings_treatment_reader_case").split("_")[1:]
        order = ["treatment" if word in ("modality", "arm", "test") else word for word in told]
        scores = np.array(wide, dtype=np.float64).transpose([order.index(axis) for axis in AXES])
        return scores, np.array(data["truth"], dtype=np.float64)
    axes = [np.unique(np.asarray(data[name]), return_inverse=True) for name in AXES]
    scores = np.full([len(levels) for levels, _ in axes], np.nan)
    where = tuple(positions for _, positions in axes)
    scores[where] = np.array(wide, dtype=np.float64)
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
    rule = inputs.cut(inputs.first_of(data, params, "cut"))
    if rule is not None:
        called = COMPARE[rule[0]](scores, rule[1]).astype(np.float64)
        scores = np.where(np.isfinite(scores), called, np.nan)
    level = inputs.confidence(data, params)
    found: Figures = {}
    for short, metric in (("sens", "sensitivity"), ("spec", "specificity")):
        result = obuchowski_rockette(scores, truth, metric, effects=_effects(params), confidence=level)
        each = _figures(result) | _u_figures(scores, truth, metric, level)
        each |= _by_effects(scores, truth, metric, level)
        found |= {f"{short}_{name}": value for name, value in each.items()}
        found |= {f"{short}{i}": each.get(f"theta{i}") for i in range(1, len(scores) + 1)}
        if metric == _metric(params):
            found = each | found
    return found


def _by_effects(scores: Floats, truth: Floats, metric: str, level: float) -> Figures:
    """The three analyses: readers and cases random, readers fixed, cases fixed."""
    found: Figures = {}
    for short, effects in (("rrrc", "both"), ("frrc", "cases"), ("rrfc", "readers")):
        result = obuchowski_rockette(scores, truth, metric, effects=effects, confidence=level)
        parts = {"F": result.statistic, "p": result.p, "se": result.se, "lo": result.lo, "hi": result.hi}
        found |= {f"{name}_{short}": value for name, value in (parts | {"df2": result.df}).items()}
    return found


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
    return (
        found | figures | _by_effects(scores, truth, "auc", level) | _u_figures(scores, truth, "auc", level)
    )


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
