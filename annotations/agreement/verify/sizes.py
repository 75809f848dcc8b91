"""Cases of sample size, power and precision."""

from collections.abc import Callable

from annotations.agreement import design
from annotations.agreement.verify import inputs
from annotations.agreement.verify.inputs import Figures, Values

Sized = Callable[[float], int]


def _setting(data: Values, params: Values, name: str, default: float) -> float:
    return float(inputs.first_of(data, params, name, default=default))


def _sides(data: Values, params: Values, default: int) -> int:
    return int(inputs.first_of(data, params, "sides", default=default))


def by_power(data: Values, params: Values, size: Sized) -> Figures:
    """n at the power asked for; n80, n90, ... where there are several."""
    asked = inputs.first_of(data, params, "power", default=0.8)
    powers = [float(power) for power in (asked if isinstance(asked, list) else [asked])]
    sizes = {f"n{round(100 * power)}": size(power) for power in powers}
    return sizes | {"n": size(powers[0])}


def paired(data: Values, params: Values) -> Figures:
    """Connor's size for McNemar's test."""
    p01, p10 = data["p01"], data["p10"]
    alpha, sides = _setting(data, params, "alpha", 0.05), _sides(data, params, 2)
    return by_power(data, params, lambda power: design.size_mcnemar(p01, p10, alpha, power, sides))


def exact_power(data: Values, params: Values) -> Figures:
    """Power of the exact McNemar test."""
    pairs = int(inputs.first_of(data, params, "npairs", "n"))
    p01, p10 = inputs.first_of(data, params, "pb", "p01"), inputs.first_of(data, params, "pc", "p10")
    alpha = _setting(data, params, "alpha", 0.05)
    return {"power": design.power_exact_mcnemar(p01, p10, pairs, alpha)}


def two_rates(data: Values, params: Values) -> Figures:
    """Cantor's size for kappa of two readers and two categories."""
    alpha, sides = _setting(data, params, "alpha", 0.05), _sides(data, params, 1)
    rates = float(data["rate1"]), float(data["rate2"])
    return by_power(
        data, params, lambda power: design.size_kappa(*rates, data["k0"], data["k1"], alpha, power, sides)
    )


def goodness_of_fit(data: Values, params: Values) -> Figures:
    """Donner and Eliasziw's size."""
    prevalence = inputs.first_of(data, params, "prev", "props", "prevalence")
    alpha, sides = _setting(data, params, "alpha", 0.05), _sides(data, params, 2)
    return by_power(
        data,
        params,
        lambda power: design.size_kappa_fit(data["k0"], data["k1"], prevalence, alpha, power, sides),
    )


def many_categories(data: Values, params: Values) -> Figures:
    """Flack's size."""
    alpha, sides = _setting(data, params, "alpha", 0.05), _sides(data, params, 1)
    marginals = inputs.first_of(data, params, "marginals", "mrg")
    return by_power(
        data,
        params,
        lambda power: design.size_kappa_categories(marginals, data["k0"], data["k1"], alpha, power, sides),
    )


def precision(data: Values, params: Values) -> Figures:
    """Donner's size for an interval of kappa."""
    prevalence = inputs.first_of(data, params, "prev", "props", "prevalence")
    limits = (data.get("kappaL"), data.get("kappaU"))
    alpha = _setting(data, params, "alpha", 0.05)
    return {"n": design.precision_kappa(data["kappa0"], *limits, prevalence, alpha)}


STATISTICS: dict[str, Callable[[Values, Values], Figures]] = {
    "sample_size_mcnemar": paired,
    "power_exact_mcnemar": exact_power,
    "sample_size_kappa_two_raters_binary": two_rates,
    "sample_size_kappa_gof": goodness_of_fit,
    "sample_size_kappa_multicategory": many_categories,
    "precision_kappa": precision,
}
