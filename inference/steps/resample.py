"""Pictures at the crossings of some rows and columns: one axis after the other, which costs a tenth of asking
for every crossing by itself and gives the same values to rounding.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Places = NDArray[np.floating]
"""Where along one axis, in pixels from the first pixel's centre."""


def linear(picture: NDArray[np.float32], rows: Places, columns: Places) -> NDArray[np.float64]:
    """`picture` at every (row, column) by linear interpolation: float64 [len(rows), len(columns)].

    Outside the picture it fades to 0 within a pixel.
    """
    return _between(_between(picture, rows, 0), columns, 1)


def nearest(picture: NDArray[np.generic], rows: Places, columns: Places) -> NDArray[np.generic]:
    """`picture` at the pixel nearest to every (row, column); places outside take the border."""
    indices = [
        np.clip(np.floor(places + 0.5).astype(int), 0, size - 1)
        for places, size in zip((rows, columns), picture.shape, strict=True)
    ]
    return np.asarray(picture[np.ix_(*indices)])


def cubic(coefficients: NDArray[np.float64], rows: Places, columns: Places) -> NDArray[np.float64]:
    """The spline of these `coefficients` (`ndimage.spline_filter`, order 3, mirrored) at every (row, column).

    Places lie within the picture; what the spline needs beyond its border is mirrored at the border pixels.
    """
    down = _cubic(rows, coefficients.shape[0]) @ np.asarray(coefficients, np.float64)
    return np.asarray((_cubic(columns, coefficients.shape[1]) @ down.T).T)


def _between(picture: NDArray[np.floating], places: Places, axis: int) -> NDArray[np.float64]:
    """Linear interpolation along one axis: the two neighbours of each place, those outside as 0."""
    low = np.floor(places).astype(int)
    share = places - low
    size = picture.shape[axis]
    parts = []
    for index, weight in ((low, 1.0 - share), (low + 1, share)):
        weight = np.where((index >= 0) & (index < size), weight, 0.0)
        taken = picture.take(index, axis, mode="clip")
        parts.append(taken * (weight if axis else weight[:, None]))
    return np.asarray(parts[0] + parts[1])


def _cubic(places: Places, size: int) -> sparse.csr_array:
    """The four B-spline weights of each place (Unser 1999, IEEE Signal Process Mag 16(6), eq. 8)."""
    low = np.floor(places).astype(int)
    t = places - low
    weights = np.stack([(1 - t) ** 3, 4 - 6 * t**2 + 3 * t**3, 4 - 6 * (1 - t) ** 2 + 3 * (1 - t) ** 3, t**3])
    indices = np.stack([low - 1, low, low + 1, low + 2])
    period = max(2 * (size - 1), 1)
    folded = np.abs((indices + size - 1) % period - (size - 1)) if size > 1 else np.zeros_like(indices)
    return _weights(folded, weights / 6.0, size)


def _weights(indices: NDArray[np.int_], values: Places, size: int) -> sparse.csr_array:
    """[places, size]: `values` [n, places] of each place at `indices`; those outside are left out."""
    places = np.broadcast_to(np.arange(indices.shape[1]), indices.shape)
    inside = (indices >= 0) & (indices < size)
    entries = (values[inside], (places[inside], indices[inside]))
    return sparse.csr_array(entries, shape=(indices.shape[1], size))
