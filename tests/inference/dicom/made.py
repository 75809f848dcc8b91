"""Small MR images made for the tests, with whatever is wrong that a test asks for."""

import io
import struct
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

KEY = b"a key for the tests, 32 bytes ..."
STUDY, SERIES = "1.2.3", "1.2.3.4"


def picture(rows: int = 64, columns: int = 48, seed: int = 0) -> np.ndarray:
    """A noisy ellipse, uint16, well below 4096."""
    rng = np.random.default_rng(seed)
    r, c = np.mgrid[:rows, :columns]
    inside = ((r - rows / 2) / rows) ** 2 + ((c - columns / 2) / columns) ** 2 < 0.16
    return (np.where(inside, 600, 40) + rng.normal(0, 12, (rows, columns))).clip(0).astype("<u2")


def dataset(index: int = 0, pixels: np.ndarray | None = None, **changes: Any) -> Dataset:
    """One sagittal T1 slice of a study; changes set attributes, None removes them."""
    pixels = picture(seed=index) if pixels is None else pixels
    made = Dataset()
    made.SOPClassUID, made.Modality = MRImageStorage, "MR"
    made.SOPInstanceUID = f"{SERIES}.{index + 1}"
    made.StudyInstanceUID, made.SeriesInstanceUID = STUDY, SERIES
    made.FrameOfReferenceUID = "1.2.3.9"
    made.PatientID, made.PatientName = "ID-1", "Somebody^Known"
    made.StudyDate, made.SeriesDescription, made.SeriesNumber = "20240131", "SAG T1", 3
    made.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    made.ScanningSequence, made.SequenceVariant, made.ScanOptions, made.MRAcquisitionType = (
        "SE",
        "SK",
        "",
        "2D",
    )
    made.RepetitionTime, made.EchoTime, made.SliceThickness = 550, 10, 4
    made.PatientPosition, made.BurnedInAnnotation = "HFS", "NO"
    made.InstanceNumber = index + 1
    made.ImagePositionPatient = [4.4 * index - 20, -60, 70]
    made.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    made.PixelSpacing = [2.0, 2.0]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns = pixels.shape
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.PixelData = pixels.tobytes()
    for keyword, value in changes.items():
        if value is None:
            delattr(made, keyword)
        else:
            setattr(made, keyword, value)
    return made


def encoded(made: Dataset, syntax: str = ExplicitVRLittleEndian, preamble: bytes = b"\0" * 128) -> bytes:
    """The bytes of a Part 10 file; the data set is written as it is."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = made.get("SOPClassUID", MRImageStorage)
    meta.MediaStorageSOPInstanceUID = made.get("SOPInstanceUID", "1.2.3.4.1") or "1.2.3.4.1"
    meta.TransferSyntaxUID = syntax
    made.file_meta = meta
    made.preamble = preamble
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def t1(count: int = 6, **changes: Any) -> list[Dataset]:
    """A whole sagittal T1 series."""
    return [dataset(index, **changes) for index in range(count)]


def t2(count: int = 6, **changes: Any) -> list[Dataset]:
    """A whole sagittal T2 series of the same study."""
    return [
        dataset(
            index,
            picture(seed=100 + index),
            **{
                "SeriesInstanceUID": "1.2.3.5",
                "SOPInstanceUID": f"1.2.3.5.{index + 1}",
                "SeriesDescription": "SAG T2",
                "SeriesNumber": 4,
                "RepetitionTime": 3500,
                "EchoTime": 100,
                "ScanOptions": "FC",
                **changes,
            },
        )
        for index in range(count)
    ]


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    """One explicit-VR element with a long length field."""
    return struct.pack("<HH2s2xI", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def nested(depth: int) -> bytes:
    """`depth` sequences of undefined length, each within an item of the one before."""
    opening = struct.pack("<HH2s2xI", 0x0040, 0xA730, b"SQ", 0xFFFFFFFF) + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    closing = b"\xfe\xff\x0d\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00"
    return opening * depth + closing * depth


def with_bytes(extra: bytes, made: Dataset | None = None) -> bytes:
    """A sound file with raw elements put before its pixel data."""
    whole = encoded(made or dataset())
    place = whole.index(b"\xe0\x7f\x10\x00OW")
    return whole[:place] + extra + whole[place:]
