"""NIfTI in and out, on the grid that came in.

NIfTI world coordinates are RAS mm (+x right, +y front, +z head); a `Volume` is LPS, as DICOM.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from inference.volume import Volume

_LEVEL = 6
EVEN_MM = 0.1
"""Slices within this of even steps count as evenly spaced."""
_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Layout:
    """How a file's axes became (slices, rows, columns): `axes` gives the file's axis of each.

    reversed_slices: the file counts slices against the stack. affine: the file's, RAS. dimensions: 2 or 3.
    oriented: whether the file says how the patient lies in it.
    """

    axes: tuple[int, int, int]
    reversed_slices: bool
    affine: NDArray[np.float64]
    dimensions: int
    oriented: bool = True

    def encoded(self, array: NDArray[np.integer], *, packed: bool = True) -> bytes:
        """A NIfTI file of a label array [slices, rows, columns] on the file's own grid; packed: with gzip."""
        straight = array[::-1] if self.reversed_slices else array
        data = np.transpose(straight, np.argsort(self.axes))
        if self.dimensions == 2:
            data = data[..., 0]
        return _encoded(data, self.affine, packed)

    def write(self, path: Path, array: NDArray[np.integer]) -> None:
        """`encoded` to a file in one move, with gzip if its name says so."""
        put(path, self.encoded(array, packed=path.name.endswith(".gz")))


def read(path: Path) -> tuple[Volume, Layout]:
    """A sagittal stack from a .nii or .nii.gz file of 2 or 3 dimensions, or of one volume in 4.

    The slice axis is the one that runs most from left to right. Raises ValueError for anything else.
    """
    image, data = _loaded(path)
    while data.ndim > 3 and data.shape[-1] == 1:
        data = data[..., 0]
    dimensions = data.ndim
    if dimensions == 2:
        data = data[..., None]
    if data.ndim != 3 or not data.size:
        raise ValueError(f"{path.name} has the shape {data.shape}: a single stack of slices is needed")
    if unusable := int(np.count_nonzero(~np.isfinite(data))):
        raise ValueError(
            f"{path.name}: voxels that are NaN or infinite: {unusable}; put 0 or true values in their place"
        )
    lps = _LPS_FROM_RAS @ np.asarray(image.affine, np.float64)
    steps = lps[:3, :3]
    lengths = np.linalg.norm(steps, axis=0)
    if not (lengths > 0).all():
        raise ValueError(f"{path.name} has no usable geometry in its header")
    units = steps / lengths
    slice_axis = int(np.abs(units[0]).argmax())
    others = [axis for axis in range(3) if axis != slice_axis]
    row_axis = max(others, key=lambda axis: abs(float(units[2, axis])))
    column_axis = next(axis for axis in others if axis != row_axis)
    array = np.transpose(data, (slice_axis, row_axis, column_axis))
    positions = lps[:3, 3] + np.arange(len(array))[:, None] * steps[:, slice_axis]
    normal = np.cross(units[:, column_axis], units[:, row_axis])
    backwards = bool(steps[:, slice_axis] @ normal < 0)
    if backwards:
        array, positions = array[::-1], positions[::-1]
    volume = Volume(
        array=np.ascontiguousarray(array),
        positions_mm=np.ascontiguousarray(positions),
        row_direction=units[:, column_axis],
        column_direction=units[:, row_axis],
        pixel_spacing_mm=(float(lengths[row_axis]), float(lengths[column_axis])),
        stated_spacing_mm=float(lengths[slice_axis]) if dimensions == 3 else None,
    )
    layout = Layout(
        (slice_axis, row_axis, column_axis),
        backwards,
        np.asarray(image.affine, np.float64),
        dimensions,
        oriented=bool(image.header["sform_code"] or image.header["qform_code"]),
    )
    return volume, layout


def _loaded(path: Path) -> tuple[nibabel.Nifti1Image, NDArray[np.float32]]:
    """A NIfTI file and its rescaled grey values. Raises ValueError."""
    try:
        image = nibabel.load(path)
        if image.get_data_dtype().kind not in "biuf":
            raise ValueError("one grey value a voxel is needed, no colours or complex numbers")
        with np.errstate(over="ignore"):
            return image, np.asarray(image.dataobj, np.float32)
    except (OSError, ImageFileError, EOFError, zlib.error, HeaderDataError, ValueError) as error:
        raise ValueError(f"{path.name} cannot be read as NIfTI: {' '.join(str(error).split())}") from error


def layout_of(volume: Volume) -> Layout:
    """The layout in which a volume from DICOM is written: axes (column, row, slice), even slice steps."""
    count = len(volume.positions_mm)
    step = (
        (volume.positions_mm[-1] - volume.positions_mm[0]) / (count - 1)
        if count > 1
        else volume.normal * volume.slice_spacing_mm
    )
    lps = np.eye(4)
    lps[:3, 0] = volume.row_direction * volume.pixel_spacing_mm[1]
    lps[:3, 1] = volume.column_direction * volume.pixel_spacing_mm[0]
    lps[:3, 2] = step
    lps[:3, 3] = volume.positions_mm[0]
    return Layout((2, 1, 0), False, _LPS_FROM_RAS @ lps, 3)


def about_layout(layout: Layout) -> Iterator[str]:
    """What a person must know of how a file was read."""
    if not layout.oriented:
        yield "A NIfTI file does not say how the patient lies: its axes are taken to run left, front, head."


def about_grid(volume: Volume) -> Iterator[str]:
    """What a person must know of a volume's slices before trusting files and mm³."""
    if len(volume.positions_mm) == 1 and volume.stated_spacing_mm is None:
        yield "There is one slice of unknown thickness: mm³ count it as 1 mm thick."
    if (off := unevenness_mm(volume)) > EVEN_MM:
        yield (
            "The slices are not evenly spaced, as NIfTI must have them: "
            f"NIfTI outputs lie up to {off:.1f} mm off; DICOM outputs do not."
        )


def unevenness_mm(volume: Volume) -> float:
    """How far the farthest slice lies from where `layout_of` puts it, in mm."""
    even = np.linspace(volume.positions_mm[0], volume.positions_mm[-1], len(volume.positions_mm))
    return float(np.linalg.norm(volume.positions_mm - even, axis=1).max())


def put(path: Path, content: bytes) -> Path:
    """Write a file in one move: it is there as a whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    return fresh.replace(path)


def _encoded(data: NDArray[np.integer], affine: NDArray[np.float64], packed: bool) -> bytes:
    """Equal arrays give equal files: no time stamp in the gzip header. Level 9 would cost fourfold."""
    raw = nibabel.Nifti1Image(np.asarray(data, np.uint8), affine).to_bytes()
    return gzip.compress(raw, _LEVEL, mtime=0) if packed else bytes(raw)
