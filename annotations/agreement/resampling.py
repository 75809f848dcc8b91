"""Exam-level bootstrap of kappas: whole clusters are drawn again, both arms of a cluster together.

Per-cluster tables are made once; a resample is a vector of how often each cluster was drawn, so that all
resampled tables are one matrix product. Reference: Davison and Hinkley, Bootstrap Methods, 1997, section 3.8.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from annotations.agreement.kappa import NO_UNITS, TINY, kappas
from annotations.agreement.result import NO_CLUSTERS, Result
from annotations.agreement.table import Counts, Floats, TableError
from annotations.agreement.weights import agreement_weights

CHUNK_CELLS = 25_000
"""Draws per block: they stay in the cache, and the product below what BLAS would hand to several threads."""


def draws(n_clusters: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each cluster was drawn, in blocks of shape (rows, n_clusters); rows add up to `resamples`.

    The same three numbers always give the same draws (numpy PCG64).
    """
    generator = np.random.default_rng(seed)
    rows = max(1, min(resamples, CHUNK_CELLS // n_clusters))
    first = np.arange(rows)[:, None] * n_clusters
    for start in range(0, resamples, rows):
        block = min(rows, resamples - start)
        picks = first[:block] + generator.integers(0, n_clusters, size=(block, n_clusters))
        counted = np.bincount(picks.ravel(), minlength=block * n_clusters)
        yield counted.reshape(block, n_clusters).astype(np.float64)


def _parts(tables: Counts, weights: Floats) -> Floats:
    """What kappa needs of each table (K, k, k), shape (K, 2k + 2): units, agreement, both margins."""
    units, agreed = tables.sum(axis=(1, 2)), np.einsum("kij,ij->k", tables, weights)
    return np.column_stack([units, agreed, tables.sum(axis=2), tables.sum(axis=1)]).astype(np.float64)


def _kappas(parts: Floats, weights: Floats) -> Floats:
    """Kappas (rows,) from summed parts of shape (2k + 2, rows); NaN where undefined."""
    k = len(weights)
    total, agreed, rows, columns = parts[0], parts[1], parts[2 : 2 + k], parts[2 + k :]
    chance = ((weights.T @ rows) * columns).sum(axis=0)
    left = total * total - chance
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(left > TINY * total * total, (agreed * total - chance) / left, np.nan)
    return found


def resampled_kappas(tables: Sequence[Counts], weights: Floats, resamples: int, seed: int) -> Floats:
    """Kappas of shape (resamples, m) for m arrays of counts (K, k, k) over the same clusters; NaN where
    undefined in a resample. The draws are shared by all m; the rest is one product and a few sums each."""
    parts = [_parts(table, weights).T.copy() for table in tables]
    found = np.empty((resamples, len(tables)))
    at = 0
    for drawn in draws(len(tables[0]), resamples, seed) if resamples else ():
        for column, own in enumerate(parts):
            found[at : at + len(drawn), column] = _kappas(own @ drawn.T, weights)
        at += len(drawn)
    return found


def bootstrap_difference(
    before: ArrayLike,
    after: ArrayLike,
    *,
    resamples: int = 10_000,
    seed: int,
    weights: str | ArrayLike | None = None,
    confidence: float = 0.95,
) -> Result:
    """Kappa after minus before, with a percentile interval and a two-sided p from joint cluster resamples.

    before, after: counts of shape (K, k, k), clusters in the same order. p = 2 min(1 + #{d <= 0},
    1 + #{d >= 0}) / (B + 1), at most 1. Resamples in which a kappa is undefined are left out and counted.
    details: resamples, left_out, seed. With 20 clusters the interval covers about 92 %, not 95 %.
    """
    first, second = np.asarray(before, dtype=np.int64), np.asarray(after, dtype=np.int64)
    if first.shape != second.shape or first.ndim != 3:
        raise TableError("Both arms need one table per cluster, over the same clusters.")
    held = (first.sum(axis=(1, 2)) + second.sum(axis=(1, 2))) > 0
    first, second = first[held], second[held]
    result = Result(
        confidence=confidence,
        ci_method="cluster bootstrap, percentile",
        test="difference of dependent kappas = 0, cluster bootstrap",
        n_units=int(first.sum()),
        n_clusters=len(first),
        reason=NO_UNITS,
        reference="Davison and Hinkley 1997",
    )
    if len(first) < 2:
        return replace(result, reason=NO_CLUSTERS) if len(first) else result
    matrix = agreement_weights(first.shape[1], weights)
    old, new = kappas(np.stack([first.sum(axis=0), second.sum(axis=0)]), matrix)
    drawn = resampled_kappas([first, second], matrix, resamples, seed)
    differences = (drawn[:, 1] - drawn[:, 0])[~np.isnan(drawn).any(axis=1)]
    left_out = resamples - len(differences)
    details = {"resamples": float(resamples), "left_out": float(left_out), "seed": float(seed)}
    if np.isnan(old) or np.isnan(new) or left_out > resamples / 2:
        return replace(result, reason="kappa is undefined in the data or in most resamples", details=details)
    tail = 100 * (1 - confidence) / 2
    lo, hi = np.percentile(differences, [tail, 100 - tail])
    below, above = int((differences <= 0).sum()), int((differences >= 0).sum())
    return replace(
        result,
        estimate=float(new - old),
        se=float(differences.std(ddof=1)),
        lo=float(lo),
        hi=float(hi),
        p=min(1.0, 2 * (1 + min(below, above)) / (len(differences) + 1)),
        reason="",
        warnings=(f"{left_out} resamples left out: kappa undefined",) if left_out else (),
        details=details,
    )
