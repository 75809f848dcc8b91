"""Analytic bodies: rectangles, turned and placed in millimetres."""

import numpy as np


def rectangle(shape, spacing, centre, width, height, degrees=0.0, taper=0.0):
    """A body with endplates tilted by `degrees` (front edge down), narrowed by `taper` towards the foot."""
    rows, columns = np.indices(shape) * np.reshape(spacing, (2, 1, 1))
    a = np.deg2rad(degrees)
    down, back = rows - centre[0], columns - centre[1]
    along = back * np.cos(a) - down * np.sin(a)
    deep = back * np.sin(a) + down * np.cos(a)
    narrow = 1.0 - taper * np.clip((deep + height / 2) / height, 0, 1)
    return (np.abs(along) <= width / 2 * narrow) & (np.abs(deep) <= height / 2)


def true_upper(shape, spacing, centre, degrees):
    rows, columns = np.indices(shape) * np.reshape(spacing, (2, 1, 1))
    a = np.deg2rad(degrees)
    return (columns - centre[1]) * np.sin(a) + (rows - centre[0]) * np.cos(a) < 0


def spine_probability(slices=7, sizes=None, steps=5, tilt=0.0):
    """Probability of five to six stacked bodies at 1 mm, fading towards the lateral slices."""
    result = np.zeros((slices, 240, 140), np.float32)
    for index in range(slices):
        lateral = abs(index - slices // 2) / (slices / 2)
        for number in range(steps):
            centre = (220 - 36 * number, 60 + 4 * number)
            width = 36 * (1 - 0.3 * lateral**2)
            body = rectangle((240, 140), (1, 1), centre, width, 26, tilt)
            result[index][body] = 0.97
    return result
