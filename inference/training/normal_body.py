"""One body of a real pair or phantom, uncut, as the detector's training has it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class NormalBody:
    """One body of a real pair, uncut: float32 [100, 100] at 0.6 mm around its middle.

    z: (T1, T2) z-scores [100, 100, 2]; mask: the body; clean: halves (upper, lower) whose disc is grade 0.
    number: 1 = S1, 2 = L5, … down: unit vector (row, column) along the spine to the foot.
    lesions: those it brought along (a phantom's, or annotated ones), None in a body of a graded pair; where
    there are any no other is drawn. annotated: a person said which there are, so training draws none.
    graded: halves (upper, lower) whose disc a reader graded as changed, on one side of it at least.
    """

    patient: str
    number: int
    z: NDArray[np.float32]
    mask: NDArray[np.bool_]
    clean: tuple[bool, bool]
    down: NDArray[np.float64]
    lesions: NDArray[np.bool_] | None = None
    annotated: bool = False
    graded: tuple[bool, bool] = (False, False)


def upside_down(body: NormalBody) -> NormalBody:
    """The body mirrored from top to bottom, its upper half the lower one then."""
    lesions = None if body.lesions is None else body.lesions[::-1]
    down = body.down * np.array([1.0, -1.0])
    return replace(
        body,
        z=body.z[::-1],
        mask=body.mask[::-1],
        clean=body.clean[::-1],
        graded=body.graded[::-1],
        down=down,
        lesions=lesions,
    )


def within(body: NormalBody, window: int) -> NormalBody:
    """The body on its middle `window` x `window` pixels."""
    start = (len(body.mask) - window) // 2
    cut = np.s_[start : start + window, start : start + window]
    lesions = None if body.lesions is None else body.lesions[cut]
    return replace(body, z=body.z[cut], mask=body.mask[cut], lesions=lesions)
