"""Work on the box around what is marked rather than on whole pictures."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def window(mask: NDArray[np.bool_], margin: int = 1) -> tuple[slice, ...]:
    """The box around what is marked, wider by `margin` where the array allows; empty if nothing is."""
    box = ndimage.find_objects(mask.astype(np.int8))
    if not box:
        return tuple(slice(0, 0) for _ in mask.shape)
    return tuple(
        slice(max(0, side.start - margin), min(size, side.stop + margin))
        for side, size in zip(box[0], mask.shape, strict=True)
    )


def opened(mask: NDArray[np.bool_], element: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`ndimage.binary_opening` of `mask` by `element`."""
    result = np.zeros(mask.shape, bool)
    if mask.any():
        box = window(mask, margin=max(element.shape))
        result[box] = ndimage.binary_opening(mask[box], element)
    return result
