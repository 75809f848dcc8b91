"""Coefficients of agreement of two readers as functions of their table, and their slopes.

All but percent and specific agreement are (po - pe) / (1 - pe); they differ in pe, agreement by chance.
References: Cohen 1960. Scott, Public Opin Q 1955;19:321. Brennan and Prediger, Educ Psychol Meas 1981;41:687.
Gwet, Br J Math Stat Psychol 2008;61:29 (AC1, AC2). Krippendorff, Content Analysis, 4th ed. 2018, ch. 12.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from annotations.agreement.kappa import TINY
from annotations.agreement.table import Floats

Value = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True)
class Coefficient:
    """A coefficient.

    value: from tables (..., k, k) of counts and weights (k, k) to coefficients (...), NaN where undefined.
    slope: from one table of shares (k, k) and weights to the derivative by each share, shape (k, k).
    """

    name: str
    value: Value
    slope: Value
    reference: str


def observed_agreement(tables: Floats, weights: Floats) -> Floats:
    """Weighted share of agreement of tables (..., k, k)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = np.einsum("...ij,ij->...", tables, weights) / tables.sum(axis=(-1, -2))
    return share


def _mean_margin(tables: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        margin: Floats = (tables.sum(-1) + tables.sum(-2)) / (2 * tables.sum(axis=(-1, -2)))[..., None]
    return margin


def _cohen(tables: Floats, weights: Floats) -> Floats:
    rows, columns, total = tables.sum(-1), tables.sum(-2), tables.sum(axis=(-1, -2))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected: Floats = np.einsum("...i,ij,...j->...", rows, weights, columns) / total**2
    return expected


def _cohen_slope(share: Floats, weights: Floats) -> Floats:
    slope: Floats = np.add.outer(weights @ share.sum(axis=0), share.sum(axis=1) @ weights)
    return slope


def _scott(tables: Floats, weights: Floats) -> Floats:
    margin = _mean_margin(tables)
    expected: Floats = np.einsum("...i,ij,...j->...", margin, weights, margin)
    return expected


def _scott_slope(share: Floats, weights: Floats) -> Floats:
    half = (weights + weights.T) @ _mean_margin(share) / 2
    slope: Floats = np.add.outer(half, half)
    return slope


def _uniform(tables: Floats, weights: Floats) -> Floats:
    return np.full(tables.shape[:-2], weights.mean())


def _uniform_slope(share: Floats, weights: Floats) -> Floats:
    return np.zeros_like(weights)


def _gwet(tables: Floats, weights: Floats) -> Floats:
    k, margin = len(weights), _mean_margin(tables)
    expected: Floats = weights.sum() / (k * (k - 1)) * (margin * (1 - margin)).sum(axis=-1)
    return expected


def _gwet_slope(share: Floats, weights: Floats) -> Floats:
    k = len(weights)
    half = weights.sum() / (k * (k - 1)) * (1 - 2 * _mean_margin(share)) / 2
    slope: Floats = np.add.outer(half, half)
    return slope


def _corrected(name: str, expected: Value, expected_slope: Value, reference: str) -> Coefficient:
    def value(tables: Floats, weights: Floats) -> Floats:
        po, pe = observed_agreement(tables, weights), expected(tables, weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            corrected: Floats = np.where(np.abs(1 - pe) < TINY, np.nan, (po - pe) / (1 - pe))
        return corrected

    def slope(share: Floats, weights: Floats) -> Floats:
        po, pe = observed_agreement(share, weights), expected(share, weights)
        change: Floats = (weights * (1 - pe) - (1 - po) * expected_slope(share, weights)) / (1 - pe) ** 2
        return change

    return Coefficient(name, value, slope, reference)


def _alpha(tables: Floats, weights: Floats) -> Floats:
    ratings = 2 * tables.sum(axis=(-1, -2))
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha: Floats = 1 - (1 - 1 / ratings) * (1 - SCOTT.value(tables, weights))
    return alpha


COHEN = _corrected("Cohen kappa", _cohen, _cohen_slope, "Cohen 1960, 1968")
SCOTT = _corrected("Scott pi", _scott, _scott_slope, "Scott 1955")
BRENNAN_PREDIGER = _corrected("Brennan-Prediger", _uniform, _uniform_slope, "Brennan and Prediger 1981")
PABAK = _corrected("PABAK", _uniform, _uniform_slope, "Byrt, Bishop and Carlin, J Clin Epidemiol 1993;46:423")
GWET = _corrected("Gwet AC", _gwet, _gwet_slope, "Gwet 2008, 2021")
ALPHA = Coefficient("Krippendorff alpha", _alpha, SCOTT.slope, "Krippendorff 2018")
PERCENT = Coefficient("percent agreement", observed_agreement, lambda _, weights: weights, "")


def specific(category: int) -> Coefficient:
    """Agreement specific to a category: of the ratings that name it, the share matched by the other reader.

    Reference: Cicchetti and Feinstein, J Clin Epidemiol 1990;43:551; Fleiss 1981.
    """

    def parts(tables: Floats) -> tuple[Floats, Floats]:
        given: Floats = tables.sum(-1)[..., category] + tables.sum(-2)[..., category]
        both: Floats = 2 * tables[..., category, category]
        return both, given

    def value(tables: Floats, weights: Floats) -> Floats:
        both, given = parts(tables)
        with np.errstate(divide="ignore", invalid="ignore"):
            share: Floats = np.where(given > 0, both / given, np.nan)
        return share

    def slope(share: Floats, weights: Floats) -> Floats:
        both, given = parts(share)
        chosen = (np.arange(len(share)) == category).astype(np.float64)
        change: Floats = (
            2 * np.outer(chosen, chosen) * given - both * np.add.outer(chosen, chosen)
        ) / given**2
        return change

    return Coefficient("specific agreement", value, slope, "Cicchetti and Feinstein 1990")
