"""Each unit's linearised contribution to a coefficient of several readers.

Reference: Gwet, Handbook of Inter-Rater Reliability, 5th ed. 2021, ch. 5 (variance with missing ratings).
"""

import numpy as np

from annotations.agreement.several import (
    Sums,
    agreeing_pairs,
    conger_chance,
    fleiss_chance,
    gwet_chance,
    no_chance,
    uniform_chance,
)
from annotations.agreement.table import Counts, Floats


def unit_scores(counts: Counts, codes: Counts | None, total: Sums, weights: Floats, name: str) -> Floats:
    """Scores of shape (n,), of mean zero; var = sum(scores**2) / (n (n - 1)).

    counts: (n, k), units or patterns of units rated at least once. codes: (n, R), for Conger. total: sums
    over all units.
    """
    table = counts.astype(np.float64)
    share, given = agreeing_pairs(table, weights)
    n, paired = float(total.units), float(total.paired)
    po = float(total.agreed) / paired
    pe, by_unit = _chance(table / given[:, None], codes, total, weights, name)
    value = (po - pe) / (1 - pe)
    observed = n / paired * (share - pe * (given > 1)) / (1 - pe)
    scores: Floats = observed - 2 * (1 - value) * by_unit / (1 - pe) - value
    return scores


def _chance(
    margin: Floats, codes: Counts | None, total: Sums, weights: Floats, name: str
) -> tuple[float, Floats]:
    """Agreement by chance, and half of each unit's centred contribution to it."""
    share, k = total.margin / total.units, len(weights)
    if name == "fleiss":
        pe = float(fleiss_chance(total, weights))
        return pe, margin @ (weights + weights.T) @ share / 2 - pe
    if name == "gwet":
        pe = float(gwet_chance(total, weights))
        return pe, weights.sum() / (k * (k - 1)) * (margin @ (1 - share)) - pe
    if name == "conger" and codes is not None:
        return float(conger_chance(total, weights)), _conger(codes, total, weights)
    pe = float((uniform_chance if name == "brennan_prediger" else no_chance)(total, weights))
    return pe, np.zeros(len(margin))


def _conger(codes: Counts, total: Sums, weights: Floats) -> Floats:
    given = total.readers.sum(axis=1)
    active = given > 0
    share = total.readers[active] / given[active, None]
    codes, n_readers, n = codes[:, active], int(active.sum()), len(codes)
    others = (share.sum(axis=0) - share) @ (weights + weights.T) / 2
    centre = np.einsum("rk,rk->r", share, others)
    rated = codes >= 0
    own = np.take_along_axis(others.T, np.where(rated, codes, 0), axis=0)
    scaled = n / given[active] * np.where(rated, own - centre, 0.0)
    scores: Floats = scaled.sum(axis=1) / (n_readers * (n_readers - 1))
    return scores
