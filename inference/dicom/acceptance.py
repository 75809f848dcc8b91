"""Which bytes are taken in as MR images, stated once. Sizes are compared before anything is allocated.

Order: structure (own scanner) → transfer syntax → kind of object → identifiers → pixel format → geometry →
pixel data → decoding. Decoding proves nothing by itself: many damaged files decode without complaint.
Run it in a child process (`inference.dicom.child`): decoders are other people's C.
"""

import io
from dataclasses import dataclass

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.charset import python_encoding
from pydicom.dataset import Dataset
from pydicom.uid import UID

from inference.dicom import codestream
from inference.dicom.decode import Shape, decoded, frame_streams
from inference.dicom.frames import flat_frames
from inference.dicom.scan import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, scan
from inference.dicom.values import is_uid, number, numbers, text, whole
from inference.dicom.verdicts import Code, Limits, RefusedFile

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = ("1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4")
_PLAIN = (IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN)


@dataclass(frozen=True)
class Picture:
    """One accepted frame. header: flat. stored: int32 [rows, columns], MONOCHROME2, before rescaling.

    inverted: it came as MONOCHROME1 and was turned over.
    """

    header: Dataset
    stored: NDArray[np.int32]
    bits_stored: int
    signed: bool
    lossy: bool
    inverted: bool


def accept(data: bytes, limits: Limits | None = None) -> list[Picture]:
    """The pictures of one uploaded file.

    Raises RefusedFile with a code and a sentence that says what to do. Never trusts a length, a size
    or a value that the file states.
    """
    bounds = limits or Limits()
    structure = scan(data, bounds)
    _check_syntax(structure.transfer_syntax)
    dataset = _parse(data)
    _check_kind(dataset)
    _check_identifiers(dataset)
    shape = _check_format(dataset, bounds)
    flats = list(flat_frames(dataset, shape.frames))
    for flat in flats:
        _check_geometry(flat)
    streams = frame_streams(structure, shape, bounds)
    lossy = structure.transfer_syntax in codestream.LOSSY or text(dataset, "LossyImageCompression") == "01"
    return [
        Picture(
            header=flat,
            stored=decoded(stream, structure.transfer_syntax, shape),
            bits_stored=shape.bits_stored,
            signed=shape.signed,
            lossy=lossy,
            inverted=shape.inverted,
        )
        for flat, stream in zip(flats, streams, strict=True)
    ]


def _check_syntax(syntax: str) -> None:
    """PS3.5 section 10: what can be read here; what can't is named."""
    if syntax == codestream.JPEG_EXTENDED:
        raise RefusedFile(
            Code.JPEG_12_BIT,
            "JPEG Extended, 12 bit (1.2.840.10008.1.2.4.51), can't be read here; "
            "export the series uncompressed or as JPEG Lossless.",
        )
    if syntax not in (*_PLAIN, *codestream.COMPRESSED):
        name = UID(syntax).name if is_uid(syntax) else "an unknown one"
        named = name if name != syntax else "an unknown one"
        raise RefusedFile(
            Code.TRANSFER_SYNTAX,
            f"The transfer syntax ({named}) can't be read here; export the series uncompressed.",
        )


def _parse(data: bytes) -> Dataset:
    """The header, after the scanner has vouched for its structure."""
    try:
        dataset = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
        dataset.walk(lambda *_: None, recursive=False)
        return dataset
    except Exception:
        raise RefusedFile(Code.STRUCTURE, "The header can't be read; export the file again.") from None


def _check_kind(dataset: Dataset) -> None:
    """MR images only; an image without a SOP class is taken if all else says MR."""
    sop_class = text(dataset, "SOPClassUID")
    modality = text(dataset, "Modality")
    if modality not in ("", "MR"):
        raise RefusedFile(Code.SOP_CLASS, "Not an MR image by its modality; leave it out.")
    if sop_class in (MR_IMAGE, *ENHANCED_MR):
        return
    if sop_class:
        name = UID(sop_class).name if is_uid(sop_class) else ""
        known = name if name and name != sop_class else "an unknown kind of object"
        raise RefusedFile(Code.SOP_CLASS, f"Not an MR image ({known}); leave it out.")
    meta = text(dataset.file_meta, "MediaStorageSOPClassUID")
    if meta not in ("", MR_IMAGE, *ENHANCED_MR) or "ImageOrientationPatient" not in dataset:
        raise RefusedFile(Code.SOP_CLASS, "The file does not say that it is an MR image; leave it out.")


