"""Step 7, first part: every body split into an upper and a lower half (Gao et al. 2022, section 2.3).

The paper splits the convex hull along its long, antero-posterior axis. That axis cannot be told for a square
body, turns over for a steep one and is wrong for one cut off by the picture or for a wedge such as S1. So the
spine's own direction says which way is up, the body's endplates refine it, and the halves meet in the middle
of the hull along that direction.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Numbers = NDArray[np.int16]

UPPER, LOWER = 1, 2
MOST_DEGREES = 45
"""Endplates are looked for within this angle of the spine's direction."""
MIDDLE_SHARE = 0.8
"""An endplate is fitted to this middle part of a body's depth: corners are rounded, or osteophytes."""
GOOD_SHARE = 0.4
"""Slices with at least this share of the body's largest section decide; smaller ones follow them."""
SEEN_SHARE = 0.35
"""A half of which less than this share of the expected height is seen does not count as in the picture."""


@dataclass(frozen=True)
class BodyAxis:
    """Which way is up in one body: unit vector (row, column) in mm, and its height along it in mm.

    cut_above, cut_below: the picture's border cuts the body there.
    """

    up: tuple[float, float]
    height_mm: float
    cut_above: bool
    cut_below: bool


def split(
    numbers: Numbers, centres_mm: dict[int, NDArray[np.float64]], pixel_spacing_mm: tuple[float, float]
) -> tuple[NDArray[np.uint8], dict[int, BodyAxis]]:
    """Halves uint8 [slices, rows, columns] (1 upper, 2 lower, 0 none) and the axis of every body.

    numbers: bodies counted from the lowest upwards, upright. centres_mm: (slice, row, column) in mm.
    A cut-off body is split where its middle would be if it were as high as its neighbours; a half of which
    little is seen gets no voxels (they count to no half).
    """
    ups = chain_directions(centres_mm)
    lowest = min(centres_mm, default=0)
    boxes = ndimage.find_objects(numbers.astype(np.int32))
    axes = {}
    for body in centres_mm:
        box = boxes[body - 1]
        touches = (box[1].start == 0, box[1].stop == numbers.shape[1])
        upper_only = body == lowest
        axes[body] = _axis(numbers[box] == body, ups[body], pixel_spacing_mm, touches, upper_only=upper_only)
    whole = {body: a.height_mm for body, a in axes.items() if not (a.cut_above or a.cut_below)}
    halves = np.zeros(numbers.shape, np.uint8)
    for body, axis in axes.items():
        nearest = sorted(whole, key=lambda other: abs(other - body))[:2]
        expected = float(np.mean([whole[other] for other in nearest])) if nearest else axis.height_mm
        box = boxes[body - 1]
        _split_body(numbers[box] == body, axis, expected, pixel_spacing_mm, halves[box])
    return halves, axes


def chain_directions(centres_mm: dict[int, NDArray[np.float64]]) -> dict[int, NDArray[np.float64]]:
    """Unit vector (row, column) that points up the spine at every body; straight up for a lone one."""
    bodies = sorted(centres_mm)
    result = {}
    for index, body in enumerate(bodies):
        above = bodies[min(index + 1, len(bodies) - 1)]
        below = bodies[max(index - 1, 0)]
        step = centres_mm[above][1:] - centres_mm[below][1:]
        length = float(np.linalg.norm(step))
        result[body] = step / length if length > 0 else np.array([-1.0, 0.0])
    return result


def _axis(
    mask: NDArray[np.bool_],
    up: NDArray[np.float64],
    spacing: tuple[float, float],
    touches: tuple[bool, bool],
    *,
    upper_only: bool,
) -> BodyAxis:
    """The mean normal of a body's endplates; of the upper one alone for the chain's lowest body.

    S1 has no lower endplate, and its lower border is wherever the localizer stopped. touches: whether the
    body's window lies at the picture's first and last row.
    """
    cut_above, cut_below = _border_contact(mask, touches)
    use_lower = not cut_below and not (upper_only and not cut_above)
    sections = _good_sections(mask, spacing)
    direction = up
    for _ in range(3):
        angles = []
        for points in sections:
            if not cut_above:
                angles.append(_endplate_angle(points, direction, 1.0))
            if use_lower:
                angles.append(_endplate_angle(points, direction, -1.0))
        if angles:
            direction = _turned(direction, float(np.median(angles)))
    turned = float(np.arctan2(up[0] * direction[1] - up[1] * direction[0], up @ direction))
    most = np.deg2rad(MOST_DEGREES)
    direction = _turned(up, float(np.clip(turned, -most, most)))
    height = float(np.median([np.ptp(points @ direction) for points in sections]))
    return BodyAxis((float(direction[0]), float(direction[1])), height, cut_above, cut_below)


