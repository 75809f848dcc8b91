"""Step 1: T2 on T1's grid by DICOM geometry alone (Gao et al. 2022, section 2.2.1).

Sagittal slices are matched along the left-right axis, then T2 is rotated, translated and scaled in plane
with cubic interpolation; no intensity registration. What is left over is measured by `residual_shift`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps import resample
from inference.volume import Volume

STRAIGHT_PX = 1e-3
"""Grids that turn against each other by less, over a whole picture, are parallel."""
SINGLE_SLICE_MM = 4.0
"""Distance between slices where neither stack has two; the paper's slices are 3 to 4 mm thick."""


@dataclass(frozen=True)
class Aligned:
    """T2 on T1's grid.

    t2: float32 [slices, rows, columns], NaN where no T2 slice lies within half a slice distance.
    matched: for each T1 slice the T2 slice nearest to its middle, None if it is left without T2.
    distance_mm: how far that T2 slice lies from the T1 slice's middle, across the slices.
    """

    t2: NDArray[np.float32]
    matched: tuple[int | None, ...]
    distance_mm: tuple[float | None, ...]

    @property
    def without_t2(self) -> tuple[int, ...]:
        """Indices of T1 slices that have no T2."""
        return tuple(index for index, slice_ in enumerate(self.matched) if slice_ is None)


