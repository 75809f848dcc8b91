"""Tell from the pixels of a T2 whether fat is suppressed, where the header does not."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, median_filter

from inference.volume import Volume

_BRIGHT, _DARK = 0.75, 0.58


def fat_suppressed(volume: Volume) -> str:
    """yes, no or unknown, by the fat under the skin of the back against the brightest fluid.

    On plain T2 that fat is among the brightest there is, and the coil makes it brighter still; suppressed, it
    is dark while fluid stays bright. Doubtful ratios are unknown. The bounds were set on 158 public plain T2
    (no false yes, one unknown) and two suppressed ones.
    """
    middle = volume.array.shape[0] // 2
    slices = volume.array[max(0, middle - 2) : middle + 3]
    ratios = [_ratio(picture, volume) for picture in slices]
    known = [ratio for ratio in ratios if ratio is not None]
    if not known:
        return "unknown"
    ratio = float(np.median(known))
    return "no" if ratio > _BRIGHT else "yes" if ratio < _DARK else "unknown"


def _ratio(picture: NDArray[np.float32], volume: Volume) -> float | None:
    """The brightest 2 to 14 mm under the skin of the back, in most rows, over the brightest inner tissue."""
    turned = _back_to_the_right(picture, volume)
    if turned is None:
        return None
    step = turned.spacing
    smooth = gaussian_filter(turned.picture, 1.0)
    inside = smooth > 0.12 * np.percentile(smooth, 98)
    layers, cores = [], []
    width = smooth.shape[1]
    for row in range(smooth.shape[0] // 4, smooth.shape[0] * 3 // 4):
        line = np.flatnonzero(median_filter(inside[row], 5))
        if line.size == 0 or line[-1] > width - 3:
            continue
        edge = int(line[-1])
        layers.append(
            float(smooth[row, max(0, edge - round(14 / step)) : max(1, edge - round(2 / step))].max())
        )
        cores.append(smooth[row, max(0, edge - round(110 / step)) : max(1, edge - round(25 / step))])
    if len(layers) < smooth.shape[0] // 8:
        return None
    fluid = float(np.percentile(np.concatenate(cores), 99.0))
    fat = float(np.percentile(layers, 85))
    return fat / fluid if fluid > 0 else None


class _Turned:
    """A picture whose right side is the patient's back. spacing: mm between its columns."""

    def __init__(self, picture: NDArray[np.float32], spacing: float) -> None:
        self.picture, self.spacing = picture, spacing


def _back_to_the_right(picture: NDArray[np.float32], volume: Volume) -> _Turned | None:
    """Turn by the directions' posterior part (patient y); None if neither axis runs front to back."""
    along_row, along_column = volume.row_direction[1], volume.column_direction[1]
    if abs(along_row) >= abs(along_column):
        return _Turned(picture if along_row > 0 else picture[:, ::-1], volume.pixel_spacing_mm[1])
    turned = picture.T if along_column > 0 else picture.T[:, ::-1]
    return _Turned(turned, volume.pixel_spacing_mm[0])
