"""How many exams: power and precision by formula.

Sizes are units (or pairs of ratings), taken as independent; `design_effect` carries them over to clusters.
statsmodels has none of these.
References: Connor, Biometrics 1987;43:207. Cantor, Psychol Methods 1996;1:150. Flack, Afifi, Lachenbruch and
Schouten, Psychometrika 1988;53:321. Donner and Eliasziw, Stat Med 1992;11:1511. Donner, Stat Med
1999;18:1961.
"""

from collections.abc import Sequence
from math import ceil

import numpy as np
from scipy import optimize, stats

from annotations.agreement.kappa import influence
from annotations.agreement.table import Floats, TableError
from annotations.agreement.two_readers import delta_se

ROUNDING = 1e-9


def _whole(n: float) -> int:
    return ceil(n - ROUNDING)


def _quantiles(alpha: float, power: float, sides: int) -> tuple[float, float]:
    if not (0 < alpha < 1 and 0 < power < 1 and sides in (1, 2)):
        raise TableError("Alpha and power lie between 0 and 1; sides are 1 or 2.")
    return float(stats.norm.ppf(1 - alpha / sides)), float(stats.norm.ppf(power))


def design_effect(units_per_cluster: float, icc: float) -> float:
    """By how much clusters of equal size multiply the variance, 1 + (m - 1) icc (Kish, 1965)."""
    return 1 + (units_per_cluster - 1) * icc


def size_mcnemar(p01: float, p10: float, alpha: float = 0.05, power: float = 0.8, sides: int = 2) -> int:
    """Pairs for McNemar's test from the shares of both kinds of discordant pairs (Connor)."""
    discordant, gap = p01 + p10, abs(p01 - p10)
    if not (0 < gap <= discordant <= 1):
        raise TableError("The discordant shares differ and add up to at most 1.")
    z_alpha, z_power = _quantiles(alpha, power, sides)
    reach = z_alpha * np.sqrt(discordant) + z_power * np.sqrt(discordant - gap**2)
    return _whole(float(reach**2 / gap**2))