def _check_identifiers(dataset: Dataset) -> None:
    """UIDs that are UIDs, and text in a character set that exists."""
    for keyword, what in (
        ("SOPInstanceUID", "image"),
        ("SeriesInstanceUID", "series"),
        ("StudyInstanceUID", "study"),
    ):
        if not is_uid(text(dataset, keyword, longest=100)):
            raise RefusedFile(Code.IDENTIFIER, f"The identifier of the {what} is missing or malformed.")
    frame = text(dataset, "FrameOfReferenceUID", longest=100)
    if frame and not is_uid(frame):
        raise RefusedFile(Code.IDENTIFIER, "The identifier of the frame of reference is malformed.")
    for charset in text(dataset, "SpecificCharacterSet").split("\\"):
        if charset.strip() and charset.strip() not in python_encoding:
            raise RefusedFile(Code.CHARACTER_SET, "The character set of the header is unknown; export again.")


def _check_format(dataset: Dataset, limits: Limits) -> Shape:
    """One grey sample of 8 or 16 bits, a sane matrix, a sane number of frames."""
    rows, columns = whole(dataset, "Rows"), whole(dataset, "Columns")
    if not rows or not columns or min(rows, columns) < limits.smallest_matrix:
        raise RefusedFile(Code.PIXEL_FORMAT, "The image has no usable matrix (rows and columns).")
    if max(rows, columns) > limits.matrix:
        raise RefusedFile(Code.TOO_LARGE, f"The matrix is larger than {limits.matrix} x {limits.matrix}.")
    frames = 1 if "NumberOfFrames" not in dataset else whole(dataset, "NumberOfFrames", lambda n: n > 0)
    if frames is None or frames > limits.frames:
        raise RefusedFile(Code.TOO_LARGE, f"The number of frames is not between 1 and {limits.frames}.")
    photometric = text(dataset, "PhotometricInterpretation")
    if whole(dataset, "SamplesPerPixel") != 1 or photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise RefusedFile(Code.PIXEL_FORMAT, "The image is not a grey-scale one; leave it out.")
    allocated, stored = whole(dataset, "BitsAllocated"), whole(dataset, "BitsStored")
    high, sign = whole(dataset, "HighBit"), whole(dataset, "PixelRepresentation")
    if allocated not in (8, 16) or stored is None or not 1 < stored <= allocated:
        raise RefusedFile(Code.PIXEL_FORMAT, "The pixels have a number of bits that MR images don't use.")
    if high != stored - 1 or sign not in (0, 1):
        raise RefusedFile(
            Code.PIXEL_FORMAT, "The header contradicts itself about the bits of a pixel; export again."
        )
    shape = Shape(rows, columns, frames, allocated, stored, sign == 1, photometric == "MONOCHROME1")
    if shape.frame_bytes * frames > limits.pixel_bytes:
        raise RefusedFile(Code.TOO_LARGE, f"The pictures take more than {limits.pixel_bytes // 2**20} MB.")
    return shape


def _check_geometry(flat: Dataset) -> None:
    """A place in the patient (PS3.3 C.7.6.2): position, perpendicular directions, spacing; a sane rescale."""
    position = numbers(flat, "ImagePositionPatient", 3)
    directions = numbers(flat, "ImageOrientationPatient", 6)
    spacing = numbers(flat, "PixelSpacing", 2)
    if position is None or directions is None or max(map(abs, position)) > 5000:
        raise RefusedFile(Code.GEOMETRY, "The image has no usable position or orientation in the patient.")
    row, column = np.array(directions[:3]), np.array(directions[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if not all(0.99 < length < 1.01 for length in lengths) or abs(row @ column) > 0.01:
        raise RefusedFile(Code.GEOMETRY, "The image's orientation is not two perpendicular directions.")
    if spacing is None or not all(0.05 <= value <= 10 for value in spacing):
        raise RefusedFile(Code.GEOMETRY, "The pixel spacing is missing, not a number or not plausible.")
    slope, intercept = number(flat, "RescaleSlope"), number(flat, "RescaleIntercept")
    if "RescaleSlope" in flat and (slope is None or not 1e-9 < abs(slope) < 1e9):
        raise RefusedFile(Code.PIXEL_FORMAT, "The rescale slope is zero or not a number.")
    if "RescaleIntercept" in flat and (intercept is None or abs(intercept) > 1e9):
        raise RefusedFile(Code.PIXEL_FORMAT, "The rescale intercept is not a number.")
