"""Images of one series as a stack: what it shows, and whether it is whole.

Position and direction decide, never InstanceNumber. Lengths in mm (PS3.3 C.7.6.2.1.1).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from inference.dicom.facts import Facts

_SAME_DIRECTION = 0.9998
_SAME_PLACE_MM = 0.05
LEAST_SLICES = 4
"""A study's series has at least so many."""


class Plane(StrEnum):
    """The plane nearest to a stack's slices."""

    SAGITTAL = "sagittal"
    CORONAL = "coronal"
    AXIAL = "axial"


class Weighting(StrEnum):
    """What a sequence's contrast is called."""

    T1 = "T1"
    T2 = "T2"
    PD = "PD"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Stack:
    """Parallel images ordered along their normal. left_out: images of the series that are not part of it."""

    images: tuple[Facts, ...]
    left_out: int = 0

    @property
    def first(self) -> Facts:
        """The image that speaks for the stack."""
        return self.images[0]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the slices."""
        return _normal(self.first)

    @property
    def offsets(self) -> NDArray[np.float64]:
        """Place of each slice along the normal, in mm."""
        return np.array([image.position for image in self.images]) @ self.normal

    @property
    def plane(self) -> Plane:
        """The nearest anatomical plane."""
        return (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)[int(np.argmax(np.abs(self.normal)))]

    @property
    def tilt_degrees(self) -> float:
        """Angle between the stack and its nearest plane."""
        return float(np.degrees(np.arccos(np.clip(np.abs(self.normal).max(), 0.0, 1.0))))

    @property
    def number(self) -> str:
        """How the series is called in sentences."""
        stated = self.first.series_number
        return f"Series {stated}" if stated is not None else "A series without number"

    @property
    def weighting(self) -> Weighting:
        """By echo and repetition time; by the description where these are missing."""
        image = self.first
        if (
            image.diffusion
            or "diffusion" in image.words
            or "GR" in image.sequences
            or "t2star" in image.words
        ):
            return Weighting.OTHER
        by_times = _by_times(image)
        return by_times if by_times is not None else _by_words(image)

    @property
    def label_contradicts(self) -> bool:
        """Whether the description names the one weighting and the times the other."""
        return {_by_times(self.first), _by_words(self.first)} == {Weighting.T1, Weighting.T2}

    @property
    def fat_suppressed(self) -> str:
        """yes or no by the header, unknown where it does not say."""
        image = self.first
        inversion = image.inversion_ms
        short_inversion = inversion is not None and 80 <= inversion <= 260
        if {"stir", "fat-suppressed"} & set(image.words) or {"FS", "FAT_GEMS"} & set(image.options):
            return "yes"
        if "IR" in image.sequences and short_inversion:
            return "yes"
        return "unknown"

    @property
    def with_contrast(self) -> bool:
        """Whether header or description speak of a contrast agent."""
        return self.first.contrast or "contrast" in self.first.words


def stacks_of(images: Iterable[Facts]) -> list[Stack]:
    """Images grouped by series, echo and kind; strays of another direction are set aside."""
    groups: dict[tuple[object, ...], list[Facts]] = defaultdict(list)
    for image in images:
        echo = None if image.echo_ms is None else round(image.echo_ms, 1)
        groups[image.study_key, image.patient_key, image.series_key, echo, image.image_type].append(image)
    return sorted((_stack(group) for group in groups.values()), key=lambda s: (s.number, s.first.series_key))


def _stack(images: list[Facts]) -> Stack:
    """The largest set of parallel images, without exact repeats."""
    directions: list[list[Facts]] = []
    for image in sorted(images, key=lambda i: (i.source_key, i.file)):
        home = next((d for d in directions if float(_normal(d[0]) @ _normal(image)) > _SAME_DIRECTION), None)
        if home is None:
            directions.append([image])
        else:
            home.append(image)
    main = max(directions, key=len)
    unique = {(i.pixel_sha256, tuple(np.round(i.position, 2))): i for i in reversed(main)}
    ordered = sorted(unique.values(), key=lambda i: float(np.asarray(i.position) @ _normal(main[0])))
    return Stack(tuple(ordered), left_out=len(images) - len(main))


def _normal(image: Facts) -> NDArray[np.float64]:
    row, column = np.array(image.orientation[:3]), np.array(image.orientation[3:])
    across = np.cross(row, column)
    return np.asarray(across / np.linalg.norm(across), dtype=np.float64)


def _by_times(image: Facts) -> Weighting | None:
    """Spin echo contrast from echo and repetition time; T1 FLAIR by its inversion time."""
    echo, repetition, inversion = image.echo_ms, image.repetition_ms, image.inversion_ms
    if echo is None or repetition is None:
        return None
    if inversion is not None and inversion > 600 and echo < 40:
        return Weighting.T1
    if inversion is not None and 80 <= inversion <= 260:
        return Weighting.T2
    if repetition <= 1250 and echo <= 40:
        return Weighting.T1
    if repetition >= 1500 and echo >= 55:
        return Weighting.T2
    if repetition >= 1500:
        return _by_words(image) if _by_words(image) is Weighting.T2 and echo > 26 else Weighting.PD
    return None


def _by_words(image: Facts) -> Weighting:
    """Contrast as the description names it."""
    words = set(image.words)
    if "stir" in words:
        return Weighting.T2
    if "t1" in words and "t2" not in words:
        return Weighting.T1
    if "t2" in words and "t1" not in words:
        return Weighting.T2
    return Weighting.PD if "pd" in words else Weighting.UNKNOWN


@dataclass(frozen=True)
class Soundness:
    """What is wrong with a stack. problem: why it can't be used, "" if it can. warnings: what to know."""

    problem: str = ""
    warnings: tuple[str, ...] = ()


