"""Synthetic Modic changes in the endplates of real, normal vertebral bodies, and what only looks like them.

All values are z-scores (T1, T2) of the exam; types follow the published clusters (Gao et al. 2022, Fig. 5).
Lesions smaller than 5 mm are not drawn: the paper's annotators left them out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.endplates import largest_diameter_mm
from inference.steps.frame import Field, Frame

CENTROIDS = {1: (0.23, 1.20), 2: (1.04, 0.37), 3: (-0.53, -0.52)}
SDS = {1: (0.73, 1.16), 2: (1.00, 0.85), 3: (0.41, 0.85)}
SMALLEST_MM = 5.0
EDGE_MM, SOFT_EDGE_MM = (0.2, 1.3), (1.0, 2.5)
"""Scale of a lesion's edge: marrow turns into lesion (12 to 88 %) within four times as much."""
LEAST_CONTRAST = 0.7
"""Distance of a lesion's mean (T1, T2) from what was there, in SDs of the exam's marrow."""


@dataclass(frozen=True)
class Lesion:
    """One drawn lesion: truth [rows, columns], type, half (0 upper, 1 lower), contrast in z, size."""

    truth: NDArray[np.bool_]
    kind: int
    half: int
    contrast: float
    diameter_mm: float


def draw_lesion(
    z: Field,
    mask: NDArray[np.bool_],
    frame: Frame,
    pixel_mm: float,
    random: np.random.Generator,
    kind: int | None = None,
    *,
    soft: float = 0.0,
) -> tuple[Field, Lesion] | None:
    """`z` [rows, columns, 2] with one lesion at an endplate, or None if the draw was too faint or small.

    soft: share of lesions with a wide edge and patches of marrow within, as oedema has.
    """
    kind = kind or int(random.choice([1, 2, 3], p=[0.36, 0.42, 0.22]))
    half = int(random.integers(2))
    depth = (frame.upper, frame.lower)[half]
    marrow = np.median(z[mask], axis=0)
    value = _value(kind, marrow, random)
    if value is None:
        return None
    faded = soft > 0 and random.random() < soft
    alpha = _alpha(depth, frame, random, SOFT_EDGE_MM if faded else EDGE_MM)
    beginning = random.uniform(0.4, 2.0)
    if faded:
        alpha = alpha * _patches(depth.shape, random)
    alpha = alpha * ndimage.gaussian_filter((mask & (depth > beginning)).astype(float), 0.5)
    truth = (alpha > 0.5) & mask
    truth = _largest(truth)
    if not truth.any():
        return None
    diameter = largest_diameter_mm(truth[None], (pixel_mm, pixel_mm))
    if diameter < SMALLEST_MM or truth.sum() * pixel_mm**2 < 8.0:
        return None
    texture = z - ndimage.gaussian_filter(z, (3.0, 3.0, 0.0))
    grain = ndimage.gaussian_filter(random.normal(size=z.shape), (1.5, 1.5, 0.0)) * random.uniform(0.3, 1.5)
    inside = value + random.uniform(0.4, 1.1) * texture + grain
    if random.random() < 0.2:
        inside = _mix(inside, value, kind, frame, marrow, random)
    changed = z + alpha[..., None] * (inside - z)
    contrast = float(np.linalg.norm((changed - z)[truth].mean(axis=0)))
    if contrast < LEAST_CONTRAST:
        return None
    return changed, Lesion(truth, kind, half, contrast, diameter)


def _value(kind: int, marrow: Field, random: np.random.Generator) -> Field | None:
    """A lesion's mean (T1 z, T2 z), nearest to its own centroid and seen against the marrow.

    Half are drawn from the cluster; half lie one to three times as far out as a draw from it: where few
    bodies are changed, or fat is bright on T2, clear lesions stand well outside the published clusters.
    """
    for _ in range(30):
        draw = np.array(CENTROIDS[kind]) + 0.8 * np.array(SDS[kind]) * random.normal(size=2)
        value = draw if random.random() < 0.5 else np.clip(draw * random.uniform(1.0, 3.0), -3.0, 4.0)
        nearest = min(CENTROIDS, key=lambda k: float(np.linalg.norm(value - np.array(CENTROIDS[k]))))
        if nearest == kind and np.linalg.norm(value - marrow) >= LEAST_CONTRAST:
            return np.asarray(value)
    return None


def _alpha(
    depth: Field, frame: Frame, random: np.random.Generator, edges: tuple[float, float] = EDGE_MM
) -> Field:
    """How much of each pixel is lesion, 0..1: an extent along the endplate, a depth profile, an edge."""
    length = frame.length
    extent = random.uniform(5.0, max(8.0, length)) if random.random() < 0.7 else length
    start = random.uniform(0.0, max(length - extent, 0.1))
    if random.random() < 0.3:
        start = 0.0 if random.random() < 0.6 else length - extent
    s = np.clip((frame.along - start) / extent * 2.0 - 1.0, -1.0, 1.0)
    deep = random.uniform(3.0, 8.0) if random.random() < 0.75 else random.uniform(6.0, 16.0)
    profiles = (
        np.sqrt(1.0 - s**2),
        1.0 - s**8,
        (1.0 - s) / 2.0,
        (1.0 + s) / 2.0,
        0.6 + 0.4 * np.cos(3.0 * s + random.uniform(0.0, 6.0)),
    )
    profile = profiles[int(random.choice(5, p=[0.35, 0.3, 0.12, 0.08, 0.15]))]
    uneven = ndimage.gaussian_filter(random.normal(size=depth.shape), random.uniform(2.0, 5.0))
    uneven *= random.uniform(0.0, 0.35) * deep / max(float(uneven.std()), 1e-6) * 0.5
    edge = random.uniform(*edges)
    inner = 1.0 / (1.0 + np.exp(-np.clip((deep * profile + uneven - depth) / edge, -30, 30)))
    outside = np.maximum(start - frame.along, frame.along - start - extent)
    lateral = 1.0 / (1.0 + np.exp(np.clip(outside / max(edge, 0.3), -30, 30)))
    return np.asarray(inner * lateral * random.uniform(0.85, 1.0))


def _patches(shape: tuple[int, ...], random: np.random.Generator) -> Field:
    """Share of change within a soft lesion, 0.4 to 1, in patches of a few millimetres."""
    noise = ndimage.gaussian_filter(random.normal(size=shape), random.uniform(2.0, 5.0))
    level = 0.85 + random.uniform(0.0, 0.3) * noise / max(float(noise.std()), 1e-6)
    return np.asarray(np.clip(level, 0.4, 1.0))


def _mix(
    inside: Field, value: Field, kind: int, frame: Frame, marrow: Field, random: np.random.Generator
) -> Field:
    """A second type in the deeper or the hinder part of the lesion, the smaller share of it."""
    other = _value(int(random.choice([k for k in CENTROIDS if k != kind])), marrow, random)
    if other is None:
        return inside
    border = random.uniform(0.55, 0.8) * frame.length
    share = 1.0 / (1.0 + np.exp(-np.clip(frame.along - border, -30, 30)))
    return np.asarray(inside + share[..., None] * (other - value))


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, count = ndimage.label(mask)
    if count < 2:
        return mask
    return np.asarray(labels == np.bincount(labels.ravel())[1:].argmax() + 1)
