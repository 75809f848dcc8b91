"""Reader of the SPIDER mid-sagittal T1/T2 pairs, laid on each other on one square grid.

Data: van der Graaf JW et al., Sci Data 11:264 (2024), Zenodo 10159290, CC BY 4.0. One slice a patient, with
one reading of Modic and Pfirrmann grade per disc (1 = L5/S1), which no endplate can be told from.
"""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from inference.training.pictures import regrid

PAIR_MM = 0.6


@dataclass(frozen=True)
class Pair:
    """t1, t2: float32 [rows, columns] on T1's field of view at 0.6 mm, t2 NaN outside its own.

    modic, pfirrmann: disc number -> grade, disc 1 the lowest; a disc without reading is absent.
    """

    patient: str
    t1: NDArray[np.float32]
    t2: NDArray[np.float32]
    modic: dict[int, int] = field(default_factory=dict)
    pfirrmann: dict[int, int] = field(default_factory=dict)


def read_pairs(folder: Path, most: int | None = None) -> list[Pair]:
    """Aligned pairs of a `spider_pairs` folder by patient number, the first `most` or all.

    Raises FileNotFoundError without the folder.
    """
    with (folder / "manifest.csv").open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["pair"] == "aligned"]
    return [_read_pair(folder, row) for row in sorted(rows, key=lambda row: int(row["patient"]))[:most]]


def grades(text: str) -> dict[int, int]:
    """`1:0;2:2` -> {1: 0, 2: 2}."""
    return {int(disc): int(grade) for disc, grade in (item.split(":") for item in text.split(";") if item)}


def lay_on(
    moving: NDArray[np.float32], shape: tuple[int, int], shift_mm: tuple[float, float], grid_mm: float
) -> NDArray[np.float32]:
    """`moving` moved (down, back) in mm onto a picture of `shape`, both centred; NaN outside it."""
    centre, own = (np.array(shape) - 1) / 2, (np.array(moving.shape) - 1) / 2
    offset = own - centre - np.array(shift_mm) / grid_mm
    return np.asarray(
        ndimage.affine_transform(moving, np.eye(2), offset, shape, order=1, mode="constant", cval=np.nan),
        np.float32,
    )


def _read_pair(folder: Path, row: dict[str, str]) -> Pair:
    t1, t2 = (_picture(folder, row, name) for name in ("t1", "t2"))
    down, back = (float(part) for part in row["shift_mm"].split(";"))
    laid = lay_on(t2, (t1.shape[0], t1.shape[1]), (down, back), PAIR_MM)
    return Pair(row["patient"], t1, laid, grades(row["modic"]), grades(row["pfirrmann"]))


def _picture(folder: Path, row: dict[str, str], name: str) -> NDArray[np.float32]:
    with Image.open(folder / "png" / f"{row['patient']}_{name}.png") as file:
        pixels = np.asarray(file.convert("L"), np.float32)
    if name in row["flipped"].split():
        pixels = pixels[::-1]
    height, width = (float(part) for part in row[f"{name}_mm"].split("x"))
    return regrid(pixels, (height, width), PAIR_MM)
