"""Weights of partial agreement on a category scale.

References: Cohen, Psychol Bull 1968;70:213 (weighted kappa, quadratic). Cicchetti and Allison, Am J EEG
Technol 1971;11:101 (linear). Gwet, Handbook of Inter-Rater Reliability, 5th ed. 2021, ch. 3 (the others).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from annotations.agreement.table import Floats, TableError

NAMES = ("unweighted", "linear", "quadratic", "ordinal", "radical", "ratio")


def agreement_weights(
    k: int, weights: str | ArrayLike | None = None, values: Sequence[float] | None = None
) -> Floats:
    """Agreement weights of shape (k, k): 1 is full agreement.

    weights: None or "unweighted" (only the diagonal agrees), "linear", "quadratic", "ordinal", "radical",
    "ratio", or a k x k matrix of agreement weights, which is scaled so that its largest is 1.
    values: what the categories stand for; their positions 0, 1, ... unless given (ratio: 1, 2, ...).
    Raises TableError on another name, another shape, or values that are not finite.
    """
    if weights is None or isinstance(weights, str):
        return _named(k, weights or "unweighted", values)
    matrix: Floats = np.asarray(weights, dtype=np.float64)
    if matrix.shape != (k, k) or not np.all(np.isfinite(matrix)) or matrix.max() <= 0:
        raise TableError(f"A weight matrix for {k} categories is {k} x {k}, finite and positive somewhere.")
    scaled: Floats = matrix / matrix.max()
    return scaled


def _named(k: int, name: str, values: Sequence[float] | None) -> Floats:
    if name not in NAMES:
        raise TableError(f"Weights are None, one of {', '.join(NAMES)}, or a matrix, not {name!r}.")
    if name == "unweighted":
        return np.eye(k)
    first = 1 if name == "ratio" else 0
    scale = np.arange(first, k + first) if values is None or name == "ordinal" else np.asarray(values)
    gap: Floats = np.abs(np.subtract.outer(scale, scale)).astype(np.float64)
    if name == "ordinal":
        gap = gap * (gap + 1) / 2
    elif name == "ratio":
        total = np.abs(np.add.outer(scale, scale)).astype(np.float64)
        gap = np.divide(gap, total, out=np.zeros_like(gap), where=total > 0) ** 2
    else:
        gap = gap ** {"linear": 1.0, "quadratic": 2.0, "radical": 0.5}[name]
    if gap.max() <= 0:
        raise TableError("The values of the categories must differ.")
    weights: Floats = 1 - gap / gap.max()
    return weights


def from_disagreement(matrix: ArrayLike) -> Floats:
    """Agreement weights from disagreement weights, shape (k, k): 0 is full agreement there, 1 here."""
    distance: Floats = np.asarray(matrix, dtype=np.float64)
    if not np.all(np.isfinite(distance)) or distance.size == 0 or distance.max() <= 0:
        raise TableError("Disagreement weights are finite and positive somewhere.")
    weights: Floats = 1 - distance / distance.max()
    return weights
