"""Vertebral bodies of one sagittal slice from the localizer's probabilities, numbered from S1 upwards.

A training aid for pictures without masks: it keeps only what it is sure of.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SURE, MASK = 0.8, 0.5
SMALLEST_MM2 = 250.0


def chain_from_s1(probability: NDArray[np.float32], pixel_mm: float) -> NDArray[np.uint8]:
    """Body numbers [rows, columns] of probabilities [rows, columns, 2]: 1 = S1, 2 = L5, …; 0 elsewhere.

    Empty where no S1 was found. The chain stops where the next body is more than 1.8 body heights away.
    """
    body = probability[..., 0]
    radius = max(1, round(3.0 / pixel_mm / 2))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    cores, count = ndimage.label(ndimage.binary_opening(body >= SURE, y * y + x * x <= radius * radius + 1))
    if count == 0:
        return np.zeros(body.shape, np.uint8)
    nearest = ndimage.distance_transform_edt(cores == 0, return_distances=False, return_indices=True)
    grown = np.where(body >= MASK, cores[tuple(nearest)], 0)
    numbers = np.arange(1, count + 1)
    areas = ndimage.sum_labels(np.ones_like(body), grown, numbers) * pixel_mm**2
    centres = np.array(ndimage.center_of_mass(np.ones_like(body), grown, numbers)) * pixel_mm
    s1_score = ndimage.mean(probability[..., 1], grown, numbers)
    kept = [n for n in range(count) if areas[n] >= SMALLEST_MM2]
    if not kept:
        return np.zeros(body.shape, np.uint8)
    lowest = max(kept, key=lambda n: s1_score[n])
    result = np.zeros(body.shape, np.uint8)
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
