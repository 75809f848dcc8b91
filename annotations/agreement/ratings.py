"""Ratings of several readers as codes on a fixed scale, with missing values, and as counts per unit."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from annotations.agreement.table import Counts, TableError

MISSING = -1
MANTISSA, MANTISSA_BITS, EXPONENT_OF_ONE = 24, 23, 127
"""IEEE 754 single precision: whole numbers of 24 bits are exact, 23 of them stored; exponent 127 is 2**0."""
BLOCK_CELLS = 30_000
"""Few enough to stay in the cache."""


def encode(
    ratings: ArrayLike, categories: Sequence[Hashable] | None = None
) -> tuple[Counts, tuple[Hashable, ...]]:
    """Codes of shape (n, R), MISSING where there is no rating, and the scale they are positions on.

    ratings: shape (n, R), unit by reader; None, NaN or an empty text is missing. categories: the fixed scale;
    without it, the values that occur, in order. Raises TableError naming ratings that are not on the scale.
    """
    array = np.asarray(ratings)
    if array.ndim != 2:
        raise TableError("Expected ratings of shape (units, readers).")
    if np.issubdtype(array.dtype, np.integer) and categories is not None:
        fast = _from_integers(array, categories)
        if fast is not None:
            return fast, tuple(categories)
    flat = array.ravel() if array.dtype.kind in "iufb" else array.astype(object).ravel()
    if flat.dtype == object or flat.dtype.kind in "US":
        flat = np.array([None if _empty(value) else value for value in flat], dtype=object)
    found, occurring = pd.factorize(flat, use_na_sentinel=True)
    if categories is None:
        categories = tuple(sorted((_plain(value) for value in occurring), key=_order))
    position = {category: index for index, category in enumerate(categories)}
    unknown = [value for value in occurring if _plain(value) not in position]
    if unknown:
        raise TableError(f"Ratings not on the scale {list(categories)!r}: {_where(array, unknown)}.")
    lookup = np.array([position[_plain(value)] for value in occurring] + [MISSING], dtype=np.int64)
    codes: Counts = lookup[found].reshape(array.shape)
    return codes, tuple(categories)


def _from_integers(array: NDArray[Any], categories: Sequence[Hashable]) -> Counts | None:
    """The fast way where the scale is 0, 1, ..., k - 1 and nothing is missing."""
    if list(categories) != list(range(len(categories))) or array.size == 0:
        return None
    codes: Counts = array.astype(np.int64, copy=False)
    largest = np.ascontiguousarray(codes).view(np.uint64).max()
    return codes if largest < len(categories) else None


def _empty(value: Any) -> bool:
    return value is None or value is pd.NA or value != value or (isinstance(value, str) and not value.strip())


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _order(value: Any) -> tuple[bool, Any]:
    return isinstance(value, str), value


def _where(array: NDArray[Any], unknown: Sequence[Any]) -> str:
    rows = [(row, value) for row, line in enumerate(array.tolist()) for value in line if value in unknown]
    return ", ".join(f"row {row}: {value!r}" for row, value in rows[:5])


def unit_counts(codes: Counts, k: int) -> Counts:
    """How often each unit got each category, shape (n, k), from codes (n, R)."""
    n = len(codes)
    if codes.size and codes.min() == MISSING:
        width = k + 1
        flat = codes + (np.arange(n, dtype=np.int64) * width)[:, None] + 1
        counted = np.bincount(flat.ravel(), minlength=n * width).reshape(n, width)[:, 1:]
    else:
        flat = codes + (np.arange(n, dtype=np.int64) * k)[:, None]
        counted = np.bincount(flat.ravel(), minlength=n * k).reshape(n, k)
    counts: Counts = counted
    return counts


def unit_patterns(codes: Counts, k: int) -> tuple[Counts, Counts]:
    """The different rows of `unit_counts`, shape (u, k), and how many units have each, shape (u,).

    A million ratings have few patterns, and every figure without clusters rests on these. A rating of code c
    becomes 2**(b c), b bits enough for the number of readers, so that a unit's sum holds its counts side by
    side; a missing rating becomes less than what all readers together could carry into the lowest count.
    """
    n, readers = codes.shape
    bits = max(readers.bit_length(), 1)
    if (k + 1) * bits > MANTISSA or n < 2**10:
        return unit_counts(codes, k), np.ones(n, dtype=np.int64)
    packed, ones = np.empty(n, dtype=np.float32), np.ones(readers, dtype=np.float32)
    step = max(1, BLOCK_CELLS // readers)
    for start in range(0, n, step):
        exponents = codes[start : start + step].astype(np.int32)
        exponents *= bits << MANTISSA_BITS
        exponents += EXPONENT_OF_ONE << MANTISSA_BITS
        np.dot(exponents.view(np.float32), ones, out=packed[start : start + step])
    units = np.bincount(packed.astype(np.int32))
    found = np.flatnonzero(units)
    counts: Counts = (found[:, None] >> (bits * np.arange(k))) & ((1 << bits) - 1)
    return counts, units[found]


def cluster_positions(clusters: Sequence[Hashable] | None, n: int) -> Counts | None:
    """Position of each unit's cluster, in order of first appearance, shape (n,). Raises TableError."""
    if clusters is None:
        return None
    if len(clusters) != n:
        raise TableError("The clusters must have one entry per unit.")
    positions: Counts = pd.factorize(np.asarray(clusters, dtype=object))[0].astype(np.int64)
    return positions
