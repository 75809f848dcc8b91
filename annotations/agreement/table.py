"""Contingency tables of two readers on a fixed category scale, one table per cluster.

The scale comes from the study, never from the grades that happen to occur: a reader who never used a
category must not shift the weights or shrink the table.
"""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


class TableError(ValueError):
    """Grades or weights that fit no table; the message names the rows."""


def codes(grades: Sequence[Hashable], categories: Sequence[Hashable]) -> Counts:
    """Positions of `grades` on the scale `categories`, shape (n,). Raises TableError naming the unknown."""
    if len(set(categories)) != len(categories) or len(categories) < 2:
        raise TableError("The category scale needs at least two categories, each named once.")
    position = {category: index for index, category in enumerate(categories)}
    unknown = [(row, grade) for row, grade in enumerate(grades) if grade not in position]
    if unknown:
        listed = ", ".join(f"row {row}: {grade!r}" for row, grade in unknown[:5])
        raise TableError(f"{len(unknown)} grades are not on the scale {list(categories)!r}: {listed}.")
    return np.array([position[grade] for grade in grades], dtype=np.int64)


def cluster_tables(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    clusters: Sequence[Hashable],
    categories: Sequence[Hashable],
) -> Counts:
    """Counts of shape (K, k, k): cluster, category of the first reader, category of the second.

    The three sequences run over the same units; clusters are in order of first appearance.
    Raises TableError when lengths differ or a grade is not on the scale.
    """
    if not len(first) == len(second) == len(clusters):
        raise TableError("Both readers and the clusters must have one entry per unit.")
    k = len(categories)
    order = {cluster: index for index, cluster in enumerate(dict.fromkeys(clusters))}
    where = np.array([order[cluster] for cluster in clusters], dtype=np.int64)
    flat = (where * k + codes(first, categories)) * k + codes(second, categories)
    counts: Counts = np.bincount(flat, minlength=len(order) * k * k).reshape(len(order), k, k)
    return counts


def as_cluster_tables(tables: ArrayLike) -> Counts:
    """Counts of shape (K, k, k) with empty clusters dropped. Raises TableError on anything else."""
    array = np.asarray(tables)
    if array.ndim != 3 or array.shape[1] != array.shape[2] or array.shape[1] < 2:
        raise TableError("Expected one square table of at least 2 x 2 per cluster.")
    if not np.all(np.isfinite(array)) or np.any(array < 0) or np.any(array != np.floor(array)):
        raise TableError("A table holds counts: whole numbers from 0 up.")
    counts: Counts = array.astype(np.int64)
    held: Counts = counts[counts.sum(axis=(1, 2)) > 0]
    return held


def collapse(tables: NDArray[Any], groups: Sequence[Sequence[int]]) -> Counts:
    """Tables of shape (..., g, g) after merging categories: `groups` lists the positions in each new one."""
    member = np.zeros((tables.shape[-1], len(groups)), dtype=np.int64)
    for column, positions in enumerate(groups):
        member[list(positions), column] = 1
    merged: Counts = np.asarray(member.T @ tables @ member, dtype=np.int64)
    return merged
