"""Cases of several readers."""

from collections.abc import Callable

from annotations.agreement.alpha import LEVELS, krippendorff_alpha, krippendorff_alpha_irr
from annotations.agreement.fleiss import category_kappas, fleiss_kappa
from annotations.agreement.multi import from_counts, light_kappa, numbers, several_readers
from annotations.agreement.ratings import encode
from annotations.agreement.result import Result
from annotations.agreement.verify import inputs
from annotations.agreement.verify.inputs import Figures, Values

NAMES = {"ac": "gwet", "fleiss": "fleiss", "bp": "brennan_prediger", "pa": "percent", "conger": "conger"}


def _as_counts(data: Values) -> Values:
    """`data` with a table of units by categories as counts where there are neither counts nor ratings."""
    given = any(data.get(name) is not None for name in ("counts", "ratings", "ratings_by_rater"))
    return data if given or data.get("table") is None else {**data, "counts": data["table"]}


def fleiss(data: Values, params: Values) -> Figures:
    """Fleiss' kappa from counts or ratings: z under independence, and k1, k2, ... by category."""
    data = _as_counts(data)
    level, counts, rated = inputs.confidence(data, params), inputs.counts(data), None
    categories = None
    if counts is None:
        rated = inputs.ratings(data, params)
        categories = encode(rated, inputs.scale(data, params))[1]
    overall = fleiss_kappa(rated, counts=counts, categories=categories, confidence=level)
    each = category_kappas(rated, counts=counts, categories=categories, confidence=level)
    found: Figures = {"kappa": overall.estimate} | inputs.bare(overall) | dict(overall.details)
    for i, result in enumerate(each, start=1):
        found |= {f"k{i}": result.estimate, f"se{i}": result.se, f"z{i}": result.statistic, f"p{i}": result.p}
        found |= {f"lo{i}": result.lo, f"hi{i}": result.hi}
        if categories is not None and isinstance(categories[i - 1], str):
            found |= inputs.flat(f"k_{categories[i - 1]}", result)
    if counts is None:
        found["conger"] = found["exact"] = _of(data, params, "conger").estimate
    return found | marginals(data, params)


def marginals(data: Values, params: Values) -> Figures:
    """Fixed (Fleiss) and free (Randolph, that is Brennan-Prediger) margins."""
    data = _as_counts(data)
    fixed, free = _of(data, params, "fleiss").estimate, _of(data, params, "brennan_prediger").estimate
    return {"fixed": fixed, "free": free, "fleiss": fixed, "randolph": free}


def _of(data: Values, params: Values, name: str) -> Result:
    level = inputs.confidence(data, params)
    counts = inputs.counts(data)
    if counts is not None:
        weights = inputs.weights(data, params, counts.shape[1])
        return from_counts(counts, name, weights=weights, confidence=level)
    rated = inputs.ratings(data, params)
    categories = encode(rated, inputs.scale(data, params))[1]
    if len(categories) < 2:
        return several_readers(rated, name, categories=categories, confidence=level)
    weights = inputs.weights(data, params, len(categories), numbers(categories))
    return several_readers(rated, name, categories=categories, weights=weights, confidence=level)


def family(data: Values, params: Values) -> Figures:
    """Every coefficient of several readers; limits cut at 1 as in Gwet's programs."""
    found: Figures = {}
    data = _as_counts(data)
    for name, coefficient in NAMES.items():
        if coefficient == "conger" and inputs.counts(data) is not None:
            continue
        found |= _cut(inputs.flat(name, _of(data, params, coefficient)))
    alpha = _cut(inputs.flat("alpha", _weighted_alpha(data, params)))
    gwet = {
        key.replace("ac", name, 1): value
        for key, value in found.items()
        if key[:2] == "ac"
        for name in ("ac1", "ac2")
    }
    return found | alpha | gwet | {"light": _light(data, params).estimate}


def _cut(figures: Figures) -> Figures:
    return {
        key: min(1.0, value) if key.endswith("_hi") and value is not None else value
        for key, value in figures.items()
    }


def _weighted_alpha(data: Values, params: Values) -> Result:
    """Alpha with the distances that the case's weights make."""
    level, counts, rated, categories = inputs.confidence(data, params), inputs.counts(data), None, None
    if counts is None:
        rated = inputs.ratings(data, params)
        categories = encode(rated, inputs.scale(data, params))[1]
    k = len(counts[0]) if counts is not None else len(categories or ())
    if k < 2:
        return krippendorff_alpha(rated, counts=counts, categories=categories, confidence=level)
    distances = 1 - inputs.weights(data, params, k, numbers(categories) if categories else None)
    return krippendorff_alpha(
        rated, counts=counts, categories=categories, distances=distances, confidence=level
    )


def _light(data: Values, params: Values) -> Result:
    if inputs.counts(data) is not None:
        return Result(reason="Light's kappa needs the ratings of each reader, not counts")
    rated = inputs.ratings(data, params)
    categories = encode(rated, inputs.scale(data, params))[1]
    if len(categories) < 2:
        return light_kappa(rated, categories=categories)
    weights = inputs.weights(data, params, len(categories), numbers(categories))
    return light_kappa(rated, categories=categories, weights=weights)


def conger_light(data: Values, params: Values) -> Figures:
    """Conger's and Light's kappa, with Fleiss' beside them."""
    found = inputs.flat("conger", _of(data, params, "conger")) | inputs.flat("light", _light(data, params))
    return found | {"fleiss": _of(data, params, "fleiss").estimate}


def alpha(data: Values, params: Values) -> Figures:
    """Krippendorff's alpha at the level the case names (nominal unless named), and at each by its name."""
    level = str(inputs.first_of(data, params, "level", "metric", default="nominal")).lower()
    result = _alpha_at(data, params, level)
    disagreement = {"Do": result.details.get("observed"), "De": result.details.get("expected")}
    found = {"alpha": result.estimate} | inputs.bare(result) | disagreement
    for each in LEVELS:
        alone = _alpha_at(data, params, each)
        found |= inputs.flat(each, alone) | inputs.flat(f"alpha_{each}", alone)
    if inputs.counts(data) is None:
        asked = inputs.ratings(data, params), level
        found["irr"] = krippendorff_alpha_irr(*asked, categories=inputs.scale(data, params)).estimate
    return found


def _alpha_at(data: Values, params: Values, level: str) -> Result:
    counts = inputs.counts(data)
    return krippendorff_alpha(
        None if counts is not None else inputs.ratings(data, params),
        level,
        counts=counts,
        categories=inputs.scale(data, params),
        confidence=inputs.confidence(data, params),
    )


STATISTICS: dict[str, Callable[[Values, Values], Figures]] = {
    "fleiss_kappa": fleiss,
    "fleiss_fixed_vs_free_marginal": marginals,
    "agreement_family_counts": family,
    "agreement_family_multi_rater_missing": family,
    "conger_light_kappa": conger_light,
    "krippendorff_alpha": alpha,
}
