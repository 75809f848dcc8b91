"""Patches of augmented slices for the localizer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.normalise import local_contrast
from inference.training.contrast import recolour
from inference.training.lateral import draw_side, to_the_side
from inference.training.spider import SpineSlice, Tissue

CANVAS = (288, 240)
FROM_ONE_SLICE = 2
LATERAL = 0.35
"""Share of slices made into ones through the sides of the bodies."""


@dataclass(frozen=True)
class Batch:
    """picture float32 [N, H, W, 1]; truth and weight float32 [N, H, W, 2] (any body, S1)."""

    picture: NDArray[np.float32]
    truth: NDArray[np.float32]
    weight: NDArray[np.float32]


def localizer_batch(
    slices: Sequence[SpineSlice], size: int, patch: int, background: float, random: np.random.Generator
) -> Batch:
    """`size` patches of `patch` x `patch` mm; a share `background` lies anywhere, the rest on bodies."""
    pictures: list[NDArray[np.float32]] = []
    truths: list[NDArray[np.float32]] = []
    weights: list[NDArray[np.float32]] = []
    while len(pictures) < size:
        source = slices[int(random.integers(len(slices)))]
        image, tissue = augment(source, random)
        truth, weight = targets(tissue, source.has_s1)
        for _ in range(min(FROM_ONE_SLICE, size - len(pictures))):
            row, column = _corner(tissue, patch, background, random)
            window = np.s_[row : row + patch, column : column + patch]
            pictures.append(image[window][..., None])
            truths.append(truth[window])
            weights.append(weight[window])
    return Batch(np.stack(pictures), np.stack(truths), np.stack(weights))


def targets(tissue: NDArray[np.uint8], has_s1: bool) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(truth, weight), float32 [rows, columns, 2] each; unknown places and an S1 not found weigh nothing."""
    s1 = tissue == Tissue.S1
    known = (tissue != Tissue.UNKNOWN).astype(np.float32)
    truth = np.stack([(tissue == Tissue.BODY) | s1, s1], axis=-1).astype(np.float32)
    return truth, np.stack([known, known if has_s1 else 0.0 * known], axis=-1)


def augment(source: SpineSlice, random: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """A slice moved, recoloured, degraded and normalised, on a canvas of 288 x 240 mm."""
    matrix, offset = _affine(source, random)
    image = ndimage.affine_transform(source.image, matrix, offset, CANVAS, order=1, mode="constant")
    tissue = ndimage.affine_transform(source.tissue, matrix, offset, CANVAS, order=0, mode="constant")
    image = recolour(image, tissue, random)
    if random.random() < LATERAL:
        image, tissue = to_the_side(image, tissue, draw_side(random), random)
    image = degrade(image, random)
    window = _field_of_view(random)
    normal = np.zeros(CANVAS, np.float32)
    normal[window] = local_contrast(image[window])
    seen = np.zeros(CANVAS, bool)
    seen[window] = True
    return normal, np.where(seen, tissue, Tissue.OTHER).astype(np.uint8)


def degrade(image: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Blur, a coil's fall-off, noise and saturation, each now and then."""
    if random.random() < 0.5:
        image = ndimage.gaussian_filter(image, random.uniform(0.0, 1.3, 2))
    if random.random() < 0.7:
        rows, columns = (np.linspace(-1, 1, n) for n in image.shape)
        slopes = random.normal(0.0, 0.4, 4)
        field = slopes[0] * rows[:, None] + slopes[1] * columns + slopes[2] * rows[:, None] ** 2
        image = image * np.exp(field + slopes[3] * columns**2)
    if random.random() < 0.7:
        grain = ndimage.gaussian_filter(random.normal(size=image.shape), random.uniform(0.0, 0.7))
        image = image + grain * random.uniform(0.0, 0.06)
    if random.random() < 0.2:
        image = np.minimum(image, np.percentile(image, random.uniform(85.0, 99.0)))
    return np.asarray(image, np.float32)


def _affine(
    source: SpineSlice, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    angle = np.deg2rad(np.clip(random.normal(0.0, 9.0), -25.0, 25.0))
    zoom = random.uniform(0.8, 1.25) * np.array([random.uniform(0.93, 1.07), 1.0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.array([[1.0, random.normal(0.0, 0.04)], [0.0, 1.0]])
    matrix = turn @ shear / zoom[:, None]
    bodies = np.argwhere(np.isin(source.tissue, [Tissue.BODY, Tissue.S1]))
    middle = bodies.mean(axis=0) if len(bodies) else np.array(source.tissue.shape) / 2
    target = np.array(CANVAS) / 2 + random.uniform(-25.0, 25.0, 2)
    return matrix, middle - matrix @ target


def _field_of_view(random: np.random.Generator) -> tuple[slice, slice]:
    if random.random() < 0.6:
        return np.s_[0 : CANVAS[0], 0 : CANVAS[1]]
    top, bottom, left, right = random.integers(0, (50, 50, 50, 40))
    return np.s_[top : CANVAS[0] - bottom, left : CANVAS[1] - right]


def _corner(
    tissue: NDArray[np.uint8], patch: int, background: float, random: np.random.Generator
) -> tuple[int, int]:
    limits = np.array(CANVAS) - patch
    places = np.argwhere(np.isin(tissue, [Tissue.BODY, Tissue.S1]))
    if not len(places) or random.random() < background:
        row, column = random.integers(0, limits + 1)
    else:
        centre = places[random.integers(len(places))] + random.integers(-20, 21, 2)
        row, column = np.clip(centre - patch // 2, 0, limits)
    return int(row), int(column)
