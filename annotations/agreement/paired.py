"""Difference of two paired proportions with its intervals, from the four counts of one 2 x 2 table.

The units are taken as independent; for clusters see `annotations.agreement.proportions`. Not in statsmodels.
References: Tango, Stat Med 1998;17:891. Newcombe, Stat Med 1998;17:2635, method 10. Bonett and Price, J Educ
Behav Stat 2012;37:479. Agresti and Min, Stat Med 2005;24:729. Fagerland, Lydersen and Laake,
Stat Med 2014;33:2850.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from annotations.agreement.kappa import NO_UNITS
from annotations.agreement.proportions import wilson_limits
from annotations.agreement.result import Result
from annotations.agreement.table import as_cluster_tables

EDGE = 1e-10
Limits = tuple[float, float]
Four = tuple[int, int, int, int]


def paired_difference(table: ArrayLike, confidence: float = 0.95) -> dict[str, Result]:
    """First minus second proportion, (b - c) / n, of counts [[both, first only], [second only, neither]].

    Keys: tango (score), newcombe (square and add), bonett_price, agresti_min, wald, wald_corrected. Raises
    TableError.
    """
    counts = as_cluster_tables(np.asarray(table)[None]).sum(axis=0)
    a, b, c, d = (int(count) for count in counts.ravel()) if counts.shape == (2, 2) else (0, 0, 0, 0)
    n, z = a + b + c + d, float(stats.norm.ppf(0.5 + confidence / 2))
    base = Result(
        confidence=confidence,
        test="",
        n_units=n,
        reason=NO_UNITS,
        warnings=("ignores clustering",),
        reference="Fagerland et al. 2014",
    )
    if n == 0:
        return dict.fromkeys(METHODS, base)
    estimate = (b - c) / n
    results = {}
    for name, (limits, words) in METHODS.items():
        lo, hi = limits((a, b, c, d), z)
        results[name] = replace(base, estimate=estimate, lo=lo, hi=hi, ci_method=words, reason="")
    se = float(np.sqrt(max(b + c - (b - c) ** 2 / n, 0.0)) / n)
    return {name: replace(r, se=se) if name.startswith("wald") else r for name, r in results.items()}


def _wald(four: Four, z: float, correction: int = 0) -> Limits:
    _, b, c, _ = four
    n = sum(four)
    se, middle = float(np.sqrt(max(b + c - (b - c) ** 2 / n, 0.0)) / n), (b - c) / n
    return middle - z * se - correction / n, middle + z * se + correction / n


def _corrected(four: Four, z: float) -> Limits:
    return _wald(four, z, 1)


def _bonett_price(four: Four, z: float) -> Limits:
    n = sum(four) + 2
    first, second = (four[1] + 1) / n, (four[2] + 1) / n
    half = z * float(np.sqrt((first + second - (first - second) ** 2) / n))
    return max(-1.0, first - second - half), min(1.0, first - second + half)


def _agresti_min(four: Four, z: float) -> Limits:
    n = sum(four) + 2
    first, second = (four[1] + 0.5) / n, (four[2] + 0.5) / n
    half = z * float(np.sqrt((first + second - (first - second) ** 2) / n))
    return max(-1.0, first - second - half), min(1.0, first - second + half)


def _newcombe(four: Four, z: float) -> Limits:
    a, b, c, d = four
    n, first, second = sum(four), a + b, a + c
    cross = a * d - b * c
    numerator = max(cross - n / 2, 0.0) if cross > 0 else cross
    spread = first * (n - first) * second * (n - second)
    phi = numerator / float(np.sqrt(spread)) if spread else 0.0
    (lo1, hi1), (lo2, hi2) = wilson_limits(first, n, z), wilson_limits(second, n, z)
    p1, p2 = first / n, second / n

    def half(x: float, y: float) -> float:
        return float(np.sqrt(max(x**2 - 2 * phi * x * y + y**2, 0.0)))

    return p1 - p2 - half(p1 - lo1, hi2 - p2), p1 - p2 + half(hi1 - p1, p2 - lo2)


def _tango(four: Four, z: float) -> Limits:
    _, b, c, _ = four
    n = sum(four)

    def excess(delta: float) -> float:
        """Squared score distance at `delta` less z squared, times the variance."""
        linear = -b - c + (2 * n - b + c) * delta
        root = np.sqrt(max(linear**2 + 8 * n * c * delta * (1 - delta), 0.0))
        second_only = (root - linear) / (4 * n)
        return float((b - c - n * delta) ** 2 - z**2 * n * (2 * second_only + delta * (1 - delta)))

    estimate = (b - c) / n
    lo = -1.0 if c == n else optimize.brentq(excess, -1.0, estimate - EDGE, xtol=1e-14)
    hi = 1.0 if b == n else optimize.brentq(excess, estimate + EDGE, 1.0, xtol=1e-14)
    return float(lo), float(hi)


METHODS: dict[str, tuple[Callable[[Four, float], Limits], str]] = {
    "tango": (_tango, "Tango score"),
    "newcombe": (_newcombe, "Newcombe square-and-add, method 10"),
    "bonett_price": (_bonett_price, "Bonett-Price"),
    "agresti_min": (_agresti_min, "Agresti-Min, Wald with half a unit more in each cell"),
    "wald": (_wald, "Wald"),
    "wald_corrected": (_corrected, "Wald with continuity correction"),
}
