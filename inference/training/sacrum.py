"""A template for S1 where no one labelled it: below the lowest disc, as wide and nearly as high as L5.

Good enough to find and name S1, not to measure it. The lower border of the lowest disc gives place and tilt;
the front wall recedes by 28 % of the width towards the foot, the back wall by 6 %; a ring of 4 mm around it
counts neither for nor against the network.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

RING_MM = 4.0
UNKNOWN_REACH_MM = 45.0
SIZE_OF_L5 = 0.92
FRONT_RECEDES, BACK_RECEDES = 0.28, 0.06


def s1_template(
    discs: NDArray[np.bool_], bodies: NDArray[np.bool_], edge: NDArray[np.float64], pixel_mm: float
) -> NDArray[np.bool_] | None:
    """The S1 body [rows, columns] below the lowest disc, or None where disc or L5 are too poor to tell.

    edge: the canal's front column per row; nothing behind it is S1.
    """
    disc = _lowest_disc(discs, edge, pixel_mm)
    if disc is None:
        return None
    centre, along, down = _frame(disc)
    points = np.argwhere(disc)
    along_mm = (points - centre) @ along * pixel_mm
    down_mm = (points - centre) @ down * pixel_mm
    length = np.ptp(np.percentile(along_mm, [1, 99]))
    l5 = _body_above(disc, bodies, pixel_mm)
    if l5 is None or not 18.0 < length < 55.0:
        return None
    l5_points = (
        np.argwhere(l5)
        - l5.nonzero()[0].mean() * np.array([1, 0])
        - l5.nonzero()[1].mean() * np.array([0, 1])
    )
    l5_width = np.ptp(np.percentile(l5_points @ along, [1, 99])) * pixel_mm
    l5_height = float(l5.sum()) * pixel_mm**2 / max(l5_width, 1.0)
    if not 20.0 < l5_width < 60.0 or not 14.0 < l5_height < 45.0:
        return None
    width = max(length, SIZE_OF_L5 * l5_width)
    height = SIZE_OF_L5 * l5_height
    lower = down_mm > np.percentile(down_mm, 70)
    slope, offset = np.polyfit(along_mm[lower], _lower_border(along_mm, down_mm, lower), 1)
    back = float(np.percentile(along_mm, 99))
    grid = np.indices(discs.shape).transpose(1, 2, 0) - centre
    u, v = grid @ along * pixel_mm, grid @ down * pixel_mm
    depth = v - (slope * u + offset)
    share = np.clip(depth / height, 0.0, 1.0)
    inside = (depth > 0.5) & (depth < height)
    inside &= (u < back - BACK_RECEDES * width * share) & (u > back - width + FRONT_RECEDES * width * share)
    columns = np.arange(discs.shape[1])[None, :]
    template = inside & ~discs & ~bodies & (columns < edge[:, None])
    whole = (inside.sum()) * pixel_mm**2
    return template if template.sum() * pixel_mm**2 > max(0.75 * whole, 300.0) else None


def ignore_ring(
    template: NDArray[np.bool_] | None,
    discs: NDArray[np.bool_],
    bodies: NDArray[np.bool_],
    edge: NDArray[np.float64],
    pixel_mm: float,
) -> NDArray[np.bool_]:
    """Where nothing is known of S1 [rows, columns]: a ring around the template, else all below the discs."""
    if template is not None:
        return np.asarray(ndimage.distance_transform_edt(~template) * pixel_mm <= RING_MM)
    known = discs | bodies
    if not known.any():
        return np.ones(discs.shape, bool)
    lowest = np.nonzero(known)[0].max() - 15.0 / pixel_mm
    near = ndimage.distance_transform_edt(~known) * pixel_mm <= UNKNOWN_REACH_MM
    rows = np.arange(discs.shape[0])[:, None]
    columns = np.arange(discs.shape[1])[None, :]
    return np.asarray(near & (rows > lowest) & (columns < edge[:, None] + 10.0 / pixel_mm))


def _lowest_disc(
    discs: NDArray[np.bool_], edge: NDArray[np.float64], pixel_mm: float
) -> NDArray[np.bool_] | None:
    labels, count = ndimage.label(discs)
    best: tuple[float, int] | None = None
    for number in range(1, count + 1):
        points = np.argwhere(labels == number)
        if len(points) * pixel_mm**2 < 80.0:
            continue
        height = float(points[:, 0].mean())
        if best is None or height > best[0]:
            best = (height, number)
    return None if best is None else np.asarray(labels == best[1])


def _frame(disc: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Centre (row, column), unit vector along the disc to the back, unit vector across it to the foot."""
    points = np.argwhere(disc).astype(float)
    centre = points.mean(axis=0)
    along = np.linalg.svd(points - centre, full_matrices=False)[2][0]
    along = along if along[1] > 0 else -along
    down = np.array([along[1], -along[0]])
    return centre, along, down if down[0] > 0 else -down


def _lower_border(
    along: NDArray[np.float64], down: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """For each chosen disc pixel the lowest disc pixel in its 2 mm column along the disc."""
    columns = np.floor(along / 2.0).astype(int)
    columns -= columns.min()
    lowest = np.full(columns.max() + 1, -np.inf)
    np.maximum.at(lowest, columns, down)
    return np.asarray(lowest[columns[chosen]])


def _body_above(
    disc: NDArray[np.bool_], bodies: NDArray[np.bool_], pixel_mm: float
) -> NDArray[np.bool_] | None:
    labels, _ = ndimage.label(bodies)
    near = ndimage.binary_dilation(disc, iterations=max(1, round(3.0 / pixel_mm)))
    touched = labels[near & bodies]
    if not touched.size:
        return None
    return np.asarray(labels == np.bincount(touched).argmax())
