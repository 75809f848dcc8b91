"""What a detector must leave alone: fat islands, veins, Schmorl's nodes, corner fat, lines along an endplate.

Each takes z-scores [rows, columns, 2] (T1, T2) and a body's `Frame` and gives changed z-scores; the truth
stays empty there.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.frame import Frame

Field = NDArray[np.float64]
Look = Callable[[Field, Frame, np.random.Generator], Field]


def fat_island(z: Field, frame: Frame, random: np.random.Generator) -> Field:
    """A round spot of fat or a haemangioma, away from both endplates."""
    far = (
        (np.minimum(frame.upper, frame.lower) > 7.0)
        & (frame.along > 3.0)
        & (frame.along < frame.length - 3.0)
    )
    places = np.argwhere(far)
    if not len(places):
        return z
    row, column = places[random.integers(len(places))]
    rows, columns = np.indices(z.shape[:2])
    reach = random.uniform(2.0, 6.0, 2)
    spot = np.exp(-(((rows - row) / reach[0]) ** 2) - ((columns - column) / reach[1]) ** 2)
    return np.asarray(z + spot[..., None] * np.array([random.uniform(0.5, 2.5), random.uniform(-0.2, 1.8)]))


def basivertebral_vein(z: Field, frame: Frame, random: np.random.Generator) -> Field:
    """A wedge from the middle of the back wall: dark on T1, bright or dark on T2."""
    height = np.abs(frame.upper - frame.lower) / 2.0
    inward = frame.length - frame.along
    reach, thick = random.uniform(4.0, 14.0), random.uniform(1.0, 3.0)
    wedge = np.exp(-((height / thick) ** 2)) / (1.0 + np.exp(np.clip((inward - reach) / 1.0, -30, 30)))
    t2 = random.uniform(0.5, 2.5) if random.random() < 0.7 else random.uniform(-1.5, 0.0)
    return np.asarray(z + wedge[..., None] * np.array([random.uniform(-2.0, -0.3), t2]))


def schmorl_node(z: Field, frame: Frame, random: np.random.Generator) -> Field:
    """A small notch of disc in an endplate with a thin rim."""
    depth = (frame.upper, frame.lower)[int(random.integers(2))]
    centre, wide, deep = (
        random.uniform(0.25, 0.75) * frame.length,
        random.uniform(2.0, 4.0),
        random.uniform(2.0, 4.0),
    )
    radius = np.hypot((frame.along - centre) / wide, np.maximum(depth, 0.0) / deep)
    core = 1.0 / (1.0 + np.exp(np.clip((radius - 1.0) * 6.0, -30, 30)))
    rim = np.exp(-(((radius - 1.25) / 0.15) ** 2))
    inside = np.array([random.uniform(-2.5, -1.2), random.uniform(-2.5, 0.5)])
    around = np.array([random.uniform(-1.0, 1.0), random.uniform(-1.0, 0.8)])
    return np.asarray(z + core[..., None] * (inside - z) + 0.7 * rim[..., None] * around)


def corner_fat(z: Field, frame: Frame, random: np.random.Generator) -> Field:
    """Fat in a corner of less than 4 mm."""
    depth = (frame.upper, frame.lower)[int(random.integers(2))]
    aside = frame.along if random.random() < 0.7 else frame.length - frame.along
    legs = random.uniform(2.0, 4.0)
    corner = 1.0 / (1.0 + np.exp(np.clip((depth + aside - legs) / 0.4, -30, 30)))
    return np.asarray(z + corner[..., None] * np.array([random.uniform(0.5, 2.0), random.uniform(0.0, 1.0)]))


def endplate_line(z: Field, frame: Frame, random: np.random.Generator) -> Field:
    """A line along an endplate, up to 1.5 mm thick: chemical shift, a thick cortex, partial volume."""
    depth = (frame.upper, frame.lower)[int(random.integers(2))]
    line = 1.0 / (1.0 + np.exp(np.clip((depth - random.uniform(0.6, 1.6)) / 0.3, -30, 30)))
    both = random.uniform(-2.0, 1.2)
    return np.asarray(z + line[..., None] * np.array([both, both + random.normal(0.0, 0.5)]))


def uneven_marrow(z: Field, frame: Frame, random: np.random.Generator) -> Field:
    """Red and yellow marrow in patches, T1 and T2 together."""
    cloud = ndimage.gaussian_filter(random.normal(size=z.shape[:2]), random.uniform(3.0, 9.0))
    cloud *= random.uniform(0.1, 0.45) / max(float(cloud.std()), 1e-6)
    return np.asarray(z + cloud[..., None] * np.array([1.0, random.uniform(-0.3, 1.0)]))


LOOKALIKES: tuple[tuple[Look, float], ...] = (
    (fat_island, 0.15),
    (basivertebral_vein, 0.25),
    (schmorl_node, 0.08),
    (corner_fat, 0.12),
    (endplate_line, 0.25),
    (uneven_marrow, 0.3),
)
"""Each with its share of crops."""


def add_lookalikes(z: Field, frame: Frame, random: np.random.Generator) -> Field:
    """Some of them, by chance."""
    for look, share in LOOKALIKES:
        if random.random() < share:
            z = look(z, frame, random)
    return z
