"""DICOM Segmentations (PS3.3 A.51) read onto the grid of a stack, whoever wrote them.

Frames go to the slices at their own position. Nothing is interpolated: a segmentation on another grid is
refused.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from inference.volume import Volume

NEAR_MM = 0.5
"""Frames lie this near to a slice, and pixels within this of one another."""


def read_segments(path: Path, grid: Volume) -> dict[str, NDArray[np.bool_]]:
    """Segment label -> bool [slices, rows, columns] on `grid`, for a binary segmentation.

    Equal labels are joined. Raises ValueError saying what does not fit: no segmentation or none of type
    BINARY, another matrix, orientation or place, or a frame that names no segment.
    """
    try:
        seg = dcmread(path)
    except (InvalidDicomError, OSError) as error:
        raise ValueError(f"{path} is no DICOM segmentation ({error})") from error
    if "SegmentSequence" not in seg:
        raise ValueError(f"{path} is no DICOM segmentation")
    if (kind := seg.get("SegmentationType")) != "BINARY":
        raise ValueError(f"{path} is a segmentation of type {kind}; only BINARY is read: export it so")
    labels = {int(item.SegmentNumber): str(item.SegmentLabel) for item in seg.SegmentSequence}
    frames = seg.pixel_array.reshape(-1, int(seg.Rows), int(seg.Columns))
    if frames.shape[1:] != grid.array.shape[1:]:
        raise ValueError(f"{path}: its matrix is not that of the images")
    found = {label: np.zeros(grid.array.shape, bool) for label in labels.values()}
    for frame, item in zip(frames, seg.PerFrameFunctionalGroupsSequence, strict=True):
        try:
            number = int(functional_group(seg, item, "SegmentIdentificationSequence").ReferencedSegmentNumber)
            index = _slice_of(seg, item, grid)
        except (KeyError, AttributeError) as error:
            raise ValueError(f"{path}: a frame lacks its description ({error})") from error
        if number not in labels:
            raise ValueError(f"{path}: a frame names segment {number}, which is not described")
        if index is None:
            raise ValueError(f"{path}: a frame does not lie on the pixels of any image")
        found[labels[number]][index] |= frame > 0
    return found


def functional_group(seg: Dataset, item: Dataset, keyword: str) -> Dataset:
    """A functional group of one frame: its own, else the shared one (PS3.3 C.7.6.16.1). Raises KeyError.

    What is equal in all frames may stand in either place, the segment of a one-segment object too.
    """
    for holder in (item, seg.SharedFunctionalGroupsSequence[0]):
        if holder.get(keyword):
            found: Dataset = holder[keyword].value[0]
            return found
    raise KeyError(keyword)


def _slice_of(seg: Dataset, item: Dataset, grid: Volume) -> int | None:
    """The slice of `grid` on whose pixels a frame lies, if any."""
    position = np.array(
        [float(v) for v in functional_group(seg, item, "PlanePositionSequence").ImagePositionPatient]
    )
    plane = functional_group(seg, item, "PlaneOrientationSequence")
    cosines = np.array([float(v) for v in plane.ImageOrientationPatient])
    index = int(np.abs(grid.positions_mm @ grid.normal - position @ grid.normal).argmin())
    rows, columns = grid.array.shape[1:]
    spacing = [float(v) for v in functional_group(seg, item, "PixelMeasuresSequence").PixelSpacing]
    far = position + cosines[3:] * spacing[0] * (rows - 1) + cosines[:3] * spacing[1] * (columns - 1)
    own = grid.to_patient(np.array([[index, 0.0, 0.0], [index, rows - 1.0, columns - 1.0]]))
    apart = max(np.linalg.norm(position - own[0]), np.linalg.norm(far - own[1]))
    return index if apart <= NEAR_MM else None
