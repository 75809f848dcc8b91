"""A new data set with what the allow-list names and nothing else (PS3.15 annex E, by allow-list).

Every value is read, checked and written anew: numbers as numbers, codes from known sets, identifiers as
keyed UIDs. Free text, dates, private elements, overlays, curves and nested sequences have no way in.
File meta information is rebuilt and the preamble is zero.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from inference.dicom.acceptance import Picture
from inference.dicom.facts import IMAGE_TYPES, POSITIONS, SCAN_OPTIONS, Facts
from inference.dicom.uids import Keyed
from inference.dicom.values import codes, number, numbers, text

IMPLEMENTATION_UID = "2.25.198014563120774182953412061875331202022"
_METHOD = "Allow-list per SOP class; keyed UIDs; pixels rewritten"
_NUMBERS = (
    *("RepetitionTime", "EchoTime", "InversionTime", "FlipAngle", "PixelBandwidth", "MagneticFieldStrength"),
    *("SliceThickness", "SpacingBetweenSlices", "NumberOfAverages", "ImagingFrequency", "EchoTrainLength"),
    *("PercentSampling", "PercentPhaseFieldOfView", "NumberOfPhaseEncodingSteps"),
)
_WHOLE = ("EchoTrainLength", "NumberOfPhaseEncodingSteps")
_CODES: dict[str, frozenset[str]] = {
    "ImageType": IMAGE_TYPES,
    "ScanningSequence": frozenset(("SE", "IR", "GR", "EP", "RM")),
    "SequenceVariant": frozenset(("SK", "MTC", "SS", "TRSS", "SP", "MP", "OSP", "NONE")),
    "ScanOptions": SCAN_OPTIONS,
    "MRAcquisitionType": frozenset(("2D", "3D")),
    "PatientPosition": POSITIONS,
    "InPlanePhaseEncodingDirection": frozenset(("ROW", "COL")),
}
_EMPTY = (
    *("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID", "PatientBirthDate"),
    *("SeriesNumber", "PositionReferenceIndicator", "Laterality", "AcquisitionNumber"),
)


def deidentified(picture: Picture, facts: Facts, index: int, keyed: Keyed) -> Dataset:
    """The picture as MR Image Storage (PS3.3 A.4) with a pseudonym, fit to be stored and served."""
    header, clean = picture.header, Dataset()
    study, series = text(header, "StudyInstanceUID"), text(header, "SeriesInstanceUID")
    place = "\\".join(f"{v:.3f}" for v in facts.position)
    clean.SOPClassUID, clean.Modality = MRImageStorage, "MR"
    clean.SOPInstanceUID = keyed.uid(
        "image", study, series, text(header, "SOPInstanceUID"), str(index), place
    )
    clean.StudyInstanceUID = keyed.uid("study", study)
    clean.SeriesInstanceUID = keyed.uid("series", study, series)
    clean.FrameOfReferenceUID = keyed.uid("frame", text(header, "FrameOfReferenceUID") or f"{study} {series}")
    clean.PatientID = clean.PatientName = facts.pseudonym
    clean.PatientSex = facts.sex
    clean.PatientAge = "" if facts.age_years is None else f"{facts.age_years:03d}Y"
    clean.PatientIdentityRemoved, clean.DeidentificationMethod = "YES", _METHOD
    clean.Manufacturer, clean.ManufacturerModelName = facts.manufacturer, facts.model
    for keyword in _EMPTY:
        setattr(clean, keyword, None)
    _copy_acquisition(header, clean)
    clean.ImagePositionPatient = [_decimal(v) for v in facts.position]
    clean.ImageOrientationPatient = [_decimal(v) for v in facts.orientation]
    clean.PixelSpacing = [_decimal(v) for v in facts.spacing]
    clean.InstanceNumber = facts.instance_number
    clean.BurnedInAnnotation = {"yes": "YES", "no": "NO"}.get(facts.burned_in)
    if clean.BurnedInAnnotation is None:
        del clean.BurnedInAnnotation
    clean.LossyImageCompression = "01" if picture.lossy else "00"
    _set_pixels(clean, picture)
    return clean


def _copy_acquisition(header: Dataset, clean: Dataset) -> None:
    """Numbers and known codes of the MR image module (PS3.3 C.8.3)."""
    for keyword in _NUMBERS:
        value = number(header, keyword)
        if value is not None and abs(value) < 1e9:
            setattr(clean, keyword, int(value) if keyword in _WHOLE else _decimal(value))
    for keyword, known in _CODES.items():
        kept = [code for code in codes(header, keyword) if code in known]
        setattr(clean, keyword, kept if len(kept) != 1 else kept[0])
    slope, intercept = number(header, "RescaleSlope"), number(header, "RescaleIntercept")
    if slope is not None or intercept is not None:
        clean.RescaleSlope = _decimal(1.0 if slope is None else slope)
        clean.RescaleIntercept = _decimal(intercept or 0.0)
        clean.RescaleType = "US"


def _decimal(value: float) -> str:
    """A decimal string of at most 16 characters (VR DS)."""
    return next(s for s in (f"{value:.{digits}g}" for digits in range(12, 0, -1)) if len(s) <= 16)


def _set_pixels(clean: Dataset, picture: Picture) -> None:
    """Uncompressed 16-bit pixels (PS3.3 C.7.6.3), MONOCHROME2."""
    clean.SamplesPerPixel, clean.PhotometricInterpretation = 1, "MONOCHROME2"
    clean.Rows, clean.Columns = picture.stored.shape
    clean.BitsAllocated, clean.BitsStored = 16, picture.bits_stored
    clean.HighBit, clean.PixelRepresentation = picture.bits_stored - 1, int(picture.signed)
    clean.PixelData = picture.stored.astype("<i2" if picture.signed else "<u2").tobytes()


def save(dataset: Dataset, path: Path) -> None:
    """Write a Part 10 file with file meta information of our own and a zeroed preamble."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128
    dataset.save_as(path, enforce_file_format=True)


def rescaled(dataset: Dataset) -> NDArray[np.float32]:
    """Pixel values [rows, columns] of a file written by `save`, rescaled (PS3.3 C.11.1)."""
    kind = "<i2" if dataset.PixelRepresentation else "<u2"
    stored = np.frombuffer(dataset.PixelData, kind).astype(np.float32).reshape(dataset.Rows, dataset.Columns)
    slope, intercept = numbers(dataset, "RescaleSlope"), numbers(dataset, "RescaleIntercept")
    if slope is None or intercept is None:
        return stored
    return (stored * np.float32(slope[0]) + np.float32(intercept[0])).astype(np.float32)