def size_kappa_gain(
    gain: float,
    discordance: float,
    expected: float,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int:
    """Units to show that kappa rises by `gain`, as McNemar's test of agreement before and after (Connor).

    discordance: share of units on which agreement changes either way. expected: agreement by chance, the same
    before and after, so that agreement rises by gain (1 - expected).
    """
    change = gain * (1 - expected)
    return size_mcnemar((discordance + change) / 2, (discordance - change) / 2, alpha, power)


def power_mcnemar(p01: float, p10: float, pairs: int, alpha: float = 0.05, sides: int = 2) -> float:
    """Power of McNemar's asymptotic test with that many pairs (Connor)."""
    discordant, gap = p01 + p10, abs(p01 - p10)
    z_alpha, _ = _quantiles(alpha, 0.5, sides)
    spread = float(np.sqrt(discordant - gap**2))
    return float(stats.norm.cdf((gap * np.sqrt(pairs) - z_alpha * np.sqrt(discordant)) / spread))


def power_exact_mcnemar(p01: float, p10: float, pairs: int, alpha: float = 0.05) -> float:
    """Power of the two-sided exact McNemar test: over every number of discordant pairs and their split."""
    discordant = p01 + p10
    if not (0 < discordant <= 1 and min(p01, p10) >= 0):
        raise TableError("The discordant shares are not negative and add up to at most 1.")
    total = 0.0
    for changed in range(1, pairs + 1):
        split = np.arange(changed + 1)
        p = 2 * stats.binom.cdf(np.minimum(split, changed - split), changed, 0.5)
        rejected = stats.binom.pmf(split[p <= alpha], changed, p01 / discordant).sum()
        total += float(stats.binom.pmf(changed, pairs, discordant) * rejected)
    return total


def _two_by_two(rate1: float, rate2: float, kappa: float) -> Floats:
    expected = rate1 * rate2 + (1 - rate1) * (1 - rate2)
    observed = kappa * (1 - expected) + expected
    both = (observed - 1 + rate1 + rate2) / 2
    cells = np.array([[both, rate1 - both], [rate2 - both, 1 - rate1 - rate2 + both]])
    if cells.min() < -ROUNDING:
        raise TableError(f"No table has the rates {rate1} and {rate2} and kappa {kappa}.")
    table: Floats = np.maximum(cells, 0.0)
    return table


def unit_variance(cells: Floats) -> float:
    """n times the large-sample variance of kappa for cell probabilities (k, k)."""
    return delta_se(influence(cells, np.eye(len(cells))), cells / cells.sum()) ** 2


def size_kappa(
    rate1: float,
    rate2: float,
    k0: float,
    k1: float,
    alpha: float = 0.05,
    power: float = 0.8,
    sides: int = 1,
) -> int:
    """Units to tell kappa k1 from k0 of two readers with these rates of "yes" (Cantor)."""
    z_alpha, z_power = _quantiles(alpha, power, sides)
    spread = [float(np.sqrt(unit_variance(_two_by_two(rate1, rate2, k)))) for k in (k0, k1)]
    return _whole(((z_alpha * spread[0] + z_power * spread[1]) / (k1 - k0)) ** 2)


def precision_kappa_wald(
    rate1: float, rate2: float, kappa: float, half_width: float, confidence: float = 0.95
) -> int:
    """Units for a normal interval of kappa of that half-width."""
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    return _whole((z / half_width) ** 2 * unit_variance(_two_by_two(rate1, rate2, kappa)))


def _largest_variance(marginals: Floats, kappa: float) -> float:
    """The largest n var(kappa) of any table with these margins for both readers and this kappa.

    Given margins and kappa it is linear in the cells, so that a linear programme finds it.
    """
    k, expected = len(marginals), float((marginals**2).sum())
    observed = kappa * (1 - expected) + expected
    slope = np.eye(k) * (1 - expected) - (1 - observed) * np.add.outer(marginals, marginals)
    slope = slope / (1 - expected) ** 2
    rows = [np.eye(k)[i][:, None] * np.ones((1, k)) for i in range(k)]
    columns = [np.ones((k, 1)) * np.eye(k)[i][None] for i in range(k)]
    equal = np.array([cells.ravel() for cells in (*rows, *columns, np.eye(k))])
    values = np.concatenate([marginals, marginals, [observed]])
    best = optimize.linprog(-(slope**2).ravel(), A_eq=equal, b_eq=values, bounds=(0, 1), method="highs")
    if not best.success:
        raise TableError(f"No table has the margins {marginals.tolist()} and kappa {kappa}.")
    mean = float((slope.ravel() * best.x).sum())
    return float(-best.fun) - mean**2


def size_kappa_categories(
    marginals: Sequence[float],
    k0: float,
    k1: float,
    alpha: float = 0.05,
    power: float = 0.8,
    sides: int = 1,
) -> int:
    """Units to tell kappa k1 from k0 with k categories used alike by both readers, at worst (Flack)."""
    margin = np.asarray(marginals, dtype=np.float64) / float(np.sum(marginals))
    z_alpha, z_power = _quantiles(alpha, power, sides)
    spread = [float(np.sqrt(_largest_variance(margin, k))) for k in (k0, k1)]
    return _whole(((z_alpha * spread[0] + z_power * spread[1]) / (k1 - k0)) ** 2)


def agreement_shares(kappa: float, shares: Sequence[float]) -> Floats:
    """Shares of units on which two readers agree on each category, and disagree, by the common-correlation
    model with kappa as the correlation."""
    margin = np.asarray(shares, dtype=np.float64)
    agree = margin**2 + kappa * margin * (1 - margin)
    return np.append(agree, 1 - agree.sum())


def _distance(k_true: float, k_other: float, shares: Sequence[float]) -> float:
    true, other = agreement_shares(k_true, shares), agreement_shares(k_other, shares)
    if min(true.min(), other.min()) < 0 or other.min() <= 0:
        raise TableError("These shares and kappas leave a negative share of units.")
    return float(((true - other) ** 2 / other).sum())


def _shares(prevalence: float | Sequence[float]) -> list[float]:
    if isinstance(prevalence, (int, float)):
        return [float(prevalence), 1 - float(prevalence)]
    return [float(share) for share in prevalence]


def size_kappa_fit(
    k0: float,
    k1: float,
    prevalence: float | Sequence[float],
    alpha: float = 0.05,
    power: float = 0.8,
    sides: int = 2,
) -> int:
    """Units for the goodness-of-fit test of kappa k1 against k0 (Donner and Eliasziw); prevalence of "yes",
    or the share of each category."""
    z_alpha, z_power = _quantiles(alpha, power, sides)
    return _whole((z_alpha + z_power) ** 2 / _distance(k1, k0, _shares(prevalence)))


def precision_kappa(
    kappa: float,
    lower: float | None,
    upper: float | None,
    prevalence: float | Sequence[float],
    alpha: float = 0.05,
) -> int:
    """Units for a goodness-of-fit interval of kappa to stay within lower and upper (Donner, 1999).

    One limit may be None: the interval is then one-sided.
    """
    limits = [limit for limit in (lower, upper) if limit is not None]
    if not limits:
        raise TableError("Name a lower limit, an upper limit, or both.")
    level = 1 - alpha if len(limits) == 2 else 1 - 2 * alpha
    critical = float(stats.chi2.ppf(level, 1))
    return max(_whole(critical / _distance(kappa, limit, _shares(prevalence))) for limit in limits)
