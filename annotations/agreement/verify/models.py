"""Cases of mixed models."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from annotations.agreement.mixed import mixed_model
from annotations.agreement.table import TableError
from annotations.agreement.verify import inputs
from annotations.agreement.verify.inputs import Figures, Values

SHORT = {"var_intercept": "int", "var_slope": "slope", "var_residual": "res"}


def mixed(crossed: bool) -> Callable[[Values, Values], Figures]:
    """A linear mixed model: b0, se0, b1, ... and components as var_ and sd_.

    The case's formula (lme4's way of writing) decides; without one, the first column is the response, words
    are random effects and numbers covariates, whose slope varies where one effect is not crossed.
    """

    def figures(data: Values, params: Values) -> Figures:
        formula = inputs.first_of(data, params, "formula", "model")
        response, fixed, random, slope = _parsed(formula) if formula else _guessed(data, params, crossed)
        covariates = _coded(data, fixed)
        effects: dict[str, Sequence[Any]] = {name: [str(label) for label in data[name]] for name in random}
        level = inputs.confidence(data, params)
        results = mixed_model(data[response], effects, covariates, slope, level)
        found: Figures = {}
        for i, result in enumerate(results.values()):
            found |= {f"b{i}": result.estimate, f"se{i}": result.se, f"z{i}": result.statistic}
            found |= {f"lo{i}": result.lo, f"hi{i}": result.hi, f"p{i}": result.p}
        return found | _components(results["intercept"].details, random)

    return figures


def _guessed(data: Values, params: Values, crossed: bool) -> tuple[str, list[str], list[str], str | None]:
    response = str(params.get("response") or next(iter(data)))
    named = inputs.first_of({}, params, "random", "groups", "group")
    random = [named] if isinstance(named, str) else list(named or ())
    others = [name for name in data if name != response and isinstance(data[name], list)]
    random = random or [name for name in others if any(isinstance(value, str) for value in data[name])]
    if not random:
        raise TableError("The case names no random effect: give params.random or a formula.")
    fixed = [name for name in others if name not in random]
    return response, fixed, random, fixed[0] if fixed and not crossed and len(random) == 1 else None


def _parsed(formula: str) -> tuple[str, list[str], list[str], str | None]:
    """lme4's notation: y ~ x + (1|a) + (1|b), or y ~ x + (x|a)."""
    response, right = (part.strip() for part in formula.split("~", 1))
    response = re.sub(r"^.*\(|\)$", "", response)
    terms = re.findall(r"\(([^|()]+)\|+([^()]+)\)", right)
    plain = [term.strip() for term in re.sub(r"\([^()]*\)", "", right).split("+")]
    fixed = [term for term in plain if term and term not in ("0", "1")]
    slopes = [piece.strip() for left, _ in terms for piece in left.split("+")]
    slope = next((piece for piece in slopes if piece not in ("0", "1")), None)
    return response, fixed, [group.strip() for _, group in terms], slope


def _coded(data: Values, names: Sequence[str]) -> dict[str, Any]:
    """Covariates as numbers: words become one indicator for each level but the first."""
    coded: dict[str, Any] = {}
    for name in names:
        values = data[name]
        if any(isinstance(value, str) for value in values):
            levels = sorted(set(values))[1:]
            coded |= {f"{name}{level}": np.equal(values, level).astype(float) for level in levels}
        else:
            coded[name] = values
    return coded


def _components(details: Mapping[str, float], random: Sequence[str]) -> Figures:
    found: Figures = {}
    for name, value in details.items():
        if not name.startswith("var_"):
            continue
        short = SHORT.get(name, name.removeprefix("var_"))
        found |= {f"var_{short}": value, f"sd_{short}": float(np.sqrt(value))}
    if len(random) == 1 and f"var_{random[0]}" in found:
        found |= {"var_int": found[f"var_{random[0]}"], "sd_int": found[f"sd_{random[0]}"]}
    if "covariance" in details:
        spread = found["sd_int"] * found["sd_slope"]
        found |= {"cov": details["covariance"], "cor": details["covariance"] / spread if spread else None}
    variances = [found[f"var_{name}"] for name in random if f"var_{name}" in found]
    if variances and "covariance" not in details:
        found["icc"] = variances[0] / (sum(variances) + found["var_res"])
    return found


STATISTICS: dict[str, Callable[[Values, Values], Figures]] = {
    "linear_mixed_model": mixed(crossed=False),
    "linear_mixed_model_crossed": mixed(crossed=True),
}
