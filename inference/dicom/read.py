"""A volume from stored, de-identified images."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from inference.dicom.deidentify import rescaled
from inference.dicom.values import number
from inference.volume import Volume


class NotAVolume(ValueError):
    """Images that don't make one stack; the message says why."""


def read_volume(datasets: Iterable[Dataset]) -> Volume:
    """The volume of one series, slices ordered along the normal whatever order they come in.

    For a usual sagittal series (columns to the back, rows to the foot) that is from the patient's left to
    right. Raises NotAVolume if grids or directions differ, or two images lie at one position.
    """
    images = list(datasets)
    if not images:
        raise NotAVolume("there are no images")
    grids = {(d.Rows, d.Columns, tuple(map(float, d.PixelSpacing))) for d in images}
    if len(grids) > 1:
        raise NotAVolume("the images differ in matrix or pixel size")
    directions = np.array([[float(v) for v in d.ImageOrientationPatient] for d in images])
    if np.abs(directions - directions[0]).max() > 0.02:
        raise NotAVolume("the images differ in direction")
    row, column = (part / np.linalg.norm(part) for part in (directions[0, :3], directions[0, 3:]))
    positions = np.array([[float(v) for v in d.ImagePositionPatient] for d in images])
    offsets = positions @ np.cross(row, column)
    order = np.argsort(offsets, kind="stable")
    if len(images) > 1 and np.diff(offsets[order]).min() < 0.05:
        raise NotAVolume("two images lie at one position")
    spacing = tuple(map(float, images[0].PixelSpacing))
    return Volume(
        array=np.stack([rescaled(images[i]) for i in order]),
        positions_mm=positions[order],
        row_direction=row,
        column_direction=column,
        pixel_spacing_mm=(spacing[0], spacing[1]),
        stated_spacing_mm=_stated_spacing(images[0]),
    )


def _stated_spacing(image: Dataset) -> float | None:
    """SpacingBetweenSlices, which holds the gap too, else SliceThickness, in mm."""
    stated = (number(image, keyword) for keyword in ("SpacingBetweenSlices", "SliceThickness"))
    return next((abs(value) for value in stated if value), None)


def read_files(paths: Sequence[Path]) -> Volume:
    """The volume of stored files written by `inference.dicom.deidentify.save`."""
    return read_volume(pydicom.dcmread(path) for path in paths)
