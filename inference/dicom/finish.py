"""The last touch before images are kept: order, one window for the series, words of our own."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom

from inference.dicom.deidentify import rescaled, save
from inference.dicom.series import Chosen


@dataclass(frozen=True)
class Kept:
    """One stored image: its place along the normal, file name, new UID and hashes."""

    index: int
    name: str
    sop_uid: str
    sha256: str
    source_key: str
    pixel_sha256: str
    burned_in: str


def keep_series(kind: str, number: int, chosen: Chosen, staged: Path, folder: Path) -> list[Kept]:
    """Write the chosen series' images to `folder` as 000.dcm, 001.dcm, … in the order of the volume.

    The window spans the 1st to the 99.5th percentile of the middle slices, in rescaled values, for all alike.
    """
    folder.mkdir(parents=True, exist_ok=True)
    images = [pydicom.dcmread(staged / fact.file) for fact in chosen.stack.images]
    middle = images[len(images) // 3 : max(len(images) * 2 // 3, len(images) // 3 + 1)]
    low, high = np.percentile(np.concatenate([rescaled(d).ravel() for d in middle]), [1.0, 99.5])
    kept = []
    for index, (dataset, fact) in enumerate(zip(images, chosen.stack.images, strict=True)):
        dataset.InstanceNumber, dataset.SeriesNumber = index + 1, number
        dataset.SeriesDescription = description(kind, chosen.fat_suppressed)
        dataset.WindowCenter = f"{(low + high) / 2:.6g}"
        dataset.WindowWidth = f"{max(high - low, 1.0):.6g}"
        name = f"{index:03d}.dcm"
        save(dataset, folder / name)
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        kept.append(
            Kept(
                index,
                name,
                str(dataset.SOPInstanceUID),
                digest,
                fact.source_key,
                fact.pixel_sha256,
                fact.burned_in,
            )
        )
    return kept


def description(kind: str, fat_suppressed: str) -> str:
    """What a stored series is called."""
    return f"Sagittal {kind.upper()}" + (", fat suppressed" if fat_suppressed == "yes" else "")