def _endplate_angle(points: NDArray[np.float64], up: NDArray[np.float64], side: float) -> float:
    """Angle in radians by which `up` must turn to stand on the border that faces it (side 1) or not (-1).

    A line is fitted to the outermost points of each millimetre of depth by the median of all slopes.
    """
    along, across = side * (points @ up), points @ np.array([-up[1], up[0]])
    places = np.floor(across - across.min()).astype(int)
    outermost = np.full(places.max() + 1, -np.inf)
    np.maximum.at(outermost, places, along)
    rim = round(len(outermost) * (1 - MIDDLE_SHARE) / 2)
    x = np.arange(len(outermost))[rim : len(outermost) - rim]
    y = outermost[x]
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    if len(x) < 6:
        return 0.0
    first, second = np.triu_indices(len(x), k=max(1, len(x) // 4))
    slope = float(np.median((y[second] - y[first]) / (x[second] - x[first])))
    return float(np.arctan(-side * slope))


def _turned(direction: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(turn @ direction)


def _split_body(
    mask: NDArray[np.bool_],
    axis: BodyAxis,
    expected_mm: float,
    spacing: tuple[float, float],
    halves: NDArray[np.uint8],
) -> None:
    """Enter the halves of one body (changes `halves` in place)."""
    up = np.array(axis.up)
    areas = mask.sum(axis=(1, 2))
    good = np.flatnonzero(areas >= GOOD_SHARE * areas.max())
    short = axis.height_mm < 0.85 * expected_mm
    middles: dict[int, float] = {}
    tops: dict[int, float] = {}
    bottoms: dict[int, float] = {}
    for index in map(int, good):
        along = _corners(mask[index], spacing) @ up
        tops[index], bottoms[index] = float(along.max()), float(along.min())
        if short and axis.cut_above and not axis.cut_below:
            middles[index] = bottoms[index] + expected_mm / 2
        elif short and axis.cut_below and not axis.cut_above:
            middles[index] = tops[index] - expected_mm / 2
        else:
            middles[index] = (tops[index] + bottoms[index]) / 2
    seen_above = np.median([tops[index] - middles[index] for index in middles]) / (expected_mm / 2)
    seen_below = np.median([middles[index] - bottoms[index] for index in middles]) / (expected_mm / 2)
    for index in map(int, np.flatnonzero(areas)):
        rows, columns = np.nonzero(mask[index])
        along = rows * spacing[0] * up[0] + columns * spacing[1] * up[1]
        above = along >= middles[int(good[np.abs(good - index).argmin()])]
        if seen_above >= SEEN_SHARE:
            halves[index, rows[above], columns[above]] = UPPER
        if seen_below >= SEEN_SHARE:
            halves[index, rows[~above], columns[~above]] = LOWER


def _good_sections(mask: NDArray[np.bool_], spacing: tuple[float, float]) -> list[NDArray[np.float64]]:
    areas = mask.sum(axis=(1, 2))
    return [_corners(mask[index], spacing) for index in np.flatnonzero(areas >= GOOD_SHARE * areas.max())]


def _corners(section: NDArray[np.bool_], spacing: tuple[float, float]) -> NDArray[np.float64]:
    """Corners in mm (row, column) of the pixels on a section's rim."""
    rim = section & ~ndimage.binary_erosion(section)
    corners = [np.argwhere(rim) + np.array([a, b]) for a in (-0.5, 0.5) for b in (-0.5, 0.5)]
    return np.concatenate(corners) * spacing


def _border_contact(mask: NDArray[np.bool_], touches: tuple[bool, bool]) -> tuple[bool, bool]:
    """Whether the picture's border cuts the body above, and below: over at least a third of its width."""
    section = np.asarray(mask.any(axis=0))
    least = max(3.0, int(section.any(axis=0).sum()) / 3)
    above, below = (touches[n] and int(section[row, :].sum()) >= least for n, row in ((0, 0), (1, -1)))
    return above, below
