"""What a body looks like beside an endplate, in fourteen numbers, and what they say for or against a change.

Many changes that readers grade stand out little from the body: they bring the zone beside the endplate, which
is darker than the body's middle as a rule, up to its level or a little above. A detector of lesions sees them
badly; means over that zone show them. They also are commoner in flat and long bodies: a sign of degeneration,
not of the change itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from annotations.vocabulary import Half
from inference.steps.frame import body_frame

DEPTHS_MM = ((1.5, 3.5), (3.5, 6.5), (6.5, 10.0))
THIRDS_MM = (1.5, 6.5)
DEEP_MM = 8.0
LEAST_PIXELS = 20
GOOD_SHARE = 0.8
"""Sections with at least this share of a body's largest have bands: they were learned from middle slices."""
MOST_EVIDENCE = 2.0
"""Log odds: bands change the odds by a factor of 7.4 at most."""
NAMES = (
    *(f"{sequence} {low:g} to {high:g} mm" for low, high in DEPTHS_MM for sequence in ("T1", "T2")),
    *(f"{sequence} {third} third" for third in ("front", "middle", "back") for sequence in ("T1", "T2")),
    "height by length",
    "S1",
)
"""What the numbers of `half_bands` are, in their order. Height: the mean one. S1: 1 for its body, else 0."""


@dataclass(frozen=True)
class Bands:
    """Log odds that bands add: offset + weights * bands, within bounds. weights: as many as `NAMES`."""

    weights: tuple[float, ...]
    offset: float

    def evidence(self, bands: NDArray[np.float64]) -> float:
        """Log odds for a change, of one half's bands."""
        told = self.offset + float(np.dot(self.weights, bands))
        return min(max(told, -MOST_EVIDENCE), MOST_EVIDENCE)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read {"offset", "weights": {name: weight}}. Raises KeyError, TypeError or ValueError."""
        return cls(tuple(float(data["weights"][name]) for name in NAMES), float(data["offset"]))

    def to_json(self) -> dict[str, Any]:
        """The form that `from_json` reads."""
        return {"offset": self.offset, "weights": dict(zip(NAMES, self.weights, strict=True))}


def half_bands(
    crop: NDArray[np.float32],
    mask: NDArray[np.bool_],
    down: NDArray[np.float64],
    half: Half,
    spacing_mm: float,
    *,
    sacral: bool,
) -> NDArray[np.float64] | None:
    """The bands of one half of a crop [rows, columns, 2] of z-scores (T1, T2).

    mask: the body's marrow. down: unit vector (row, column) along the spine to the foot. sacral: it is S1.
    Means of the half by depth below the endplate, then by third of its length, each less the median of the
    body's middle; then the body's height by its length, and whether it is S1. None where too little shows,
    and of S1's lower half, which faces no disc.
    """
    if sacral and half is Half.LOWER:
        return None
    frame = body_frame(mask, spacing_mm, down)
    depth, opposite = (frame.upper, frame.lower) if half is Half.UPPER else (frame.lower, frame.upper)
    own, inner = mask & (depth < opposite), np.minimum(depth, opposite)
    middle = mask & (inner > DEEP_MM)
    if middle.sum() < LEAST_PIXELS:
        middle = mask & (inner > 0.6 * float(inner.max(where=mask, initial=0.0)))
    third = np.floor(3.0 * frame.along / frame.length)
    zones = [own & (depth >= low) & (depth < high) for low, high in DEPTHS_MM]
    zones += [own & (depth >= THIRDS_MM[0]) & (depth < THIRDS_MM[1]) & (third == n) for n in range(3)]
    if not all(zone.any() for zone in (middle, *zones)):
        return None
    centre = np.median(crop[middle], axis=0)
    means = [crop[zone].mean(axis=0) - centre for zone in zones]
    height = float(mask.sum()) * spacing_mm**2 / frame.length
    return np.concatenate([*means, [height / frame.length, float(sacral)]]).astype(np.float64)


def of_halves(
    images: NDArray[np.float32],
    bodies: Sequence[int],
    ups: Mapping[int, tuple[float, float]],
    sacral: int | None,
    lowest: int,
    spacing_mm: float,
) -> dict[tuple[int, Half], NDArray[np.float64]]:
    """Bands of every half by (body, half), the mean over its larger sections.

    images: crops [N, size, size, 2], masked; bodies: whose each is. ups: unit vectors (row, column) to the
    head, of the bodies that have bands: where the picture cuts one off its border would be taken for an
    endplate. sacral: which body is S1 by its proposed name, None if none is. lowest: the chain's lowest body,
    whose lower half has none: it may be S1 under another name.
    """
    masks = [np.asarray(crop.any(axis=-1)) for crop in images]
    largest: dict[int, int] = {}
    for mask, body in zip(masks, bodies, strict=True):
        largest[body] = max(largest.get(body, 0), int(mask.sum()))
    found: dict[tuple[int, Half], list[NDArray[np.float64]]] = {}
    for crop, mask, body in zip(images, masks, bodies, strict=True):
        if body not in ups or mask.sum() < GOOD_SHARE * largest[body]:
            continue
        down = -np.array(ups[body])
        for half in (Half.UPPER,) if body == lowest else Half:
            bands = half_bands(crop, mask, down, half, spacing_mm, sacral=body == sacral)
            if bands is not None:
                found.setdefault((body, half), []).append(bands)
    return {place: np.mean(bands, axis=0) for place, bands in found.items()}
