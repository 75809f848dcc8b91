"""Where changes are looked for: not at a body's sides, which a thick slice mixes with muscle, fat or disc."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.windows import window

LEAST_SECTIONS = 4
"""A body seen on fewer slices keeps them all."""
BESIDE_MM = 1.0
"""How far an outline may move from one slice to the next and still be the same side of the body."""


def seen_beside(numbers: NDArray[np.int16], pixel_spacing_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """Voxels of bodies [slices, rows, columns] that both neighbouring slices show of the same body too.

    A section whose neighbour was not acquired counts as if that showed it.
    """
    reach = [max(1, round(BESIDE_MM / mm)) for mm in pixel_spacing_mm]
    around = np.ones((2 * reach[0] + 1, 2 * reach[1] + 1), bool)
    kept = numbers > 0
    for body in np.unique(numbers[kept]):
        own = numbers == body
        held = np.flatnonzero(own.any(axis=(1, 2)))
        if len(held) < LEAST_SECTIONS:
            continue
        box = window(np.asarray(own.any(axis=0)), margin=max(reach))
        sections = own[(slice(None), *box)]
        wider = {n: ndimage.binary_dilation(sections[n], around) for n in held}
        nothing = np.zeros(sections.shape[1:], bool)
        for index in held:
            for beside in (index - 1, index + 1):
                if 0 <= beside < len(numbers):
                    kept[index][box] &= ~sections[index] | wider.get(beside, nothing)
    return kept