def soundness(stack: Stack, least: int = LEAST_SLICES) -> Soundness:
    """Whether a stack is one patient's, on one grid, without gaps or two pictures at one place."""
    images = stack.images
    if len({i.frame_key for i in images if i.frame_key}) > 1 and not _frames_differ_throughout(stack):
        return Soundness("its frame of reference changes between slices")
    if len({(i.rows, i.columns, i.spacing) for i in images}) > 1:
        return Soundness("its slices differ in matrix or pixel size")
    steps = np.diff(stack.offsets)
    if (steps < _SAME_PLACE_MM).any():
        return Soundness("two different images lie at one position")
    if len(images) < least:
        count = f"only {len(images)} slice" + ("s" if len(images) > 1 else "")
        return Soundness(f"it has {count} and at least {least} are needed")
    return Soundness(warnings=tuple(_warnings(stack, steps)))


def _frames_differ_throughout(stack: Stack) -> bool:
    """Some anonymisers give every image a frame of reference of its own; that tells nothing."""
    keys = [image.frame_key for image in stack.images]
    return len(set(keys)) == len(keys)


def _warnings(stack: Stack, steps: NDArray[np.float64]) -> Iterable[str]:
    """Gaps, strays, skewed stacks, unusual positions, inverted grey values and lossy compression."""
    usual = float(np.median(steps)) if len(steps) else 0.0
    missing = int(sum(round(step / usual) - 1 for step in steps if step > 1.5 * usual))
    if missing:
        yield f"{missing} slice{'s are' if missing > 1 else ' is'} missing inside the stack"
    elif len(steps) and steps.max() > 1.1 * steps.min() + 0.1:
        yield "the distance between slices varies"
    if stack.left_out:
        yield f"{stack.left_out} images of another direction in the same series were left out"
    corners = np.array([image.position for image in stack.images])
    across = np.abs(np.diff(corners - np.outer(stack.offsets, stack.normal), axis=0)).max(initial=0.0)
    if across > 2.0:
        yield "the slices are shifted against one another within their plane"
    if stack.first.patient_position not in ("", "HFS"):
        yield (
            f"the patient was examined {_POSITION_WORDS[stack.first.patient_position]}; "
            "check on the contact sheet that head, foot, front and back are where the letters say"
        )
    if any(image.inverted for image in stack.images):
        yield (
            "the pictures came with black and white exchanged (MONOCHROME1) and were turned over; "
            "check on the contact sheet that fat is bright and air is black"
        )
    if any(image.lossy for image in stack.images):
        yield "the pictures were compressed with loss before they came here"


_POSITION_WORDS = {
    "HFP": "prone",
    "FFS": "feet first",
    "FFP": "feet first and prone",
    "HFDR": "lying on the right side",
    "HFDL": "lying on the left side",
    "FFDR": "feet first, on the right side",
    "FFDL": "feet first, on the left side",
}


def double_identifiers(images: Iterable[Facts]) -> bool:
    """Whether one image identifier of a series stands for two different pictures."""
    seen: dict[str, str] = {}
    return any(seen.setdefault(i.source_key, i.pixel_sha256) != i.pixel_sha256 for i in images)


def overlap_share(one: Stack, other: Stack) -> float:
    """Share 0..1 of `one`'s slices whose middle lies within `other`'s slices and field of view."""
    inside = 0
    for image in one.images:
        offset = _middle(image) - np.asarray(other.first.position)
        along = float(_middle(image) @ other.normal)
        half = float(np.median(np.diff(other.offsets))) if len(other.images) > 1 else 5.0
        row, column = np.array(other.first.orientation[:3]), np.array(other.first.orientation[3:])
        place = (offset @ column / other.first.spacing[0], offset @ row / other.first.spacing[1])
        within = other.offsets[0] - half <= along <= other.offsets[-1] + half
        inside += within and 0 <= place[0] < other.first.rows and 0 <= place[1] < other.first.columns
    return inside / len(one.images)


def _middle(image: Facts) -> NDArray[np.float64]:
    row, column = np.array(image.orientation[:3]), np.array(image.orientation[3:])
    return np.asarray(
        np.asarray(image.position)
        + column * image.spacing[0] * (image.rows - 1) / 2
        + row * image.spacing[1] * (image.columns - 1) / 2
    )
