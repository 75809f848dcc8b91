"""Cases of sample size, power and precision."""

from collections.abc import Callable

from annotations.agreement import design
from annotations.agreement.table import TableError
from annotations.agreement.verify import inputs
from annotations.agreement.verify.inputs import Figures, Values

Sized = Callable[[float], int]


def _setting(data: Values, params: Values, name: str, default: float) -> float:
    return float(inputs.first_of(data, params, name, default=default))


def _sides(data: Values, params: Values, default: int) -> int:
    return int(inputs.first_of(data, params, "sides", default=default))


def by_power(data: Values, params: Values, size: Sized) -> Figures:
    """n at the power asked for; n80, n90, ... where there are several."""
    beta = inputs.first_of(data, params, "beta")
    asked = inputs.first_of(data, params, "power", default=0.8 if beta is None else 1 - float(beta))
    powers = [float(power) for power in (asked if isinstance(asked, list) else [asked])]
    sizes = {f"n{round(100 * power)}": size(power) for power in powers}
    return sizes | {"n": size(powers[0])}


def _discordant(data: Values, params: Values) -> tuple[float, float]:
    """Shares of both kinds of discordant pairs; also from their sum with their difference or ratio."""
    shares = [inputs.first_of(data, params, name) for name in ("p01", "p10")]
    if None not in shares:
        return float(shares[0]), float(shares[1])
    total = inputs.first_of(data, params, "discordant", "discordance", "pdisc", "p_disc", "psi")
    gap = inputs.first_of(data, params, "diff", "difference", "delta", "pdiff")
    ratio = inputs.first_of(data, params, "or", "odds_ratio", "ratio")
    if total is None or (gap is None and ratio is None):
        raise TableError("The case names no discordant shares: p01 and p10, or their sum and difference.")
    if gap is None:
        gap = float(total) * (float(ratio) - 1) / (float(ratio) + 1)
    return (float(total) + float(gap)) / 2, (float(total) - float(gap)) / 2


def asymptotic_power(data: Values, params: Values) -> Figures:
    """Power of McNemar's asymptotic test, and of the exact one."""
    p01, p10 = _discordant(data, params)
    pairs, alpha = int(inputs.first_of(data, params, "npairs")), _setting(data, params, "alpha", 0.05)
    power = design.power_mcnemar(p01, p10, pairs, alpha, _sides(data, params, 2))
    return {"power": power, "power_exact": design.power_exact_mcnemar(p01, p10, pairs, alpha)}


def gain(data: Values, params: Values) -> Figures:
    """Units to show a rise of kappa, and exams of so many units with clustering."""
    rise, moved, chance = (
        float(inputs.first_of(data, params, name)) for name in ("gain", "discordance", "expected")
    )
    alpha = _setting(data, params, "alpha", 0.05)
    return by_power(data, params, lambda power: design.size_kappa_gain(rise, moved, chance, alpha, power))


def effect(data: Values, params: Values) -> Figures:
    """The design effect of equal clusters."""
    units = float(inputs.first_of(data, params, "units_per_cluster", "cluster_size", "m", "n"))
    value = design.design_effect(units, float(inputs.first_of(data, params, "icc", "rho")))
    return {"deff": value, "design_effect": value, "vif": value}


def wald_precision(data: Values, params: Values) -> Figures:
    """Units for a normal interval of kappa of a half-width."""
    rates = [float(inputs.first_of(data, params, name)) for name in ("rate1", "rate2", "kappa0")]
    half = float(inputs.first_of(data, params, "half_width", "d", "precision", "width"))
    return {
        "n": design.precision_kappa_wald(rates[0], rates[1], rates[2], half, inputs.confidence(data, params))
    }


def paired(data: Values, params: Values) -> Figures:
    """Connor's size for McNemar's test."""
    p01, p10 = _discordant(data, params)
    alpha, sides = _setting(data, params, "alpha", 0.05), _sides(data, params, 2)
    return by_power(data, params, lambda power: design.size_mcnemar(p01, p10, alpha, power, sides))


def exact_power(data: Values, params: Values) -> Figures:
    """Power of the exact McNemar test."""
    pairs = int(inputs.first_of(data, params, "npairs"))
    p01, p10 = _discordant(data, params)
    alpha = _setting(data, params, "alpha", 0.05)
    return {"power": design.power_exact_mcnemar(p01, p10, pairs, alpha)}


def two_rates(data: Values, params: Values) -> Figures:
    """Cantor's size for kappa of two readers and two categories."""
    alpha, sides = _setting(data, params, "alpha", 0.05), _sides(data, params, 1)
    rate1, rate2, k0, k1 = (
        float(inputs.first_of(data, params, name)) for name in ("rate1", "rate2", "k0", "k1")
    )
    return by_power(data, params, lambda power: design.size_kappa(rate1, rate2, k0, k1, alpha, power, sides))


def goodness_of_fit(data: Values, params: Values) -> Figures:
    """Donner and Eliasziw's size."""
    prevalence = inputs.first_of(data, params, "prev")
    alpha, sides = _setting(data, params, "alpha", 0.05), _sides(data, params, 2)
    k0, k1 = (float(inputs.first_of(data, params, name)) for name in ("k0", "k1"))
    return by_power(
        data, params, lambda power: design.size_kappa_fit(k0, k1, prevalence, alpha, power, sides)
    )


def many_categories(data: Values, params: Values) -> Figures:
    """Flack's size."""
    alpha, sides = _setting(data, params, "alpha", 0.05), _sides(data, params, 1)
    marginals = inputs.first_of(data, params, "marginals")
    k0, k1 = (float(inputs.first_of(data, params, name)) for name in ("k0", "k1"))
    return by_power(
        data, params, lambda power: design.size_kappa_categories(marginals, k0, k1, alpha, power, sides)
    )


def precision(data: Values, params: Values) -> Figures:
    """Donner's size for an interval of kappa."""
    prevalence = inputs.first_of(data, params, "prev")
    lower, upper = (inputs.first_of(data, params, name) for name in ("kappaL", "kappaU"))
    alpha, kappa = _setting(data, params, "alpha", 0.05), float(inputs.first_of(data, params, "kappa0"))
    return {"n": design.precision_kappa(kappa, lower, upper, prevalence, alpha)}


STATISTICS: dict[str, Callable[[Values, Values], Figures]] = {
    "sample_size_mcnemar": paired,
    "power_exact_mcnemar": exact_power,
    "power_mcnemar": asymptotic_power,
    "sample_size_kappa_gain": gain,
    "design_effect": effect,
    "precision_kappa_wald": wald_precision,
    "sample_size_kappa_two_raters_binary": two_rates,
    "sample_size_kappa_gof": goodness_of_fit,
    "sample_size_kappa_multicategory": many_categories,
    "precision_kappa": precision,
}
