"""Pictures with masks of vertebral bodies from a plain folder: as most public data sets can be laid out.

`images/` and `masks/` hold 8- or 16-bit pictures of the same names, sagittal, head up, front left;
`manifest.csv` has the columns file, patient and mm (row x column spacing, as `0.5x0.5`). A mask's numbers are
those of annotated exams: 0 background, 6 the body of S1, any other a body.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from inference.training.exams import S1
from inference.training.pictures import regrid
from inference.training.spider import GRID_MM, SpineSlice, Tissue

COLUMNS = {"file", "patient", "mm"}


def read_pictures(folder: Path) -> list[SpineSlice]:
    """All pictures of a folder, in the order of its manifest. Raises ValueError naming what does not fit."""
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise ValueError(f"{manifest} is missing: one row a picture, with the columns file, patient, mm")
    with manifest.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        if missing := sorted(COLUMNS - set(reader.fieldnames or ())):
            raise ValueError(f"{manifest} lacks the columns {', '.join(missing)}")
        rows = list(reader)
    if not rows:
        raise ValueError(f"{manifest} names no picture")
    return [_read(folder, row) for row in rows]


def _read(folder: Path, row: dict[str, str]) -> SpineSlice:
    image, mask = (_picture(folder / kind / row["file"]) for kind in ("images", "masks"))
    if image.shape != mask.shape:
        raise ValueError(f"{row['file']}: image {image.shape} and mask {mask.shape} differ in size")
    spacing = _spacing(row)
    kinds = np.where(mask == S1, Tissue.S1, np.where(mask > 0, Tissue.BODY, Tissue.OTHER))
    tissue = regrid(kinds, spacing, GRID_MM, order=0).astype(np.uint8)
    return SpineSlice(row["patient"].strip(), regrid(image, spacing, GRID_MM), tissue)


def _spacing(row: dict[str, str]) -> tuple[float, float]:
    parts = row["mm"].lower().split("x")
    try:
        down, across = float(parts[0]), float(parts[-1])
    except ValueError:
        down, across = 0.0, 0.0
    if len(parts) > 2 or not (0.05 <= down <= 5.0 and 0.05 <= across <= 5.0):
        raise ValueError(f"{row['file']}: mm is {row['mm']!r}, not a spacing such as 0.5x0.5")
    return down, across


def _picture(path: Path) -> NDArray[np.float32]:
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(picture, np.float32)
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"{path} cannot be read as a picture ({error})") from error
    if pixels.ndim != 2:
        raise ValueError(f"{path} has {pixels.ndim} axes: grey values or numbers are needed, not colours")
    return pixels
