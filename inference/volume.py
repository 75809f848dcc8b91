"""A stack of parallel MR slices with its patient geometry.

Coordinates are DICOM patient coordinates in mm (LPS: +x left, +y posterior, +z head;
PS3.3 C.7.6.2.1.1). Pixel coordinates are (slice, row, column) with pixel centres at integers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS_MM = 7.0
"""Slices further apart need not show the same lesion (an exam's lie 3 to 6 mm apart)."""


@dataclass(frozen=True)
class Volume:
    """Slices ordered along `normal` (for sagittal stacks: patient right to left is not assumed).

    array: float32 [slices, rows, columns], rescaled values.
    positions_mm: float64 [slices, 3], centre of each slice's first pixel (ImagePositionPatient).
    row_direction: unit vector along increasing column index. column_direction: along increasing row index.
    pixel_spacing_mm: (between rows, between columns). stated_spacing_mm: between slices as a header has it,
    None where none does; used for a single slice alone.
    """

    array: NDArray[np.float32]
    positions_mm: NDArray[np.float64]
    row_direction: NDArray[np.float64]
    column_direction: NDArray[np.float64]
    pixel_spacing_mm: tuple[float, float]
    stated_spacing_mm: float | None = None

    def __post_init__(self) -> None:
        if self.array.ndim != 3:
            raise ValueError(f"a volume needs 3 axes (slices, rows, columns), got {self.array.ndim}")
        if self.positions_mm.shape != (self.array.shape[0], 3):
            raise ValueError("one position per slice is needed")

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the slices: row_direction x column_direction (PS3.3 C.7.6.2.1.1)."""
        return np.cross(self.row_direction, self.column_direction)

    @property
    def slice_offsets_mm(self) -> NDArray[np.float64]:
        """Position of each slice along `normal`, in mm."""
        return self.positions_mm @ self.normal

    @property
    def slice_spacing_mm(self) -> float:
        """Median distance between neighbouring slices in mm; a single slice's as stated, else 1.0."""
        if len(self.positions_mm) < 2:
            return self.stated_spacing_mm or 1.0
        return float(np.median(np.abs(np.diff(self.slice_offsets_mm))))

    @property
    def voxel_volume_mm3(self) -> float:
        """In-plane pixel area times slice spacing, in mm^3."""
        return self.pixel_spacing_mm[0] * self.pixel_spacing_mm[1] * self.slice_spacing_mm

    def to_patient(self, index: NDArray[np.float64]) -> NDArray[np.float64]:
        """Patient positions [..., 3] in mm of (slice, row, column) [..., 3]; slices must be whole numbers."""
        slices = np.rint(index[..., 0]).astype(int)
        return np.asarray(
            self.positions_mm[slices]
            + index[..., 1:2] * self.pixel_spacing_mm[0] * self.column_direction
            + index[..., 2:3] * self.pixel_spacing_mm[1] * self.row_direction
        )
