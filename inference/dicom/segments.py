"""DICOM Segmentations (PS3.3 A.51) read onto the grid of a stack, whoever wrote them.

Frames go to the slices at their own position. Nothing is interpolated: a segmentation on another grid is
refused.
"""

from pathlib import Path

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.errors import InvalidDicomError

from inference.volume import Volume

NEAR_MM = 0.5
"""Frames lie this near to a slice, and pixels within this of one another."""


def read_segments(path: Path, grid: Volume) -> dict[str, NDArray[np.bool_]]:
    """Segment label -> bool [slices, rows, columns] on `grid`, for a binary segmentation.

    Equal labels are joined. Raises ValueError saying what does not fit: no segmentation, another matrix,
    orientation or place, or a frame that names no segment.
    """
    try:
        seg = hd.seg.segread(path)
    except (InvalidDicomError, ValueError, AttributeError, OSError) as error:
        raise ValueError(f"{path} is no DICOM segmentation ({error})") from error
    labels = {int(item.SegmentNumber): str(item.SegmentLabel) for item in seg.SegmentSequence}
    frames = seg.pixel_array.reshape(-1, int(seg.Rows), int(seg.Columns))
    if frames.shape[1:] != grid.array.shape[1:]:
        raise ValueError(f"{path}: its matrix is not that of the images")
    found = {label: np.zeros(grid.array.shape, bool) for label in labels.values()}
    for frame, item in zip(frames, seg.PerFrameFunctionalGroupsSequence, strict=True):
        number = int(item.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        if number not in labels:
            raise ValueError(f"{path}: a frame names segment {number}, which is not described")
        found[labels[number]][_slice_of(seg, item, grid, path)] |= frame > 0
    return found


def _slice_of(seg: Dataset, item: Dataset, grid: Volume, path: Path) -> int:
    """The slice of `grid` on whose pixels a frame lies."""
    position = np.array([float(v) for v in item.PlanePositionSequence[0].ImagePositionPatient])
    shared = seg.SharedFunctionalGroupsSequence[0]
    plane = shared if "PlaneOrientationSequence" in shared else item
    cosines = np.array([float(v) for v in plane.PlaneOrientationSequence[0].ImageOrientationPatient])
    index = int(np.abs(grid.positions_mm @ grid.normal - position @ grid.normal).argmin())
    rows, columns = grid.array.shape[1:]
    measures = shared if "PixelMeasuresSequence" in shared else item
    spacing = [float(v) for v in measures.PixelMeasuresSequence[0].PixelSpacing]
    far = position + cosines[3:] * spacing[0] * (rows - 1) + cosines[:3] * spacing[1] * (columns - 1)
    own = grid.to_patient(np.array([[index, 0.0, 0.0], [index, rows - 1.0, columns - 1.0]]))
    if max(np.linalg.norm(position - own[0]), np.linalg.norm(far - own[1])) > NEAR_MM:
        raise ValueError(f"{path}: a frame does not lie on the pixels of any image")
    return index
