"""Whether a T1 and a T2 belong together, and what intake would say against either.

Intake refuses an exam for these reasons; a researcher who names two folders is told.
"""

import numpy as np

from inference.dicom.stacks import Plane, Stack, Weighting, overlap_share

_LEAST_OVERLAP = 0.5
MOST_TILT = 30.0
_DERIVED = {
    "MPR",
    "PROJECTION IMAGE",
    "ADC",
    "SUBTRACTION",
    "SUB",
    "MIP",
    "REFORMATTED",
    "COMPOSITE",
    "COMPOSED",
}
_DIXON = {"WATER", "FAT", "IN_PHASE", "OUT_PHASE", "IP", "OP", "W", "F"}


def passed_over(stack: Stack) -> str:
    """Why a stack is no candidate at all; "" if it is one."""
    image, kinds, words = stack.first, set(stack.first.image_type), set(stack.first.words)
    if "LOCALIZER" in kinds or "localizer" in words:
        return "a scout"
    if stack.plane is not Plane.SAGITTAL:
        return f"{stack.plane}, not sagittal"
    if stack.tilt_degrees > MOST_TILT:
        return "too oblique to be sagittal"
    if kinds & _DERIVED or {"derived", "myelo"} & words or image.image_type[:2] == ("DERIVED", "SECONDARY"):
        return "derived from other images"
    if kinds & _DIXON or "dixon" in words:
        return "a part of a Dixon series"
    if stack.weighting in (Weighting.OTHER, Weighting.PD):
        return "neither T1 nor T2 spin echo (gradient echo, diffusion or proton density)"
    if stack.weighting is Weighting.UNKNOWN:
        return "neither its description nor echo and repetition time tell T1 from T2"
    if stack.weighting is Weighting.T1 and stack.with_contrast:
        return "T1 after contrast"
    return ""


def misgivings(stack: Stack, expected: Weighting) -> str:
    """What speaks against taking a stack as T1 or as T2; "" if nothing."""
    if reason := passed_over(stack):
        return reason
    if stack.weighting is not expected:
        return f"{stack.weighting} by its header"
    return "T1 with fat suppression" if expected is Weighting.T1 and stack.fat_suppressed == "yes" else ""


def unfit(one: Stack, other: Stack) -> tuple[str, str] | None:
    """Code and sentence of why two stacks can't be compared: dates, tilt or place; None if they can."""
    if len({one.first.date_key, other.first.date_key} - {""}) > 1:
        return "two-dates", "T1 and T2 were acquired on different dates; series of one day are needed."
    if abs(float(one.normal @ other.normal)) < np.cos(np.radians(MOST_TILT)):
        return "no-overlap", "T1 and T2 are tilted too far against each other to be compared."
    if min(overlap_share(one, other), overlap_share(other, one)) < _LEAST_OVERLAP:
        return "no-overlap", "T1 and T2 don't show the same place; choose series that overlap."
    return None


def frames_apart(one: Stack, other: Stack) -> str:
    """A sentence where two stacks state different frames of reference; "" otherwise."""
    keys = {one.first.frame_key, other.first.frame_key} - {""}
    if len(keys) < 2:
        return ""
    return "T1 and T2 have different frames of reference; check that they lie on each other in the viewer."
