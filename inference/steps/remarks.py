"""What the person who looks at a map must be told about it."""

from collections.abc import Iterable, Mapping

import numpy as np

CLIPPED_SHARE = 0.02
MISALIGNED_MM = 2.0
SAME_AGREEMENT = 0.99
CLEAR_AGREEMENT = 0.2
"""The least of 37 pairs of one patient was 0.28, one of two places -0.01; a spine upside down can pass."""


def about_alignment(without_t2: tuple[int, ...], residual: tuple[float, float, float] | None) -> list[str]:
    """Slices (indices) without T2, and of a residual shift (down mm, back mm, agreement): more than 2 mm, or
    edges that agree nowhere or everywhere.
    """
    said = []
    if without_t2:
        slices = ", ".join(str(index + 1) for index in without_t2)
        said.append(f"T1 slices without T2, not mapped: {slices}.")
    if residual and residual[2] < CLEAR_AGREEMENT:
        said.append(
            f"T1 and T2 have hardly an edge in common around the bodies (agreement {residual[2]:.2f}): "
            "do they show the same place of one patient?"
        )
    elif residual and residual[2] > SAME_AGREEMENT:
        said.append("T1 and T2 show the same edges exactly: was one series given twice?")
    elif residual and np.hypot(*residual[:2]) > MISALIGNED_MM:
        said.append(
            f"By its edges T2 would have to move {residual[0]:+.1f} mm down and {residual[1]:+.1f} mm back "
            "to lie on T1: the patient may have moved."
        )
    return said


def about_pictures(
    clipped: Mapping[str, float], too_large: Iterable[int], t2_fat_suppressed: str
) -> list[str]:
    """Saturation by sequence (share of body voxels), bodies larger than a crop, and fat suppression of T2."""
    said = [
        f"{name} is saturated in {share:.0%} of the bodies: types there mean little."
        for name, share in clipped.items()
        if share > CLIPPED_SHARE
    ]
    if large := ", ".join(map(str, too_large)):
        said.append(f"Bodies larger than the detector's field, judged in part: {large} (from below).")
    if t2_fat_suppressed == "yes":
        said.append("T2 is fat-suppressed: published centroids not validated on fat-suppressed T2.")
    return said


def about_weighting(fluid_contrast: float | None) -> list[str]:
    """T1 and T2 the wrong way round, by how much brighter the canal is on T2; None where it is not known."""
    if fluid_contrast is None or fluid_contrast >= 0.0:
        return []
    return [
        "What lies behind the bodies is brighter on T1 than on T2; fluid is the other way round. Were T1 and "
        "T2 swapped? If so, map them again the right way round."
    ]


def about_calibration(fitted_in: str, outlined_by: str) -> list[str]:
    """Another localizer than threshold and calibration were fitted with. Digests, "" for unknown."""
    if not fitted_in or outlined_by in ("", fitted_in):
        return []
    return [
        "Threshold and probabilities were fitted in the outlines of another localizer than this map's: "
        "calibrate the detector anew."
    ]
