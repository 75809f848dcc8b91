"""Reader of the SPIDER T2-SPACE slices: vertebral bodies out of masks of whole vertebrae.

Data: van der Graaf JW et al., Sci Data 11:264 (2024), Zenodo 10159290, CC BY 4.0. Its masks label whole
vertebrae (1), discs (2) and the canal (3), and no sacrum. Bodies are what lies in front of the canal, opened,
and touches a disc; S1 comes from a template (`inference.training.sacrum`).
"""

import csv
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from inference.training.pictures import regrid
from inference.training.sacrum import ignore_ring, s1_template

GRID_MM = 1.0
OPENING_MM = 1.9
TOUCH_MM = 3.0


class Tissue(IntEnum):
    """What a pixel of a training slice is."""

    OTHER = 0
    BODY = 1
    DISC = 2
    CANAL = 3
    POSTERIOR = 4
    S1 = 5
    UNKNOWN = 6


@dataclass(frozen=True)
class SpineSlice:
    """One slice on the 1 mm grid: image float32 [rows, columns] as stored, tissue uint8 of `Tissue`."""

    patient: str
    image: NDArray[np.float32]
    tissue: NDArray[np.uint8]

    @property
    def has_s1(self) -> bool:
        """Whether the template found a place in this slice."""
        return bool((self.tissue == Tissue.S1).any())


def read_space_slices(folder: Path) -> list[SpineSlice]:
    """All slices of a `spider_space_seg` folder, sorted by file name. Raises FileNotFoundError without it."""
    with (folder / "manifest.csv").open(newline="") as handle:
        rows = sorted(csv.DictReader(handle), key=lambda row: row["file"])
    slices: list[SpineSlice] = []
    for patient in sorted({row["patient"] for row in rows}, key=int):
        own = [row for row in rows if row["patient"] == patient]
        masks = [_read(folder / "masks" / row["file"]) for row in own]
        edge = canal_front(masks)
        for row, mask in zip(own, masks, strict=True):
            mm = (float(row["mm"].split("x")[0]), float(row["mm"].split("x")[1]))
            tissue = regrid(label_tissues(mask, edge, mm), mm, GRID_MM, order=0).astype(np.uint8)
            image = regrid(_read(folder / "images" / row["file"]), mm, GRID_MM)
            slices.append(SpineSlice(patient, image, tissue))
    return slices


def canal_front(masks: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """Per row the column of the canal's front edge: median over one patient's slices, extended at both ends.

    Rows between are interpolated; below the canal's end the last stretch is extended in its own direction.
    All columns in front of a patient without canal: infinity. float64 [rows].
    """
    rows = masks[0].shape[0]
    fronts = np.full((len(masks), rows), np.nan)
    for number, mask in enumerate(masks):
        canal = mask == 3
        found = canal.any(axis=1)
        fronts[number, found] = canal.argmax(axis=1)[found]
    seen = np.flatnonzero(np.isfinite(fronts).any(axis=0))
    if not len(seen):
        return np.full(rows, np.inf)
    medians = np.array([np.nanmedian(fronts[:, row]) for row in seen])
    edge = np.interp(np.arange(rows), seen, medians)
    for end, away in ((seen[-1], slice(seen[-1] + 1, rows)), (seen[0], slice(0, seen[0]))):
        near = np.abs(seen - end) < 60
        slope = np.polyfit(seen[near], medians[near], 1)[0] if near.sum() > 5 else 0.0
        edge[away] += slope * (np.arange(rows)[away] - end)
    return np.asarray(edge)


def label_tissues(
    mask: NDArray[np.uint8], edge: NDArray[np.float64], spacing_mm: tuple[float, float]
) -> NDArray[np.uint8]:
    """`Tissue` of each pixel of one SPIDER mask [rows, columns], given the canal's front edge per row."""
    pixel = float(np.mean(spacing_mm))
    columns = np.arange(mask.shape[1])[None, :]
    front = (mask == 1) & (columns < edge[:, None])
    opened = ndimage.binary_opening(front, _disc(OPENING_MM / pixel))
    near_disc = ndimage.binary_dilation(mask == 2, _disc(TOUCH_MM / pixel))
    labels, count = ndimage.label(opened)
    touching = np.isin(labels, np.setdiff1d(np.unique(labels[near_disc & opened]), [0]))
    big = np.bincount(labels.ravel(), minlength=count + 1) * pixel**2 > 120.0
    bodies = touching & big[labels]

    tissue = np.full(mask.shape, Tissue.OTHER, np.uint8)
    tissue[mask == 1] = Tissue.POSTERIOR
    tissue[mask == 2] = Tissue.DISC
    tissue[mask == 3] = Tissue.CANAL
    tissue[bodies] = Tissue.BODY
    tissue[front & ~bodies & ndimage.binary_dilation(bodies, iterations=3)] = Tissue.UNKNOWN
    template = s1_template(mask == 2, bodies, edge, pixel)
    ring = ignore_ring(template, mask == 2, bodies, edge, pixel)
    free = np.isin(tissue, [Tissue.OTHER, Tissue.POSTERIOR])
    tissue[free & ring] = Tissue.UNKNOWN
    if template is not None:
        tissue[free & template] = Tissue.S1
    return tissue


def _disc(radius: float) -> NDArray[np.bool_]:
    reach = max(1, round(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(y * y + x * x <= (reach + 0.3) ** 2)


def _read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L") if picture.mode not in ("L", "P") else picture, np.uint8)
