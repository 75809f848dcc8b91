"""MetaImage series (`.mha`) with their masks as SPIDER stores them, turned upright.

Masks (van der Graaf JW et al., Sci Data 11:264, 2024) count upwards: vertebrae 1 to 25 from L5, those seen in
part 101 to 125, discs 201 to 225 from L5/S1; the spinal canal is 100. The series' own direction cosines say
how it lies; where the mask's counting contradicts them the mask is believed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.steps.orient import Turn
from inference.volume import Volume

VERTEBRAE = range(1, 26)
CANAL = 100
PARTIAL_VERTEBRAE = range(101, 126)
DISCS = range(201, 226)
KNOWN = {0, CANAL, *VERTEBRAE, *PARTIAL_VERTEBRAE, *DISCS}
UPRIGHT = "PIL"
"""Columns towards the back, rows towards the feet, slices towards the left."""


@dataclass(frozen=True)
class Labelled:
    """A sagittal series, head up and front left, and its mask.

    volume: float32 [slices, rows, columns]. labels: SPIDER's numbers, uint8, the same shape. against_header:
    the mask shows that the header's head and feet, or front and back, are exchanged; the volume was turned.
    """

    volume: Volume
    labels: NDArray[np.uint8]
    against_header: bool


def simple_itk() -> Any:
    """The module SimpleITK. Raises ValueError saying what to install."""
    try:
        import SimpleITK
    except ImportError as error:
        raise ValueError(
            ".mha files are read by SimpleITK, which is not installed: pip install SimpleITK"
        ) from error
    return SimpleITK


def read_labelled(image: Path, mask: Path) -> Labelled:
    """The series in `image` with the labels in `mask`. Raises ValueError naming the file that does not do."""
    itk = simple_itk()
    picture, numbers = _read(itk, image), _read(itk, mask)
    if picture.GetSize() != numbers.GetSize():
        raise ValueError(
            f"{mask} has {_by(numbers.GetSize())} voxels, {image} {_by(picture.GetSize())}: "
            "one of them is of another series, or damaged; fetch both again"
        )
    numbers.CopyInformation(picture)
    picture, numbers = (itk.DICOMOrient(one, UPRIGHT) for one in (picture, numbers))
    values = np.asarray(itk.GetArrayFromImage(picture), np.float32)
    if not np.isfinite(values).all():
        raise ValueError(f"{image} has values that are no numbers: fetch it again")
    labels = itk.GetArrayFromImage(numbers)
    present = np.unique(labels)
    if unknown := [f"{label:g}" for label in present if label not in KNOWN]:
        raise ValueError(
            f"{mask} has the labels {', '.join(unknown)}: SPIDER's are 1 to 25, 100, 101 to 125 and "
            "201 to 225; is it a mask of this data set?"
        )
    turn = _turn(labels, [int(label) for label in present])
    volume = _geometry(picture, turn.apply(values))
    against_header = turn.rows_reversed or turn.columns_reversed
    return Labelled(volume, turn.apply(labels.astype(np.uint8)), against_header)


def _read(itk: Any, path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"{path} is missing: unpack images.zip and masks.zip side by side")
    try:
        image = itk.ReadImage(str(path))
    except RuntimeError as error:
        raise ValueError(f"{path} can't be read as a whole .mha file: fetch it again") from error
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise ValueError(f"{path} is no grey volume of three axes: is it a file of this data set?")
    return image


def _geometry(image: Any, values: NDArray[np.float32]) -> Volume:
    """`values` [slices, rows, columns] in the places that the header of an upright image gives them."""
    back, down, left = np.array(image.GetDirection()).reshape(3, 3).T
    columns_mm, rows_mm, slices_mm = image.GetSpacing()
    steps = np.arange(len(values))[:, None] * slices_mm * left
    return Volume(values, np.array(image.GetOrigin()) + steps, back, down, (rows_mm, columns_mm), slices_mm)


def _turn(labels: NDArray[Any], present: list[int]) -> Turn:
    """The turn after which L5 lies lowest and the canal behind the discs, as far as the mask shows them."""
    vertebrae = [n for n in present if n in VERTEBRAE]
    discs = labels >= DISCS.start
    upside_down = len(vertebrae) > 1 and _place(labels == vertebrae[0], 1) < _place(
        labels == vertebrae[-1], 1
    )
    front_right = CANAL in present and discs.any() and _place(labels == CANAL, 2) < _place(discs, 2)
    return Turn(swapped=False, rows_reversed=upside_down, columns_reversed=bool(front_right))


def _place(where: NDArray[np.bool_], axis: int) -> float:
    """Mean index along one of three axes."""
    counts = where.sum(axis=tuple({0, 1, 2} - {axis}))
    return float(counts @ np.arange(len(counts)) / counts.sum())


def _by(size: tuple[int, ...]) -> str:
    return " x ".join(str(n) for n in size)
