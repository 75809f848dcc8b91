"""Cases of two readers."""

from collections.abc import Callable
from dataclasses import replace

from scipy import stats

from annotations.agreement import coefficients as known
from annotations.agreement.kappa import cohen_kappa
from annotations.agreement.result import Result
from annotations.agreement.table import Counts
from annotations.agreement.two_readers import (
    pabak,
    percent_agreement,
    specific_agreement,
    two_readers,
)
from annotations.agreement.verify import inputs
from annotations.agreement.verify.inputs import Figures, Values


def kappa(data: Values, params: Values) -> Figures:
    """Cohen's kappa with any weights."""
    table, _ = inputs.table(data, params)
    result = cohen_kappa(table, inputs.weights(data, params, len(table)), inputs.confidence(data, params))
    return (
        {"kappa": result.estimate, "po": None, "pe": None, "se0": None}
        | inputs.bare(result)
        | dict(result.details)
    )


def prevalence_adjusted(data: Values, params: Values) -> Figures:
    """PABAK beside kappa, with the prevalence and bias indices of Byrt et al."""
    table, _ = inputs.table(data, params)
    found = kappa(data, params) | inputs.flat("pabak", pabak(table, inputs.confidence(data, params)))
    n = table.sum()
    if table.shape == (2, 2) and n:
        found["pindex"] = float((table[0, 0] - table[1, 1]) / n)
        found["bindex"] = float((table[0, 1] - table[1, 0]) / n)
    return found


def by_t(result: Result) -> Result:
    """The interval and test by t(n-1) and cut at 1, as in Gwet's programs."""
    if result.se is None or result.estimate is None or result.n_units < 2:
        return result
    df = result.n_units - 1
    half = float(stats.t.ppf(0.5 + (result.confidence or 0.95) / 2, df)) * result.se
    p = float(2 * stats.t.sf(abs(result.estimate) / result.se, df))
    return replace(
        result, lo=max(-1.0, result.estimate - half), hi=min(1.0, result.estimate + half), df=float(df), p=p
    )


def family(data: Values, params: Values) -> Figures:
    """Every coefficient of two readers with standard error and limits."""
    table, categories = inputs.table(data, params)
    values = _numbers(categories, table)
    weights = inputs.weights(data, params, len(table), values)
    level = inputs.confidence(data, params)
    found: Figures = {}
    for name, coefficient in COEFFICIENTS.items():
        result = by_t(two_readers(table, coefficient, weights, level))
        found |= inputs.flat(name, result)
    return found | {"po": found["pa"], "ac": found["ac1"], "ac_se": found["ac1_se"]}


def _numbers(categories: list[object], table: Counts) -> list[float] | None:
    numeric = all(isinstance(c, (int, float)) for c in categories)
    if not numeric or len(categories) != len(table):
        return None
    return [float(c) for c in categories if isinstance(c, (int, float))]


COEFFICIENTS = {
    "kappa": known.COHEN,
    "scott": known.SCOTT,
    "ac1": known.GWET,
    "ac2": known.GWET,
    "bp": known.BRENNAN_PREDIGER,
    "alpha": known.ALPHA,
    "pa": known.PERCENT,
}


def specific(data: Values, params: Values) -> Figures:
    """Positive (first category) and negative (last) agreement of 2 x 2, and agreement on each category."""
    table, categories = inputs.table(data, params)
    level, last = inputs.confidence(data, params), len(table) - 1
    positions = {"PA": 0, "NA": last} if len(table) == 2 else {}
    named = {f"sa{i + 1}": i for i in range(len(table))} | {f"sa_{c}": i for i, c in enumerate(categories)}
    found: Figures = {"po": percent_agreement(table).estimate}
    for name, position in (positions | named).items():
        result = specific_agreement(table, position, level)
        found |= inputs.flat(name, result) | {f"se{name}": result.se}
        found |= {f"lo{name}": result.lo, f"hi{name}": result.hi}
    return found


STATISTICS: dict[str, Callable[[Values, Values], Figures]] = {
    "cohen_kappa": kappa,
    "pabak": prevalence_adjusted,
    "agreement_family_two_raters": family,
    "gwet_ac2": family,
    "gwet_ac1": family,
    "specific_agreement": specific,
}
