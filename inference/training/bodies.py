"""Vertebral bodies of one sagittal slice from the localizer's probabilities.

A training and evaluation aid for single slices without masks or levels; it keeps only what it is sure of.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SURE, MASK = 0.8, 0.5
OPENING_MM = 3.0
SMALLEST_MM2 = 250.0


def instances(probability: NDArray[np.float32], pixel_mm: float) -> NDArray[np.int32]:
    """Bodies apart, numbered from 1, of probabilities [rows, columns]: sure cores, grown into the mask."""
    radius = max(1, round(OPENING_MM / pixel_mm / 2))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    cores, count = ndimage.label(
        ndimage.binary_opening(probability >= SURE, y * y + x * x <= radius * radius + 1)
    )
    if count == 0:
        return np.zeros(probability.shape, np.int32)
    nearest = ndimage.distance_transform_edt(cores == 0, return_distances=False, return_indices=True)
    reached = ndimage.binary_propagation(cores > 0, mask=probability >= MASK)
    return np.where(reached, cores[tuple(nearest)], 0).astype(np.int32)


def chain_from_s1(probability: NDArray[np.float32], pixel_mm: float) -> NDArray[np.uint8]:
    """Body numbers [rows, columns] of probabilities [rows, columns, 2]: 1 = S1, 2 = L5, …; 0 elsewhere.

    Empty where no S1 was found. The chain stops where the next body is more than 62 mm away.
    """
    grown = instances(probability[..., 0], pixel_mm)
    result = np.zeros(grown.shape, np.uint8)
    numbers = np.arange(1, int(grown.max()) + 1)
    ones = np.ones(grown.shape)
    areas = ndimage.sum_labels(ones, grown, numbers) * pixel_mm**2
    kept = [int(n) for n in np.flatnonzero(areas >= SMALLEST_MM2)]
    if not kept:
        return result
    centres = np.array(ndimage.center_of_mass(ones, grown, numbers)) * pixel_mm
    s1_score = ndimage.mean(probability[..., 1], grown, numbers)
    lowest = max(kept, key=lambda n: float(s1_score[n]))
    if s1_score[lowest] < 0.4:
        return result
    for place, number in enumerate(_climb(lowest, kept, centres), 1):
        result[grown == number + 1] = place
    return result


def _climb(start: int, kept: list[int], centres: NDArray[np.float64]) -> list[int]:
    """Bodies from `start` towards the head, each the nearest one above and not far aside."""
    chain = [start]
    while True:
        here = centres[chain[-1]]
        above = [n for n in kept if n not in chain and centres[n][0] < here[0] - 8.0]
        near = [n for n in above if np.linalg.norm(centres[n] - here) < 62.0]
        near = [n for n in near if abs(centres[n][1] - here[1]) < 1.2 * (here[0] - centres[n][0])]
        if not near:
            return chain
        chain.append(min(near, key=lambda n: float(np.linalg.norm(centres[n] - here))))
