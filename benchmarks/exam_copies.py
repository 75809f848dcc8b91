"""Copies of an exam to measure with: other identifiers, fewer or more slices."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")


def copied(exam: tuple[Path, Path], out: Path, slices: int | None = None) -> tuple[Path, Path]:
    """T1 and T2 (folders of single-frame DICOM) as another exam, in `out`/t1 and `out`/t2.

    slices: so many of each series, evenly from its first to its last, each with the picture of the nearest
    one: some are left out or repeated. None: as they are.
    """
    for folder, name in zip(exam, ("t1", "t2"), strict=True):
        (out / name).mkdir(parents=True)
        images = _in_order(folder)
        count = slices or len(images)
        first, last = (np.array(image.ImagePositionPatient, float) for image in (images[0], images[-1]))
        for index, share in enumerate(np.linspace(0.0, 1.0, count)):
            image = deepcopy(images[round(share * (len(images) - 1))])
            image.ImagePositionPatient = [f"{v:.6f}" for v in first + share * (last - first)]
            image.SpacingBetweenSlices = f"{np.linalg.norm(last - first) / max(count - 1, 1):.6f}"
            image.InstanceNumber = index + 1
            _rename(image, f"{out}/{index}")
            image.save_as(out / name / f"{index:03d}.dcm", enforce_file_format=True)
    return out / "t1", out / "t2"


def _in_order(folder: Path) -> list[Dataset]:
    images = [pydicom.dcmread(path) for path in folder.iterdir()]
    row, column = np.array(images[0].ImageOrientationPatient, float).reshape(2, 3)
    return sorted(images, key=lambda image: float(np.cross(row, column) @ image.ImagePositionPatient))


def _rename(image: Dataset, own: str) -> None:
    """Other UIDs and another patient; `own` tells the image from the other copies of its source."""
    copy = own.rpartition("/")[0]
    for keyword in _UIDS:
        if keyword in image:
            told = own if keyword == "SOPInstanceUID" else copy
            setattr(image, keyword, generate_uid(entropy_srcs=[str(image[keyword].value), told]))
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.PatientID = generate_uid(entropy_srcs=[str(image.get("PatientID", "")), copy])[-12:]
