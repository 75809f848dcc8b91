"""Agreement of several readers, any of whom may not have rated a unit: sums over units, and what they give.

Everything here rests on sums over units, so that a million ratings cost one pass and leaving a cluster out
is a subtraction. A unit with one rating counts for chance agreement, not for observed agreement.
References: Fleiss, Psychol Bull 1971;76:378. Conger, Psychol Bull 1980;88:322. Gwet 2008; Gwet, Handbook of
Inter-Rater Reliability, 5th ed. 2021, ch. 2, 3 and 5 (missing ratings, weights, standard errors).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotations.agreement.jackknife import left_one_out
from annotations.agreement.kappa import TINY
from annotations.agreement.table import Counts, Floats


@dataclass(frozen=True)
class Sums:
    """Sums over units, one row per cluster (K, ...) or for all of them (...).

    units: units with a rating. paired: units with two or more. agreed: their shares of agreeing pairs.
    margin (..., k): shares of each category per unit. readers (..., R, k): ratings of each reader, or (.., 0,
    k) where readers are not told apart.
    """

    units: Floats
    paired: Floats
    agreed: Floats
    margin: Floats
    readers: Floats

    def total(self) -> "Sums":
        """Sums over all clusters."""
        return Sums(*(part.sum(axis=0) for part in self._parts()))

    def without_each(self) -> "Sums":
        """Totals without each cluster in turn."""
        return Sums(*(left_one_out(part) for part in self._parts()))

    def _parts(self) -> tuple[Floats, ...]:
        return self.units, self.paired, self.agreed, self.margin, self.readers


def agreeing_pairs(counts: NDArray[np.float64], weights: Floats) -> tuple[Floats, Floats]:
    """Weighted share of agreeing pairs of each unit, 0 without a pair, and how many ratings; shapes (n,)."""
    given: Floats = counts.sum(axis=1)
    pairs = given * (given - 1)
    agreeing = np.einsum("ij,ij->i", counts, counts @ weights) - counts @ np.diag(weights)
    share: Floats = np.divide(agreeing, pairs, out=np.zeros_like(given), where=pairs > 0)
    return share, given


def reader_counts(codes: Counts, k: int, groups: Counts, n_groups: int) -> Floats:
    """Ratings of each reader and category by group, shape (n_groups, R, k)."""
    readers = codes.shape[1]
    flat = (groups[:, None] * readers + np.arange(readers)) * k + codes
    counted = np.bincount(flat[codes >= 0], minlength=n_groups * readers * k)
    return counted.reshape(n_groups, readers, k).astype(np.float64)


def sums_of_patterns(counts: Counts, times: Counts, weights: Floats) -> Sums:
    """Sums (...) of counts (u, k) that stand for `times` (u,) units each."""
    table = counts.astype(np.float64)
    share, given = agreeing_pairs(table, weights)
    margin = np.divide(table, given[:, None], out=np.zeros_like(table), where=given[:, None] > 0)
    held, paired = times[given > 0].sum(), times[given > 1].sum()
    readers = np.zeros((0, counts.shape[1]))
    many = times.astype(np.float64)
    return Sums(
        np.array(float(held)), np.array(float(paired)), np.array(many @ share), many @ margin, readers
    )


def sums_by_cluster(counts: Counts, weights: Floats, groups: Counts, codes: Counts | None) -> Sums:
    """Sums (K, ...) of counts (n, k) over the clusters at positions `groups` (n,)."""
    table = counts.astype(np.float64)
    share, given = agreeing_pairs(table, weights)
    n_groups, k = int(groups.max()) + 1, counts.shape[1]
    margin = np.divide(table, given[:, None], out=np.zeros_like(table), where=given[:, None] > 0)

    def added(values: Floats) -> Floats:
        return np.bincount(groups, weights=values, minlength=n_groups).astype(np.float64)

    margins = np.stack([added(column) for column in margin.T], axis=1)
    held, paired = (given > 0).astype(np.float64), (given > 1).astype(np.float64)
    readers = np.zeros((n_groups, 0, k)) if codes is None else reader_counts(codes, k, groups, n_groups)
    return Sums(added(held), added(paired), added(share), margins, readers)


Chance = Callable[[Sums, Floats], Floats]


def coefficient(sums: Sums, weights: Floats, chance: Chance) -> Floats:
    """(po - pe) / (1 - pe), NaN where nothing is paired or agreement by chance is complete."""
    with np.errstate(divide="ignore", invalid="ignore"):
        po, pe = sums.agreed / sums.paired, chance(sums, weights)
        value: Floats = np.where(np.abs(1 - pe) < TINY, np.nan, (po - pe) / (1 - pe))
    return value


def _share(sums: Sums) -> Floats:
    return sums.margin / sums.units[..., None]


def fleiss_chance(sums: Sums, weights: Floats) -> Floats:
    """From the mean margin."""
    share = _share(sums)
    pe: Floats = np.einsum("...i,ij,...j->...", share, weights, share)
    return pe


def gwet_chance(sums: Sums, weights: Floats) -> Floats:
    """Gwet's AC1 and AC2."""
    k, share = len(weights), _share(sums)
    pe: Floats = weights.sum() / (k * (k - 1)) * (share * (1 - share)).sum(axis=-1)
    return pe


def uniform_chance(sums: Sums, weights: Floats) -> Floats:
    """Brennan and Prediger: every category equally likely."""
    return np.full(np.shape(sums.units), weights.mean())


def no_chance(sums: Sums, weights: Floats) -> Floats:
    """Percent agreement: nothing is taken off."""
    return np.zeros(np.shape(sums.units))


def conger_chance(sums: Sums, weights: Floats) -> Floats:
    """Mean over pairs of readers of what their own margins give; readers without a rating are left out."""
    given = sums.readers.sum(axis=-1, keepdims=True)
    share = np.divide(sums.readers, given, out=np.zeros_like(sums.readers), where=given > 0)
    n_readers = (given[..., 0] > 0).sum(axis=-1)
    total = share.sum(axis=-2)
    every = np.einsum("...i,ij,...j->...", total, weights, total)
    same = np.einsum("...ri,ij,...rj->...", share, weights, share)
    pe: Floats = (every - same) / (n_readers * (n_readers - 1))
    return pe
