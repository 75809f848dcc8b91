"""Walk a DICOM file's structure (PS3.10 section 7, PS3.5 section 7) without recursion and without copying.

Run before any parser: it knows how deep sequences nest, where the pixel data lie and whether every
length fits the file, and refuses what a parser could choke on.
"""

import struct
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from pydicom.datadict import dictionary_VR

from inference.dicom.verdicts import Code, Limits, RefusedFile

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"

_LONG_VRS = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_SHORT_VRS = {
    *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT"),
    *(b"PN", b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"),
}
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PIXEL_DATA = 0x7FE00010


class Span(NamedTuple):
    """A value's place in the data set's bytes."""

    start: int
    length: int


@dataclass
class Structure:
    """What the walk found. body: the data set's bytes, inflated where they were deflated.

    pixels: place of uncompressed pixel data; fragments: places of encapsulated ones, offset table first.
    """

    transfer_syntax: str
    body: bytes
    depth: int = 0
    elements: int = 0
    pixels: Span | None = None
    fragments: list[Span] = field(default_factory=list)


def scan(data: bytes, limits: Limits) -> Structure:
    """Check a file's structure from its first byte to its last.

    Raises RefusedFile, with what to do, for anything that isn't a sound Part 10 file within the limits.
    """
    if not data:
        raise RefusedFile(Code.EMPTY, "The file is empty; export it again.")
    if len(data) > limits.file_bytes:
        raise RefusedFile(Code.TOO_LARGE, f"The file is larger than {limits.file_bytes // 2**20} MB.")
    if data[:4] == b"PK\x03\x04":
        raise RefusedFile(Code.ARCHIVE, "An archive among other files is not opened; upload it by itself.")
    if len(data) < 132 or data[128:132] != b"DICM":
        raise RefusedFile(Code.NOT_DICOM, "Not a DICOM file (no DICM mark after the preamble); leave it out.")
    syntax, start = _file_meta(data)
    body = data[start:]
    if syntax == DEFLATED:
        body = _inflate(body, limits.inflated_bytes)
    structure = Structure(syntax, body)
    _Walk(structure, limits).run()
    return structure


def _file_meta(data: bytes) -> tuple[str, int]:
    """Transfer syntax and the offset at which the data set begins."""
    offset, syntax = 132, ""
    while offset + 8 <= len(data) and data[offset : offset + 2] == b"\x02\x00":
        element = struct.unpack_from("<H", data, offset + 2)[0]
        value, length = _explicit_value(data, offset, "<")
        if value + length > len(data):
            raise RefusedFile(Code.TRUNCATED, "The file ends inside its header; export it again.")
        if element == 0x0010:
            syntax = data[value : value + length].rstrip(b"\0 ").decode("ascii", "replace")
        offset = value + length
    if not syntax:
        raise RefusedFile(
            Code.STRUCTURE, "The file meta information names no transfer syntax; export it again."
        )
    return syntax, offset


def _explicit_value(data: bytes, offset: int, order: str) -> tuple[int, int]:
    """Start and length of the value of the explicit-VR element at `offset`."""
    vr = data[offset + 4 : offset + 6]
    if vr in _SHORT_VRS:
        return offset + 8, int(struct.unpack_from(order + "H", data, offset + 6)[0])
    if vr in _LONG_VRS:
        if offset + 12 > len(data):
            raise RefusedFile(Code.TRUNCATED, "The file ends inside an element; export it again.")
        return offset + 12, int(struct.unpack_from(order + "I", data, offset + 8)[0])
    raise RefusedFile(Code.STRUCTURE, "An element has no valid value representation; export the file again.")


def _inflate(body: bytes, limit: int) -> bytes:
    """Inflate a deflated data set (PS3.5 A.5), never beyond `limit` bytes."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(body, limit + 1)
    except zlib.error:
        raise RefusedFile(Code.STRUCTURE, "The deflated data set is damaged; export it again.") from None
    if len(plain) > limit:
        raise RefusedFile(Code.TOO_LARGE, f"The deflated data set unpacks to more than {limit // 2**20} MB.")
    if not inflater.eof:
        raise RefusedFile(Code.TRUNCATED, "The deflated data set is cut off; export it again.")
    return plain


class _Level(NamedTuple):
    """An open sequence or item. end: where it must end, None while its length is undefined."""

    kind: str
    end: int | None
    explicit: bool


class _Walk:
    """One pass over a data set with a stack of its own in place of recursion."""

    def __init__(self, structure: Structure, limits: Limits) -> None:
        self.found, self.limits = structure, limits
        self.body = structure.body
        self.order = ">" if structure.transfer_syntax == BIG_ENDIAN else "<"
        self.stack: list[_Level] = [_Level("item", len(self.body), structure.transfer_syntax != IMPLICIT)]
        self.offset = 0

    def run(self) -> None:
        """Visit every element; raises RefusedFile at the first that can't be trusted."""
        while True:
            level = self.stack[-1]
            if level.end is not None and self.offset >= level.end:
                if self.offset > level.end:
                    raise RefusedFile(Code.STRUCTURE, "An element reaches beyond its sequence; export again.")
                if len(self.stack) == 1:
                    return
                self.stack.pop()
            elif self.offset + 8 > len(self.body):
                self._end(level)
                return
            else:
                self._step(level)

    def _end(self, level: _Level) -> None:
        """The bytes ran out: sound only outside sequences, with nothing but padding left."""
        if len(self.stack) > 1 or any(self.body[self.offset :]):
            raise RefusedFile(Code.TRUNCATED, "The file ends before its data set does; export it again.")

    def _step(self, level: _Level) -> None:
        """Read the element header at the current offset and move past it or into it."""
        group, element = struct.unpack_from(self.order + "HH", self.body, self.offset)
        tag = group << 16 | element
        if group == 0xFFFE:
            self._delimiter(tag, level)
            return
        if level.kind == "sequence":
            raise RefusedFile(Code.STRUCTURE, "A sequence holds something that is no item; export it again.")
        self.found.elements += 1
        if self.found.elements > self.limits.elements:
            raise RefusedFile(Code.STRUCTURE, f"The header has more than {self.limits.elements} elements.")
        self._element(tag, level)

    def _element(self, tag: int, level: _Level) -> None:
        """Enter a sequence, note pixel data, or skip a value."""
        vr, start, length = self._header(tag, level)
        if vr == b"SQ" or (vr == b"UN" and length == _UNDEFINED):
            explicit = level.explicit and vr == b"SQ"
            self._open(_Level("sequence", None if length == _UNDEFINED else start + length, explicit), start)
            return
        top = len(self.stack) == 1
        if length == _UNDEFINED:
            if not (tag == PIXEL_DATA and top):
                raise RefusedFile(Code.STRUCTURE, "An element has no length; export the file again.")
            self.offset = self._fragments(start)
            return
        if start + length > len(self.body):
            if tag == PIXEL_DATA and top:
                raise RefusedFile(Code.TRUNCATED, "The pixel data are cut off; export the file again.")
            raise RefusedFile(Code.TRUNCATED, "An element claims more bytes than the file has; export again.")
        if tag == PIXEL_DATA and top:
            self.found.pixels = Span(start, length)
        elif length > self.limits.value_bytes:
            raise RefusedFile(Code.TOO_LARGE, "A header element is too large to be one of an MR image.")
        self.offset = start + length

    def _header(self, tag: int, level: _Level) -> tuple[bytes, int, int]:
        """Value representation, start and length of the element at the current offset."""
        if level.explicit:
            start, length = _explicit_value(self.body, self.offset, self.order)
            return self.body[self.offset + 4 : self.offset + 6], start, length
        length = int(struct.unpack_from(self.order + "I", self.body, self.offset + 4)[0])
        return (
            (b"SQ" if length == _UNDEFINED and tag != PIXEL_DATA else _public_vr(tag)),
            self.offset + 8,
            length,
        )

    def _delimiter(self, tag: int, level: _Level) -> None:
        """Items and the ends of items and sequences."""
        length = int(struct.unpack_from(self.order + "I", self.body, self.offset + 4)[0])
        self.offset += 8
        if tag == _ITEM and level.kind == "sequence":
            end = None if length == _UNDEFINED else self.offset + length
            self.stack.append(_Level("item", end, level.explicit))
        elif (tag == _ITEM_END and level.kind == "item" and level.end is None) or (
            tag == _SEQUENCE_END and level.kind == "sequence" and level.end is None
        ):
            self.stack.pop()
        else:
            raise RefusedFile(Code.STRUCTURE, "Sequences and items are out of order; export the file again.")
        if self.stack[-1].end is not None and self.stack[-1].end > len(self.body):
            raise RefusedFile(Code.TRUNCATED, "The file ends inside a sequence; export it again.")

    def _open(self, sequence: _Level, start: int) -> None:
        """Enter a sequence, unless it lies too deep."""
        depth = sum(1 for level in self.stack if level.kind == "sequence") + 1
        if depth > self.limits.depth:
            raise RefusedFile(Code.NESTING, f"Sequences are nested more than {self.limits.depth} deep.")
        if sequence.end is not None and sequence.end > len(self.body):
            raise RefusedFile(Code.TRUNCATED, "The file ends inside a sequence; export it again.")
        self.found.depth = max(self.found.depth, depth)
        self.stack.append(sequence)
        self.offset = start

    def _fragments(self, offset: int) -> int:
        """Note the fragments of encapsulated pixel data (PS3.5 A.4); returns the offset after them."""
        while offset + 8 <= len(self.body):
            group, element, length = struct.unpack_from("<HHI", self.body, offset)
            offset += 8
            if (group, element) == (0xFFFE, 0xE0DD):
                return offset
            if (group, element) != (0xFFFE, 0xE000) or offset + length > len(self.body):
                break
            self.found.fragments.append(Span(offset, length))
            if len(self.found.fragments) > self.limits.elements:
                raise RefusedFile(Code.STRUCTURE, "The pixel data come in too many fragments.")
            offset += length
        raise RefusedFile(Code.TRUNCATED, "The compressed pixel data are cut off; export the file again.")


def _public_vr(tag: int) -> bytes:
    """VR of a public element by the data dictionary, UN where there is none."""
    try:
        return bytes(dictionary_VR(tag)[:2], "ascii")
    except KeyError:
        return b"UN"
