"""Small pictures of what each Modic type looks like on T1 and T2, cut from phantoms. They show no patient.

    python -m inference.phantom.examples FOLDER

writes FOLDER/0-t1.png … 3-t2.png, the same spine with and without a change beside its L4/5 disc.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotations.vocabulary import Half, Level, ModicType
from inference.phantom.lesions import Lesion
from inference.phantom.phantom import Phantom, make_phantom
from inference.volume import Volume

SEED = 27
SIZE_PX = (144, 120)
"""Width and height of a picture."""
FIELD_MM = (66.0, 55.0)
_WINDOW = (0.3, 1.9)
"""Black and white, as multiples of the normal marrow's signal: the same for all types."""


def examples() -> Iterator[tuple[ModicType, str, NDArray[np.uint8]]]:
    """Type, "t1" or "t2", and picture [rows, columns] of every example."""
    normal = _phantom(ModicType.NONE)
    black, white = _WINDOW
    for kind in ModicType:
        phantom = normal if kind is ModicType.NONE else _phantom(kind)
        for name in ("t1", "t2"):
            marrow = _marrow(normal, getattr(normal, name))
            cut = _cut(getattr(phantom, name), _disc(phantom)) / marrow
            yield kind, name, np.rint(np.clip((cut - black) / (white - black), 0, 1) * 255).astype(np.uint8)


def _marrow(phantom: Phantom, volume: Volume) -> float:
    """Median signal about the centre of L4."""
    around = _cut(volume, np.array(phantom.truth.level_points_mm[Level.L4]))
    rows, columns = (slice(length * 2 // 5, length * 3 // 5) for length in around.shape)
    return float(np.median(around[rows, columns]))


def _phantom(kind: ModicType) -> Phantom:
    """The one spine, with a change of this type on both sides of L4/5; none for type 0."""
    if kind is ModicType.NONE:
        return make_phantom(SEED, ())
    faces = ((Level.L4, Half.LOWER), (Level.L5, Half.UPPER))
    shape = {"depth_mm": 10.0, "radius_mm": (20.0, 22.0)}
    return make_phantom(SEED, [Lesion(level, half, kind, **shape) for level, half in faces])  # type: ignore[arg-type]


def _disc(phantom: Phantom) -> NDArray[np.float64]:
    """Middle between the centres of L4 and L5, in patient mm."""
    points = phantom.truth.level_points_mm
    return np.asarray(np.mean([points[Level.L4], points[Level.L5]], axis=0))


def _cut(volume: Volume, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """The slice nearest to `at`, FIELD_MM around it, sampled to SIZE_PX between pixels."""
    index = int(np.argmin(np.abs(volume.slice_offsets_mm - at @ volume.normal)))
    offset = at - volume.positions_mm[index]
    row = offset @ volume.column_direction / volume.pixel_spacing_mm[0]
    column = offset @ volume.row_direction / volume.pixel_spacing_mm[1]
    columns, rows = (
        centre + np.linspace(-0.5, 0.5, pixels) * field / spacing
        for centre, pixels, field, spacing in zip(
            (column, row), SIZE_PX, FIELD_MM, volume.pixel_spacing_mm[::-1], strict=True
        )
    )
    picture = volume.array[index].astype(np.float64)
    across = np.array([np.interp(columns, np.arange(picture.shape[1]), line) for line in picture])
    return np.array([np.interp(rows, np.arange(across.shape[0]), line) for line in across.T]).T


def write(folder: Path) -> None:
    """Write every example as a grey PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, name, picture in examples():
        Image.fromarray(picture).save(folder / f"{int(kind)}-{name}.png", optimize=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
