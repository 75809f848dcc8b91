"""Did the distribution of grades change? Tests of symmetry and of equal margins of one k x k table.

statsmodels' SquareTable adds 0.5 to empty cells unless told not to, and fails where a category is unused.
References: Bowker, J Am Stat Assoc 1948;43:572. Stuart, Biometrika 1955;42:412; Maxwell, Br J Psychiatry
1970;116:651. Bhapkar, J Am Stat Assoc 1966;61:228. Clusters: Hotelling's T2 on the clusters' differences of
margins, as Obuchowski, Stat Med 1998;17:1495 for two categories.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from annotations.agreement.kappa import NO_UNITS
from annotations.agreement.result import NO_CLUSTERS, Result
from annotations.agreement.table import Floats, as_cluster_tables

NO_CHANGE = "the margins are the same or no unit is off the diagonal: there is nothing to test, p is 1"
RANK = 1e-9


def bowker(table: ArrayLike) -> Result:
    """Bowker's test of symmetry of counts (k, k).

    The degrees of freedom are k (k - 1) / 2: pairs of cells that are both empty count, as in statsmodels
    and Bowker's paper. Where there are such pairs a warning says so, and details hold df_occupied and
    p_occupied, which leave them out. Raises TableError on anything but counts.
    """
    counts = as_cluster_tables(np.asarray(table)[None]).sum(axis=0).astype(np.float64)
    upper = np.triu_indices(len(counts), 1)
    result = Result(
        test="symmetry, Bowker",
        n_units=int(counts.sum()),
        reason=NO_UNITS,
        reference="Bowker 1948",
    )
    if not counts.any():
        return result
    off, mirrored = counts[upper], counts.T[upper]
    changed = off + mirrored
    occupied = int((changed > 0).sum())
    held = changed > 0
    statistic = float(((off - mirrored)[held] ** 2 / changed[held]).sum())
    result = _chi_square(result, statistic, len(changed))
    if occupied < len(changed):
        empty = len(changed) - occupied
        words = f"pairs of cells that are both empty: {empty}; they count in the degrees of freedom k(k-1)/2"
        p = float(stats.chi2.sf(statistic, occupied)) if occupied else 1.0
        details = {"df_occupied": float(occupied), "p_occupied": p}
        result = replace(result, warnings=(words,), details=details)
    return result


def stuart_maxwell(table: ArrayLike) -> Result:
    """Stuart and Maxwell's test of equal margins of counts (k, k); df: categories that vary, less one."""
    return _homogeneity(table, "Stuart-Maxwell", "Stuart 1955; Maxwell 1970")


def bhapkar(table: ArrayLike) -> Result:
    """Bhapkar's test of equal margins of counts (k, k): the variance is not taken under equality."""
    return _homogeneity(table, "Bhapkar", "Bhapkar 1966")


def clustered_margins(tables: ArrayLike) -> Result:
    """Equal margins of counts (K, k, k), units correlated within clusters: Hotelling's T2, F(r, K - r).

    Each cluster adds its difference of margins; r is the rank of their covariance (categories that vary, less
    one). With one unit per cluster T2 is Bhapkar's statistic times (n - 1) / n. Raises TableError.
    """
    counts = as_cluster_tables(tables).astype(np.float64)
    n_clusters = len(counts)
    result = Result(
        test="equal margins, Hotelling T2 over clusters",
        n_units=int(counts.sum()),
        n_clusters=n_clusters,
        reason=NO_UNITS,
        reference="Hotelling 1931; Obuchowski 1998",
    )
    if not n_clusters:
        return result
    if n_clusters < 2:
        return replace(result, reason=NO_CLUSTERS)
    gaps = counts.sum(axis=2) - counts.sum(axis=1)
    if not gaps.any():
        return replace(result, statistic=0.0, p=1.0, reason="", warnings=(NO_CHANGE,))
    centred = gaps - gaps.mean(axis=0)
    spread: Floats = n_clusters / (n_clusters - 1) * centred.T @ centred
    t2, rank = _quadratic(gaps.sum(axis=0), spread)
    if rank == 0 or n_clusters <= rank:
        return replace(result, reason="the clusters do not differ enough to estimate their spread")
    f = t2 * (n_clusters - rank) / (rank * (n_clusters - 1))
    p = float(stats.f.sf(f, rank, n_clusters - rank))
    return replace(result, statistic=t2, df=float(rank), p=p, reason="")


def _homogeneity(table: ArrayLike, name: str, reference: str) -> Result:
    counts = as_cluster_tables(np.asarray(table)[None]).sum(axis=0).astype(np.float64)
    n = float(counts.sum())
    result = Result(test=f"equal margins, {name}", n_units=int(n), reason=NO_UNITS, reference=reference)
    if not n:
        return result
    difference = counts.sum(axis=1) - counts.sum(axis=0)
    spread = np.diag(counts.sum(axis=1) + counts.sum(axis=0)) - counts - counts.T
    statistic, rank = _quadratic(difference, spread)
    if name == "Bhapkar":
        if statistic >= n - RANK:
            return replace(result, reason="every unit moved the same way: the variance is zero")
        statistic = statistic / (1 - statistic / n)
    if rank == 0:
        return _chi_square(replace(result, warnings=(NO_CHANGE,)), 0.0, 1)
    return _chi_square(result, statistic, rank)


def _quadratic(difference: Floats, spread: Floats) -> tuple[float, int]:
    """difference' spread^- difference, and the rank of spread (singular by its making, as rows sum to 0)."""
    rank = int(np.linalg.matrix_rank(spread, tol=RANK * max(1.0, float(np.abs(spread).max()))))
    return float(difference @ np.linalg.pinv(spread, rcond=RANK) @ difference), rank


def _chi_square(result: Result, statistic: float, df: int) -> Result:
    p = float(stats.chi2.sf(statistic, df))
    return replace(result, statistic=statistic, df=float(df), p=p, reason="")
