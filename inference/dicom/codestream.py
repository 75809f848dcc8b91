"""Read the sizes a compressed frame claims, before any decoder allocates for them.

RLE: PS3.5 annex G. JPEG family: ISO 10918-1 annex B, ISO 14495-1 annex C. JPEG 2000: ISO 15444-1 annex A.
"""

import itertools
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.dicom.verdicts import Code, RefusedFile

RLE = "1.2.840.10008.1.2.5"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
JPEG_2000 = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
LOSSY = (JPEG_BASELINE, JPEG_LS[1], JPEG_2000[1])
COMPRESSED = (RLE, JPEG_BASELINE, *JPEG_LOSSLESS, *JPEG_LS, *JPEG_2000)

_MAX_TILES = 4096
_RUN = (*range(1, 129), 0, *range(128, 1, -1))
_TAKEN = (*range(2, 130), 1, *[2] * 127)
"""By PackBits code (PS3.5 G.3.1): bytes that it unpacks to, and that it takes with what belongs to it."""
_FRAME_MARKERS = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7)


@dataclass(frozen=True)
class Claim:
    """What a frame must be: rows, columns, bytes of one sample."""

    rows: int
    columns: int
    sample_bytes: int


def check_frame(syntax: str, stream: bytes, claim: Claim) -> None:
    """Raise RefusedFile unless the frame's own header agrees with the data set's and the stream is whole."""
    if syntax == RLE:
        _check_rle(stream, claim)
    elif syntax in JPEG_2000:
        _check_jpeg_2000(stream, claim)
    else:
        _check_jpeg(stream, claim)


def _refuse(what: str) -> RefusedFile:
    return RefusedFile(
        Code.CODESTREAM, f"The compressed picture {what}; export it again, uncompressed if possible."
    )


def _check_rle(stream: bytes, claim: Claim) -> None:
    """Segment count and offsets, and that each segment unpacks to exactly the frame's bytes."""
    if len(stream) < 64:
        raise _refuse("has no RLE header")
    count, *offsets = struct.unpack_from("<16I", stream)
    if count != claim.sample_bytes:
        raise _refuse("has a number of RLE segments that does not fit its sample size")
    starts = [*offsets[:count], len(stream)]
    if starts[0] != 64 or any(a >= b for a, b in itertools.pairwise(starts)):
        raise _refuse("has RLE offsets that lie outside it")
    for begin, end in itertools.pairwise(starts):
        if _unpacked_length(stream, begin, end) != claim.rows * claim.columns:
            raise _refuse("has an RLE segment that does not fit the matrix")


def unpacked_rle(stream: bytes, rows: int, columns: int) -> NDArray[np.unsignedinteger]:
    """The stored values [rows, columns] of a frame that `check_frame` has passed; high bytes come first.

    A segment is a PackBits picture of one row, since a run may go over the end of a row.
    """
    count, *offsets = struct.unpack_from("<16I", stream)
    segments = itertools.pairwise([*offsets[:count], len(stream)])
    planes = [
        np.asarray(Image.frombytes("L", (rows * columns, 1), stream[begin:end], "packbits", "L"))
        for begin, end in segments
    ]
    return np.stack(planes, axis=-1).view(f">u{count}").reshape(rows, columns)


def _unpacked_length(stream: bytes, offset: int, end: int) -> int:
    """Bytes a PackBits segment unpacks to, found without unpacking it; what is cut off does not count."""
    total = run = 0
    while offset < end:
        code = stream[offset]
        run = _RUN[code]
        total += run
        offset += _TAKEN[code]
    return total if offset == end else total - run


def _check_jpeg(stream: bytes, claim: Claim) -> None:
    """Start of frame: precision, size, one component; end-of-image marker at the end."""
    if stream[:2] != b"\xff\xd8":
        raise _refuse("does not begin as a JPEG does")
    if b"\xff\xd9" not in stream[-16:]:
        raise _refuse("is cut off")
    offset = 2
    while offset + 4 <= len(stream):
        if stream[offset] != 0xFF:
            raise _refuse("has a damaged JPEG header")
        marker = stream[offset + 1]
        if marker == 0xFF:
            offset += 1
            continue
        length = struct.unpack_from(">H", stream, offset + 2)[0]
        if marker in _FRAME_MARKERS and length >= 8 and offset + 10 <= len(stream):
            precision, rows, columns, parts = struct.unpack_from(">BHHB", stream, offset + 4)
            if (rows, columns) != (claim.rows, claim.columns):
                raise _refuse("claims another matrix than the header")
            if parts != 1 or not 2 <= precision <= 8 * claim.sample_bytes:
                raise _refuse("is in colour or of another depth than the header says")
            return
        if marker == 0xDA or length < 2:
            break
        offset += 2 + length
    raise _refuse("has no frame header")


def _check_jpeg_2000(stream: bytes, claim: Claim) -> None:
    """SIZ segment: size, tiles, one component; end-of-codestream marker at the end."""
    if stream[:4] != b"\xff\x4f\xff\x51" or len(stream) < 50:
        raise _refuse("does not begin as a JPEG 2000 codestream does")
    if b"\xff\xd9" not in stream[-16:]:
        raise _refuse("is cut off")
    width, height, x0, y0, tile_w, tile_h, tx0, ty0, parts = struct.unpack_from(">8IH", stream, 8)
    if (height - y0, width - x0) != (claim.rows, claim.columns):
        raise _refuse("claims another matrix than the header")
    if parts != 1 or tile_w == 0 or tile_h == 0:
        raise _refuse("is in colour or has no tiles")
    if -(-(width - tx0) // tile_w) * -(-(height - ty0) // tile_h) > _MAX_TILES:
        raise _refuse("is cut into too many tiles")
    if (stream[42] & 0x7F) + 1 > 8 * claim.sample_bytes:
        raise _refuse("is of another depth than the header says")
