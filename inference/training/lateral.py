"""A slice through the middle of the bodies made into one through their sides, which the data set lacks.

Seen from above a body is a rounded box, flatter behind: the further to the side a section lies, the shorter
it is, mostly in front, until the thick slice holds more muscle than bone. The canal gives way to the
foramina, and the pedicles leave the bodies' upper halves. Truth is what fills more than half of the slice's
thickness.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.frame import Frame, body_frame
from inference.training.crops import spine_directions
from inference.training.spider import GRID_MM, Tissue

LEAST_MM2 = 60.0
ROUNDNESS = 2.5
"""Exponent of the outline seen from above, a superellipse: 2 is an ellipse, more is squarer."""
IN_FRONT = 0.7
"""Share of a section's loss of length that lies in front."""
WITHIN_SLICE = np.linspace(-1.0, 1.0, 7)
FORAMINA_FROM = 0.45
SACRUM_TO = 0.55
"""Beyond this share of the half width S1 runs into its ala, whose outline nobody drew."""
PEDICLE_MM = 12.0

Picture = NDArray[np.float32]
Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class Side:
    """Where the section lies: its distance from the middle and half its thickness, both as a share of the
    bodies' half width; by how much the waist is narrower; whether the pedicles show."""

    distance: float
    half_thickness: float
    waist: float
    pedicles: bool


def draw_side(random: np.random.Generator) -> Side:
    """From beside the canal to just outside the bodies; slices of 3 to 5 mm, bodies of 40 to 52 mm."""
    distance = random.uniform(0.4, 1.05)
    thick = random.uniform(3.0, 5.0) / random.uniform(40.0, 52.0)
    return Side(distance, thick, random.uniform(0.0, 0.15), random.random() < 0.7 and distance < 0.9)


def to_the_side(
    image: Picture, tissue: Labels, side: Side, random: np.random.Generator
) -> tuple[Picture, Labels]:
    """(image, tissue) [rows, columns] on the 1 mm grid, as `side` would show them; the arguments stay."""
    image, tissue = image.copy(), tissue.copy()
    beside = _soft_tissue(image, tissue, random)
    kept = np.ones(image.shape)
    labels = _numbered(np.isin(tissue, [Tissue.BODY, Tissue.S1]))
    downs = spine_directions(labels)
    for number, down in downs.items():
        mask = labels == number
        if (tissue[mask] == Tissue.S1).any() or mask.sum() * GRID_MM**2 < LEAST_MM2:
            continue
        frame = body_frame(mask, GRID_MM, down)
        kept[mask] = _filled(frame, mask, side)
        if side.pedicles:
            _grow_pedicle(image, tissue, frame, down, random)
    discs = _numbered(tissue == Tissue.DISC)
    for number, down in spine_directions(discs).items():
        mask = discs == number
        if mask.sum() * GRID_MM**2 >= LEAST_MM2:
            kept[mask] = _filled(body_frame(mask, GRID_MM, down), mask, replace(side, waist=0.0))
    if side.distance >= FORAMINA_FROM:
        kept[tissue == Tissue.CANAL] = 0.0
    kept = np.where(kept < 1.0, kept, ndimage.uniform_filter(kept, 3))
    mixed = kept * image + (1.0 - kept) * beside
    gone = np.isin(tissue, [Tissue.BODY, Tissue.DISC, Tissue.CANAL]) & (kept <= 0.5)
    tissue[gone] = Tissue.OTHER
    if side.distance > SACRUM_TO:
        tissue[tissue == Tissue.S1] = Tissue.UNKNOWN
    return mixed.astype(np.float32), tissue


def _filled(frame: Frame, mask: NDArray[np.bool_], side: Side) -> NDArray[np.float64]:
    """The share of the slice's thickness that a body or disc fills at each pixel of its `mask`, 0..1."""
    along, upper, lower = frame.along[mask], frame.upper[mask], frame.lower[mask]
    height = np.clip(upper / np.maximum(upper + lower, 1e-6), 0.0, 1.0)
    narrowed = 1.0 - side.waist * (1.0 - (2.0 * height - 1.0) ** 2)
    away = (side.distance + WITHIN_SLICE[:, None] * side.half_thickness) / narrowed
    lost = (1.0 - (1.0 - np.clip(away, 0.0, 1.0) ** ROUNDNESS) ** (1.0 / ROUNDNESS)) * frame.length
    inside = (along >= IN_FRONT * lost) & (along <= frame.length - (1.0 - IN_FRONT) * lost) & (away < 1.0)
    return np.asarray(inside.mean(axis=0))


def _grow_pedicle(
    image: Picture, tissue: Labels, frame: Frame, down: NDArray[np.float64], random: np.random.Generator
) -> None:
    """Bone like the body's own behind its upper half; no part of the body."""
    height = frame.upper / np.maximum(frame.upper + frame.lower, 1e-6)
    top, bottom = random.uniform(0.0, 0.15), random.uniform(0.4, 0.6)
    behind = frame.along - frame.length
    where = (behind > 0) & (behind < PEDICLE_MM) & (height > top) & (height < bottom)
    where &= np.isin(tissue, [Tissue.OTHER, Tissue.CANAL, Tissue.UNKNOWN, Tissue.POSTERIOR])
    back = np.array([-down[1], down[0]])
    places = np.argwhere(where)
    mirrored = places - 2.0 * behind[where][:, None] * back / GRID_MM
    image[where] = ndimage.map_coordinates(image, mirrored.T, order=1, mode="nearest")
    tissue[where] = Tissue.POSTERIOR


def _soft_tissue(image: Picture, tissue: Labels, random: np.random.Generator) -> Picture:
    """What lies beside the spine: muscle and fat, from before or behind it in the same slice, or drawn."""
    if random.random() < 0.5:
        away = random.uniform(45.0, 75.0) * (1 if random.random() < 0.7 else -1)
        shift = (random.uniform(-20.0, 20.0), -away)
        moved = ndimage.shift(image, shift, order=1, mode="reflect")
        taken = ndimage.shift(np.isin(tissue, [Tissue.BODY, Tissue.S1]).astype(np.float32), shift, order=0)
        level = float(np.median(moved))
        return np.asarray(np.where(taken > 0.5, level, moved), np.float32)
    rest = image[tissue == Tissue.OTHER]
    level = float(np.quantile(rest, random.uniform(0.1, 0.9))) if rest.size else 0.3
    grain = ndimage.gaussian_filter(random.normal(size=image.shape), random.uniform(0.7, 4.0))
    spread = float(rest.std()) if rest.size else 0.1
    grain *= random.uniform(0.1, 0.6) * spread / max(float(grain.std()), 1e-6)
    return np.asarray(level + grain, np.float32)


def _numbered(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Components numbered from head to foot."""
    labels, count = ndimage.label(mask)
    rows = ndimage.mean(np.indices(mask.shape)[0], labels, range(1, count + 1)) if count else []
    order = np.zeros(count + 1, np.uint8)
    order[1 + np.argsort(rows)] = np.arange(1, count + 1)
    return np.asarray(order[labels])