def align(t1: Volume, t2: Volume) -> Aligned:
    """T2 sampled at T1's pixel positions; works on volumes in any in-plane orientation.

    For each pixel the nearest T2 slice within half a slice distance is taken: with parallel stacks that is
    one T2 slice for each T1 slice, with stacks tilted against each other it changes where planes cross.
    """
    reach = _reach_mm(t1, t2)
    offsets = t2.slice_offsets_mm
    order = np.argsort(offsets)
    borders = (offsets[order][1:] + offsets[order][:-1]) / 2
    splines = [ndimage.spline_filter(plane.astype(np.float64), order=3, mode="mirror") for plane in t2.array]
    result = np.full(t1.array.shape, np.nan, np.float32)
    matched: list[int | None] = []
    distances: list[float | None] = []
    parallel = _parallel(t1, t2)
    for index in range(len(t1.array)):
        rows, columns = _middle_lines(t1, index)
        middle = rows[len(rows) // 2] @ t2.normal
        nearest = int(np.abs(offsets - middle).argmin())
        distance = float(abs(offsets[nearest] - middle))
        found = distance <= reach
        matched.append(nearest if found else None)
        distances.append(distance if found else None)
        if not found:
            continue
        if parallel:
            result[index] = _sample_parallel(t2, splines[nearest], nearest, rows, columns)
            continue
        points = _pixel_positions(t1, index)
        across = points @ t2.normal
        choice = order[np.searchsorted(borders, across)]
        for number in np.unique(choice):
            here = (choice == number) & (np.abs(across - offsets[number]) <= reach)
            result[index][here] = _sample(t2, splines[number], int(number), points[here])
    return Aligned(result, tuple(matched), tuple(distances))


def residual_shift(
    t1: NDArray[np.float32],
    t2: NDArray[np.float32],
    bodies: NDArray[np.bool_],
    pixel_spacing_mm: tuple[float, float],
    *,
    largest_mm: float = 6.0,
) -> tuple[float, float, float] | None:
    """(down, back, agreement): how far T2 would have to move in plane, in mm, for its edges to lie on T1's.

    t1, t2, bodies: [slices, rows, columns], upright. Edges around the bodies are correlated, over the slices
    together; the answer's resolution is about a third of a pixel. agreement: the correlation there, 0 to 1;
    below 0.2 the figures mean nothing. None if no slice has both. T2 is never moved by this.
    """
    usable = [
        index
        for index in range(len(t1))
        if bodies[index].any() and np.isfinite(t2[index][bodies[index]]).mean() > 0.9
    ]
    usable = sorted(usable, key=lambda index: -int(bodies[index].sum()))[:7]
    reach = tuple(max(1, round(largest_mm / mm)) for mm in pixel_spacing_mm)
    total = np.zeros((2 * reach[0] + 1, 2 * reach[1] + 1))
    for index in usable:
        window = _window(bodies[index], tuple(round(8.0 / mm) for mm in pixel_spacing_mm))
        fixed, moving = (_edges(image[index][window], pixel_spacing_mm) for image in (t1, t2))
        total += _correlation(fixed, moving, (reach[0], reach[1]))
    if not usable:
        return None
    total /= len(usable)
    row, column = np.unravel_index(int(total.argmax()), total.shape)
    down = row - reach[0] + _vertex(total[:, column], int(row))
    back = column - reach[1] + _vertex(total[row], int(column))
    return float(down * pixel_spacing_mm[0]), float(back * pixel_spacing_mm[1]), float(total[row, column])


def _reach_mm(t1: Volume, t2: Volume) -> float:
    for stack in (t2, t1):
        if len(stack.array) > 1:
            return stack.slice_spacing_mm / 2 + 1e-3
    return SINGLE_SLICE_MM / 2


def _middle_lines(volume: Volume, index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Patient positions [N, 3] of a slice's rows (on its middle column) and columns (on its middle row)."""
    count = volume.array.shape[1:]
    steps = (
        volume.pixel_spacing_mm[0] * volume.column_direction,
        volume.pixel_spacing_mm[1] * volume.row_direction,
    )
    first = volume.positions_mm[index]
    return (
        first + np.arange(count[0])[:, None] * steps[0] + count[1] // 2 * steps[1],
        first + count[0] // 2 * steps[0] + np.arange(count[1])[:, None] * steps[1],
    )


def _pixel_positions(volume: Volume, index: int) -> NDArray[np.float64]:
    rows = np.arange(volume.array.shape[1]) * volume.pixel_spacing_mm[0]
    columns = np.arange(volume.array.shape[2]) * volume.pixel_spacing_mm[1]
    return np.asarray(
        volume.positions_mm[index]
        + rows[:, None, None] * volume.column_direction
        + columns[None, :, None] * volume.row_direction
    )


def _sample(
    volume: Volume, spline: NDArray[np.float64], index: int, points: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Values of one slice under patient positions [N, 3]; NaN outside its pixel centres."""
    row, column = _places(volume, index, points)
    values = ndimage.map_coordinates(spline, [row, column], order=3, mode="mirror", prefilter=False)
    inside = _within(row, spline.shape[0]) & _within(column, spline.shape[1])
    return np.where(inside, values, np.nan).astype(np.float32)


def _parallel(t1: Volume, t2: Volume) -> bool:
    """Whether T2's rows and columns run along T1's, so that one after the other can be resampled."""
    across = np.array([t2.row_direction, t2.normal, t2.column_direction, t2.normal])
    steps = t1.pixel_spacing_mm[0] * t1.column_direction, t1.pixel_spacing_mm[1] * t1.row_direction
    lengths = np.repeat(t1.array.shape[1:], 2)
    drift = np.abs(np.einsum("ij,ij->i", across, np.repeat(steps, 2, axis=0))) * lengths
    return bool((drift <= STRAIGHT_PX * min(t2.pixel_spacing_mm)).all())


def _sample_parallel(
    volume: Volume,
    spline: NDArray[np.float64],
    index: int,
    row_points: NDArray[np.float64],
    column_points: NDArray[np.float64],
) -> NDArray[np.float32]:
    """`_sample` at the crossings of a parallel grid's rows and columns, given one position [3] of each."""
    row, _ = _places(volume, index, row_points)
    _, column = _places(volume, index, column_points)
    height, width = spline.shape
    rows, columns = _within(row, height), _within(column, width)
    values = np.full((len(row), len(column)), np.nan, np.float32)
    values[np.ix_(rows, columns)] = resample.cubic(
        spline, np.clip(row[rows], 0, height - 1), np.clip(column[columns], 0, width - 1)
    )
    return values


def _places(
    volume: Volume, index: int, points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(row, column) of one slice under patient positions [..., 3], in pixels."""
    away = points - volume.positions_mm[index]
    row = away @ volume.column_direction / volume.pixel_spacing_mm[0]
    return row, away @ volume.row_direction / volume.pixel_spacing_mm[1]


def _within(places: NDArray[np.float64], size: int) -> NDArray[np.bool_]:
    return np.asarray((places > -1e-6) & (places < size - 1 + 1e-6))


def _window(mask: NDArray[np.bool_], margin: tuple[int, ...]) -> tuple[slice, slice]:
    rows, columns = np.nonzero(mask)
    return (
        slice(max(0, int(rows.min()) - margin[0]), int(rows.max()) + margin[0] + 1),
        slice(max(0, int(columns.min()) - margin[1]), int(columns.max()) + margin[1] + 1),
    )


def _edges(image: NDArray[np.float32], spacing_mm: tuple[float, float]) -> NDArray[np.float64]:
    known = np.where(np.isfinite(image), image, float(np.nanmedian(image))).astype(np.float64)
    edges = ndimage.gaussian_gradient_magnitude(known, [1.0 / mm for mm in spacing_mm])
    edges = np.minimum(edges, np.percentile(edges, 98))
    edges -= edges.mean()
    return np.asarray(edges / max(float(np.linalg.norm(edges)), 1e-12))


def _correlation(
    fixed: NDArray[np.float64], moving: NDArray[np.float64], reach: tuple[int, int]
) -> NDArray[np.float64]:
    """Correlation of `fixed` with `moving` moved by (-reach .. reach), by FFT without wrap-around."""
    shape = [n + 2 * r for n, r in zip(fixed.shape, reach, strict=True)]
    product = np.fft.rfft2(fixed, shape) * np.conj(np.fft.rfft2(moving, shape))
    whole = np.fft.irfft2(product, shape)
    rows = np.arange(-reach[0], reach[0] + 1) % shape[0]
    columns = np.arange(-reach[1], reach[1] + 1) % shape[1]
    return np.asarray(whole[np.ix_(rows, columns)])


def _vertex(values: NDArray[np.float64], peak: int) -> float:
    """Where between pixels a parabola through the peak and its neighbours is highest, -0.5 to 0.5."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    before, at, after = values[peak - 1 : peak + 2]
    curve = before - 2 * at + after
    return 0.0 if curve >= 0 else float(np.clip(0.5 * (before - after) / curve, -0.5, 0.5))
