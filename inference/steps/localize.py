"""Step 2: probability of vertebral bodies on every slice, by the localizer (Gao et al. 2022, section 2.2.2).

The network works at 1 mm: half a millimetre would cost four times as much and shows it nothing new.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.networks.base import Network
from inference.steps import resample
from inference.steps.normalise import local_contrast
from inference.steps.windows import window

GRID_MM = 1.0
MULTIPLE = 16
BATCH = 8
LIKELY, CLEAR = 0.5, 0.6
RIM_MM = 2.5
"""A body's outermost 2.5 mm must be clear: held-out patients fit best at 0.6, and T1 and T2 agree there
as well as anywhere. Deeper in, likely is enough: a lesion must not tear a hole."""


def localize(
    slices: NDArray[np.float32],
    pixel_spacing_mm: tuple[float, float],
    network: Network,
    progress: Callable[[float], None] = lambda share: None,
) -> NDArray[np.float32]:
    """Probabilities on the 1 mm grid: float32 [slices, rows at 1 mm, columns at 1 mm, 2].

    slices: [slices, rows, columns], upright (rows from head to foot, columns from front to back). Channel 0:
    any vertebral body; channel 1: the body of S1. `progress` hears the share done. Raises NetworkError.
    """
    shape = grid_shape(slices.shape[1:], pixel_spacing_mm)
    results = []
    for part in np.array_split(slices, max(1, -(-len(slices) // BATCH))):
        batch = np.stack([localizer_input(picture, pixel_spacing_mm) for picture in part])
        results.append(network.predict(batch[..., None])[:, : shape[0], : shape[1]])
        progress(sum(map(len, results)) / len(slices))
    return np.concatenate(results)


def localizer_input(
    picture: NDArray[np.float32], pixel_spacing_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """One slice at 1 mm, locally contrast-normalised, padded below and behind to multiples of 16."""
    at_1_mm = to_grid(picture, pixel_spacing_mm)
    contrast = local_contrast(at_1_mm, (GRID_MM, GRID_MM))
    return np.pad(contrast, [(0, -n % MULTIPLE) for n in contrast.shape])


def grid_shape(shape: tuple[int, ...], pixel_spacing_mm: tuple[float, float]) -> tuple[int, int]:
    """Rows and columns of the 1 mm grid over a slice of `shape`: the same field of view."""
    rows, columns = (max(1, round(n * mm / GRID_MM)) for n, mm in zip(shape, pixel_spacing_mm, strict=True))
    return rows, columns


def to_grid(picture: NDArray[np.float32], pixel_spacing_mm: tuple[float, float]) -> NDArray[np.float32]:
    """A slice on the 1 mm grid (first pixels share their outer edge), blurred first where that is coarser."""
    per_pixel = [GRID_MM / mm for mm in pixel_spacing_mm]
    sigma = [0.35 * np.sqrt(max(step * step - 1.0, 0.0)) for step in per_pixel]
    blurred = ndimage.gaussian_filter(np.asarray(picture, np.float32), sigma)
    shape = grid_shape(picture.shape, pixel_spacing_mm)
    axes = [
        np.clip((np.arange(shape[axis]) + 0.5) * per_pixel[axis] - 0.5, 0, picture.shape[axis] - 1)
        for axis in range(2)
    ]
    return resample.linear(blurred, *axes).astype(np.float32)


def from_grid(
    values: NDArray[np.float32], shape: tuple[int, int], pixel_spacing_mm: tuple[float, float], order: int = 1
) -> NDArray[np.float32]:
    """Values [rows, columns] of the 1 mm grid on a slice's own pixels; order 0 keeps numbers of bodies."""
    axes = [
        np.clip((np.arange(n) + 0.5) * mm / GRID_MM - 0.5, 0, size - 1)
        for n, mm, size in zip(shape, pixel_spacing_mm, values.shape, strict=True)
    ]
    if order == 0:
        return resample.nearest(values, *axes).astype(np.float32)
    return resample.linear(values, *axes).astype(np.float32)


def numbers_on_pixels(
    numbers: NDArray[np.int16],
    probability: NDArray[np.float32],
    shape: tuple[int, int],
    pixel_spacing_mm: tuple[float, float],
) -> NDArray[np.int16]:
    """Body numbers of one slice of the 1 mm grid on the slice's own pixels [rows, columns].

    The outline follows the interpolated probability at 0.6 within 2.5 mm of where it is 0.5, and at 0.5
    beyond that; a pixel takes the nearest number within 1.5 mm.
    """
    near = window(numbers > 0, margin=3)
    away, nearest = ndimage.distance_transform_edt(numbers[near] == 0, return_indices=True)
    wider = np.zeros(numbers.shape, np.float32)
    wider[near] = np.where(away <= 1.5 / GRID_MM, numbers[near][tuple(nearest)], 0)
    taken = from_grid(wider, shape, pixel_spacing_mm, order=0).astype(np.int16)
    fine = from_grid(probability, shape, pixel_spacing_mm)
    bodies = np.where(fine >= LIKELY, taken, 0)
    box = window(bodies > 0)
    outlined, inside = np.zeros(shape, np.int16), bodies[box]
    depth = ndimage.distance_transform_edt(np.pad(inside > 0, 1, mode="edge"), sampling=pixel_spacing_mm)
    outlined[box] = np.where((fine[box] >= CLEAR) | (depth[1:-1, 1:-1] > RIM_MM), inside, 0)
    return outlined
