"""Pictures on square grids of a stated spacing."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def regrid(
    picture: NDArray[np.generic],
    spacing_mm: tuple[float, float],
    target_mm: float | tuple[float, float],
    *,
    order: int = 1,
) -> NDArray[np.float32]:
    """A picture [rows, columns] of spacing (row, column) on a grid of `target_mm`, same field of view.

    order 0 keeps labels, order 1 interpolates after a blur that a coarser grid needs.
    """
    target = (target_mm, target_mm) if isinstance(target_mm, int | float) else target_mm
    source = np.asarray(picture, np.float32)
    steps = [target[axis] / spacing_mm[axis] for axis in range(2)]
    shape = [max(1, round(source.shape[axis] / steps[axis])) for axis in range(2)]
    if order > 0:
        sigma = [0.35 * np.sqrt(max(step * step - 1.0, 0.0)) for step in steps]
        source = ndimage.gaussian_filter(source, sigma)
    axes = [
        np.clip((np.arange(shape[axis]) + 0.5) * steps[axis] - 0.5, 0, source.shape[axis] - 1)
        for axis in range(2)
    ]
    grid = np.meshgrid(*axes, indexing="ij")
    return np.asarray(ndimage.map_coordinates(source, grid, order=order, mode="nearest"), np.float32)
