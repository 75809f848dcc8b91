"""Step 6: the type of each detected voxel, by the nearest centroid (Gao et al. 2022, section 2.2.4)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.windows import opened, window

DETECTED = 0.5
LEAST_WIDTH_MM = 2.0
"""What is thinner is a line along cortex, vein or chemical shift, or a speck."""

BESIDE_MM = 1.0
"""How far a place may move from one slice to the next."""


@dataclass(frozen=True)
class Centroids:
    """(T1 z, T2 z) of types 1, 2 and 3. flattened: whether the z-scores they were fitted to were."""

    type_1: tuple[float, float]
    type_2: tuple[float, float]
    type_3: tuple[float, float]
    source: str
    flattened: bool = True

    @classmethod
    def from_file(cls, path: Path) -> "Centroids":
        """Read {"centroids": {"1": [T1 z, T2 z], …}, "source": text, "flattened": true or absent}.

        Raises ValueError on anything else.
        """
        try:
            data = json.loads(path.read_text())
            one, two, three = (tuple(map(float, data["centroids"][key])) for key in "123")
            if not np.isfinite([one[:2], two[:2], three[:2]]).all():
                raise ValueError("a coordinate is no finite number")
            return cls(
                (one[0], one[1]),
                (two[0], two[1]),
                (three[0], three[1]),
                str(data["source"]),
                bool(data.get("flattened", True)),
            )
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: not a file of three centroids ({error})") from error

    def to_json(self) -> dict[str, Any]:
        """The form that `from_file` reads."""
        values = {"1": self.type_1, "2": self.type_2, "3": self.type_3}
        told = {"centroids": {key: list(value) for key, value in values.items()}, "source": self.source}
        return told if self.flattened else told | {"flattened": False}


PUBLISHED = Centroids((0.23, 1.20), (1.04, 0.37), (-0.53, -0.52), "Gao et al. 2022, Figure 5")


def without_lines(
    detected: NDArray[np.bool_],
    pixel_spacing_mm: tuple[float, float],
    least_width_mm: float = LEAST_WIDTH_MM,
) -> NDArray[np.bool_]:
    """Detected voxels [slices, rows, columns] of places at least so wide in plane (an opening by a disk).

    0 mm gives the mask unchanged, as the paper has it.
    """
    radius = least_width_mm / 2
    reach = [int(radius / mm) for mm in pixel_spacing_mm]
    if max(reach) == 0:
        return detected
    rows, columns = np.mgrid[-reach[0] : reach[0] + 1, -reach[1] : reach[1] + 1]
    disk = np.hypot(rows * pixel_spacing_mm[0], columns * pixel_spacing_mm[1]) <= radius
    return opened(detected, disk[None])


def without_lone_sections(
    detected: NDArray[np.bool_], looked_at: NDArray[np.bool_], pixel_spacing_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    """Detected places [slices, rows, columns] that a neighbouring slice shows too, within 1 mm.

    A lesion is wider than a slice, and over a dozen slices something is called by chance on one. A place
    where no neighbouring slice was `looked_at` (the body's edge, a single slice) stays.
    """
    reach = [max(1, round(BESIDE_MM / mm)) for mm in pixel_spacing_mm]
    around = np.ones((2 * reach[0] + 1, 2 * reach[1] + 1), bool)
    box = (slice(None), *window(np.asarray(detected.any(axis=0)), margin=max(reach)))
    kept, places_of, known_of = np.zeros(detected.shape, bool), detected[box], looked_at[box]
    for index in np.flatnonzero(places_of.any(axis=(1, 2))):
        beside = [n for n in (index - 1, index + 1) if 0 <= n < len(detected)]
        seen = ndimage.binary_dilation(places_of[beside].any(axis=0), around)
        unknown = ~known_of[beside].any(axis=0)
        places, count = ndimage.label(places_of[index], np.ones((3, 3)))
        every = range(1, count + 1)
        stays = ndimage.maximum(seen, places, every) | ndimage.minimum(unknown, places, every)
        kept[box][index] = np.concatenate([[False], stays])[places]
    return kept


def modic_map(
    t1_z: NDArray[np.float32],
    t2_z: NDArray[np.float32],
    detected: NDArray[np.bool_],
    centroids: Centroids = PUBLISHED,
) -> NDArray[np.uint8]:
    """Type 1, 2 or 3 of every detected voxel, 0 elsewhere; all arrays are [slices, rows, columns].

    Without the detection most of a body's rim would be type 3.
    """
    points = np.stack([t1_z[detected], t2_z[detected]], axis=-1)
    table = np.array([centroids.type_1, centroids.type_2, centroids.type_3], np.float32)
    nearest = np.linalg.norm(points[:, None] - table, axis=-1).argmin(axis=1)
    result = np.zeros(detected.shape, np.uint8)
    result[detected] = nearest.astype(np.uint8) + 1
    return result
