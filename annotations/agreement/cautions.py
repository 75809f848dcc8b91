"""Warnings that belong beside a figure of agreement, drawn from the table alone.

Reference: Feinstein and Cicchetti, J Clin Epidemiol 1990;43:543 (prevalence paradox).
"""

import numpy as np
from numpy.typing import ArrayLike

FEW_CLUSTERS = 30
DOMINANT = 0.75


def cautions(used: ArrayLike, n_clusters: int | None = None) -> tuple[str, ...]:
    """Warnings for `used`, how often each category was given by anyone, shape (k,).

    Categories never used, one category that dominates, and few clusters.
    """
    counts = np.asarray(used, dtype=np.float64)
    found = []
    empty = int((counts == 0).sum())
    if empty and counts.any():
        found.append(f"empty categories: {empty} of {len(counts)} were never used")
    if counts.any() and counts.max() / counts.sum() >= DOMINANT and empty < len(counts) - 1:
        found.append(
            f"prevalence paradox: {counts.max() / counts.sum():.0%} of the ratings are of one category; "
            "kappa can be low although raw agreement is high"
        )
    if n_clusters is not None and n_clusters < FEW_CLUSTERS:
        found.append(f"few clusters: {n_clusters}; intervals and tests are approximate")
    return tuple(found)


def table_cautions(pooled: ArrayLike, n_clusters: int | None = None) -> tuple[str, ...]:
    """Warnings for a table of two readers, shape (k, k)."""
    table = np.asarray(pooled)
    return cautions(table.sum(axis=0) + table.sum(axis=1), n_clusters)
