"""Where T2 of a patient lies on T1: by the headers' patient coordinates, checked by the masks' discs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.training.mha import DISCS, Labelled

ALIGNED_MM = 2.0


@dataclass(frozen=True)
class Laid:
    """Which slices go together, and how far T2's picture is moved (down, back) to lie on T1's, both centred.

    state: `aligned` where the discs of both then lie within 2 mm (median) and the planes within a slice;
    `offset` where not, as after a movement between the series; `no_match` where no disc is on both.
    """

    t1_slice: int
    t2_slice: int
    down_mm: float
    back_mm: float
    state: str


def laid_by_headers(t1: Labelled, t2: Labelled) -> Laid:
    """The middle slice of T1 and the slice of T2 nearest to it."""
    middle = len(t1.volume.array) // 2
    centre = _centre(t1, middle)
    other = int(np.argmin(np.abs((t2.volume.positions_mm - centre) @ t2.volume.normal)))
    apart = _centre(t2, other) - centre
    shift = np.array([apart @ t1.volume.column_direction, apart @ t1.volume.row_direction])
    on_t1, on_t2 = disc_centres(t1, middle), disc_centres(t2, other)
    both = sorted(on_t1.keys() & on_t2.keys())
    gaps = [float(np.linalg.norm(on_t2[n] + shift - on_t1[n])) for n in both]
    across = abs(float(apart @ t1.volume.normal))
    together = bool(gaps) and np.median(gaps) <= ALIGNED_MM and across <= t1.volume.slice_spacing_mm
    state = "aligned" if together else "offset" if gaps else "no_match"
    return Laid(middle, other, float(shift[0]), float(shift[1]), state)


def disc_centres(series: Labelled, number: int) -> dict[int, NDArray[np.float64]]:
    """Disc label -> its centre on a slice, (down, back) in mm from the picture's middle."""
    labels = series.labels[number]
    middle = (np.array(labels.shape) - 1) / 2
    return {
        int(n): (np.argwhere(labels == n).mean(axis=0) - middle) * series.volume.pixel_spacing_mm
        for n in np.unique(labels)
        if n in DISCS
    }


def _centre(series: Labelled, number: int) -> NDArray[np.float64]:
    """Patient position of the middle of a slice's picture, in mm."""
    rows, columns = series.labels.shape[1:]
    return series.volume.to_patient(np.array([number, (rows - 1) / 2, (columns - 1) / 2]))
