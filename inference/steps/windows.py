"""Work on the box around what is marked rather than on whole pictures."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def window(mask: NDArray[np.bool_], margin: int = 1) -> tuple[slice, ...]:
    """The box around what is marked, wider by `margin` where the array allows; empty if nothing is."""
    box = []
    for axis, size in enumerate(mask.shape):
        marked = np.flatnonzero(mask.any(axis=tuple(n for n in range(mask.ndim) if n != axis)))
        if not len(marked):
            return tuple(slice(0, 0) for _ in mask.shape)
        box.append(slice(max(0, int(marked[0]) - margin), min(size, int(marked[-1]) + 1 + margin)))
    return tuple(box)


def opened(mask: NDArray[np.bool_], element: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`ndimage.binary_opening` of `mask` by `element`."""
    result = np.zeros(mask.shape, bool)
    if mask.any():
        box = window(mask, margin=max(element.shape))
        result[box] = ndimage.binary_opening(mask[box], element)
    return result
