"""From checked bytes to stored values, one frame at a time."""

import itertools
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder
from pydicom.uid import UID

from inference.dicom import codestream
from inference.dicom.scan import BIG_ENDIAN, Structure
from inference.dicom.verdicts import Code, Limits, RefusedFile

_PLUGINS = {
    codestream.JPEG_BASELINE: "pillow",
    **dict.fromkeys(codestream.JPEG_LOSSLESS, "gdcm"),
    **dict.fromkeys(codestream.JPEG_LS, "pyjpegls gdcm"),
    **dict.fromkeys(codestream.JPEG_2000, "pylibjpeg"),
}


@dataclass(frozen=True)
class Shape:
    """The image pixel module (PS3.3 C.7.6.3), checked. inverted: MONOCHROME1."""

    rows: int
    columns: int
    frames: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    inverted: bool

    @property
    def frame_bytes(self) -> int:
        """Bytes of one uncompressed frame."""
        return self.rows * self.columns * self.bits_allocated // 8


def frame_streams(structure: Structure, shape: Shape, limits: Limits) -> list[bytes]:
    """The bytes of each frame, raw or compressed, with every claimed size compared to the header's.

    Raises RefusedFile if pixel data are missing, short, or a codestream disagrees with the header.
    """
    if structure.transfer_syntax not in codestream.COMPRESSED:
        return _plain(structure, shape)
    fragments = structure.fragments
    if len(fragments) < 2:
        raise RefusedFile(Code.PIXEL_DATA, "The file holds no compressed picture; export it again.")
    streams = _grouped(structure, shape.frames)
    claim = codestream.Claim(shape.rows, shape.columns, shape.bits_allocated // 8)
    for stream in streams:
        codestream.check_frame(structure.transfer_syntax, stream, claim)
    return streams


def _plain(structure: Structure, shape: Shape) -> list[bytes]:
    """Uncompressed frames in native order of the file."""
    span = structure.pixels
    if span is None or span.length == 0:
        raise RefusedFile(Code.PIXEL_DATA, "The file holds no picture; export it again.")
    size = shape.frame_bytes
    if span.length < size * shape.frames:
        raise RefusedFile(
            Code.PIXEL_DATA, "The pixel data are shorter than the matrix needs; export it again."
        )
    return [structure.body[span.start + i * size : span.start + (i + 1) * size] for i in range(shape.frames)]


def _grouped(structure: Structure, frames: int) -> list[bytes]:
    """Fragments joined to frames (PS3.5 A.4): all to one, one to each, or by the basic offset table."""
    table, *fragments = structure.fragments
    parts = [structure.body[span.start : span.start + span.length] for span in fragments]
    starts = {span.start - 8 - (table.start + table.length): i for i, span in enumerate(fragments)}
    raw = structure.body[table.start : table.start + table.length]
    offsets = list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))
    if offsets and (
        len(offsets) != frames or offsets != sorted(offsets) or any(o not in starts for o in offsets)
    ):
        raise RefusedFile(
            Code.PIXEL_DATA, "The table of compressed frames points outside them; export it again."
        )
    if frames == 1:
        return [b"".join(parts)]
    if len(parts) == frames:
        return parts
    if not offsets:
        raise RefusedFile(Code.PIXEL_DATA, "The compressed frames can't be told apart; export it again.")
    bounds = [*(starts[o] for o in offsets), len(parts)]
    return [b"".join(parts[a:b]) for a, b in itertools.pairwise(bounds)]


def decoded(stream: bytes, syntax: str, shape: Shape) -> NDArray[np.int32]:
    """Stored values [rows, columns] as int32: unused bits masked, sign extended, MONOCHROME1 turned over.

    Raises RefusedFile if the decoder fails or answers with another shape.
    """
    if syntax == codestream.RLE:
        values = codestream.unpacked_rle(stream, shape.rows, shape.columns).astype(np.int32)
        _check_plausible(values, shape)
    elif syntax in codestream.COMPRESSED:
        values = _decompress(stream, syntax, shape)
    else:
        order = ">" if syntax == BIG_ENDIAN else "<"
        kind = "u1" if shape.bits_allocated == 8 else f"{order}u2"
        values = np.frombuffer(stream, kind).reshape(shape.rows, shape.columns).astype(np.int32)
    bits = shape.bits_stored
    values = values & ((1 << bits) - 1)
    if shape.signed:
        values = np.where(values >= 1 << (bits - 1), values - (1 << bits), values)
    if shape.inverted:
        values = ((1 << bits) - 1 if not shape.signed else -1) - values
    return values.astype(np.int32)


def _decompress(stream: bytes, syntax: str, shape: Shape) -> NDArray[np.int32]:
    """Decode one frame with the one decoder that is allowed for its syntax."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = shape.rows, shape.columns, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored = shape.bits_allocated, shape.bits_stored
    dataset.HighBit, dataset.PixelRepresentation = shape.bits_stored - 1, int(shape.signed)
    dataset.PixelData = encapsulate([stream])
    for plugin in _PLUGINS[syntax].split():
        try:
            array, _ = get_decoder(syntax).as_array(dataset, raw=True, decoding_plugin=plugin)
        except Exception:
            continue
        if array.shape != (shape.rows, shape.columns):
            raise RefusedFile(Code.CODESTREAM, "The compressed picture is not of the size the header states.")
        _check_plausible(array, shape)
        return np.asarray(array, dtype=np.int32)
    raise RefusedFile(Code.CODESTREAM, "The compressed picture can't be decoded; export it again.")


def _check_plausible(array: NDArray[np.integer], shape: Shape) -> None:
    """A damaged codestream may decode to noise over the full range; no MR image is so rough."""
    steps = np.abs(np.diff(array.astype(np.int32), axis=1))
    if 2 * np.count_nonzero(steps > 0.1 * (1 << shape.bits_stored)) > steps.size:
        raise RefusedFile(
            Code.CODESTREAM, "The compressed picture is damaged: it decodes to noise; export again."
        )
