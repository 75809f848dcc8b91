"""What is said of a file that was handed over."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Why a file was not taken. The value is stable: it stands in audit events and tests."""

    EMPTY = "empty"
    NOT_DICOM = "not-dicom"
    TOO_LARGE = "too-large"
    TRUNCATED = "truncated"
    STRUCTURE = "structure"
    NESTING = "nesting"
    TRANSFER_SYNTAX = "transfer-syntax"
    JPEG_12_BIT = "jpeg-12-bit"
    SOP_CLASS = "sop-class"
    IDENTIFIER = "identifier"
    CHARACTER_SET = "character-set"
    GEOMETRY = "geometry"
    PIXEL_FORMAT = "pixel-format"
    PIXEL_DATA = "pixel-data"
    CODESTREAM = "codestream"
    RESOURCES = "resources"
    ARCHIVE = "archive"


class RefusedFile(Exception):
    """A file that is not taken. `reason` is a sentence for a coordinator; it never quotes the file."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """Bounds that are checked before anything is allocated. Sizes in bytes, matrix in pixels."""

    file_bytes: int = 256 * 2**20
    inflated_bytes: int = 256 * 2**20
    matrix: int = 1024
    smallest_matrix: int = 16
    frames: int = 400
    pixel_bytes: int = 256 * 2**20
    elements: int = 10_000
    depth: int = 10
    value_bytes: int = 16 * 2**20


@dataclass(frozen=True)
class ArchiveLimits:
    """Bounds for a zip archive. ratio: unpacked to packed size of one entry or of all."""

    entries: int = 4000
    empty_entries: int = 100
    unpacked_bytes: int = 4 * 2**30
    ratio: float = 150.0
    ratio_from_bytes: int = 4 * 2**20
