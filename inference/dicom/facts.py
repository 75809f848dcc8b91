"""What intake knows of one accepted image: numbers, known codes and keyed names. No text of the header."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from inference.dicom import vendors, words
from inference.dicom.acceptance import Picture
from inference.dicom.burned_in import text_suspected
from inference.dicom.uids import Keyed
from inference.dicom.values import codes, number, numbers, text, whole

IMAGE_TYPES = frozenset(
    (
        *("ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY", "OTHER", "LOCALIZER", "SE", "FFE", "IR"),
        *("ND", "NORM", "M", "M_SE", "M_FFE", "M_IR", "DIS2D", "DIS3D", "FM", "FIL", "T1", "T2", "NONE"),
        *("MPR", "PROJECTION IMAGE", "ADC", "DIFFUSION", "SUBTRACTION", "SUB", "MIP", "REFORMATTED"),
        *("AVERAGE", "SCREEN", "CSA"),
        *("WATER", "FAT", "IN_PHASE", "OUT_PHASE", "IP", "OP", "W", "F", "COMPOSITE", "COMPOSED", "COMP_SP"),
    )
)
SCAN_OPTIONS = frozenset(
    ("PER", "RG", "CG", "PPG", "FC", "PFF", "PFP", "SP", "FS", "FAST_GEMS", "SAT_GEMS", "FSA", "FSI", "FSS")
)
POSITIONS = frozenset(("HFS", "HFP", "FFS", "FFP", "HFDR", "HFDL", "FFDR", "FFDL"))


@dataclass(frozen=True)
class Facts:
    """One image. Keys are keyed digests; lengths in mm, times in ms, field in tesla, bandwidth in Hz."""

    file: str
    source_key: str
    patient_key: str
    pseudonym: str
    name_key: str
    study_key: str
    series_key: str
    date_key: str
    frame_key: str
    series_number: int | None
    instance_number: int | None
    rows: int
    columns: int
    spacing: tuple[float, float]
    position: tuple[float, float, float]
    orientation: tuple[float, ...]
    thickness: float | None
    echo_ms: float | None
    repetition_ms: float | None
    inversion_ms: float | None
    flip_degrees: float | None
    bandwidth_hz: float | None
    field_tesla: float | None
    echo_train: int | None
    manufacturer: str
    model: str
    acquisition: str
    sequences: tuple[str, ...]
    options: tuple[str, ...]
    image_type: tuple[str, ...]
    words: tuple[str, ...]
    contrast: bool
    diffusion: bool
    patient_position: str
    burned_in: str
    age_years: int | None
    sex: str
    pixel_sha256: str
    lossy: bool
    inverted: bool

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Facts":
        """The inverse of `to_json`; lists become tuples."""
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**plain)


def facts_of(picture: Picture, index: int, file: str, keyed: Keyed) -> Facts:
    """The facts of frame `index` of an image whose de-identified form is called `file`."""
    header = picture.header
    study, series = text(header, "StudyInstanceUID"), text(header, "SeriesInstanceUID")
    patient = text(header, "PatientID") or f"study {study}"
    issuer = text(header, "IssuerOfPatientID")
    position, spacing = numbers(header, "ImagePositionPatient", 3), numbers(header, "PixelSpacing", 2)
    orientation = numbers(header, "ImageOrientationPatient", 6)
    if position is None or spacing is None or orientation is None:
        raise ValueError("only accepted pictures have facts")
    options = codes(header, "ScanOptions")
    return Facts(
        file=file,
        source_key=keyed.digest("image", study, series, text(header, "SOPInstanceUID"), str(index)),
        patient_key=keyed.digest("patient", patient, issuer),
        pseudonym=keyed.pseudonym(f"{patient}\n{issuer}"),
        name_key=_optional(keyed, "name", text(header, "PatientName").upper().rstrip("^ ")),
        study_key=keyed.digest("study", study),
        series_key=keyed.digest("series", study, series),
        date_key=_optional(keyed, "date", text(header, "StudyDate") or text(header, "AcquisitionDate")),
        frame_key=_optional(keyed, "frame", text(header, "FrameOfReferenceUID")),
        series_number=whole(header, "SeriesNumber", lambda n: 0 <= n < 100_000),
        instance_number=whole(header, "InstanceNumber", lambda n: 0 <= n < 100_000),
        rows=picture.stored.shape[0],
        columns=picture.stored.shape[1],
        spacing=(spacing[0], spacing[1]),
        position=(position[0], position[1], position[2]),
        orientation=orientation,
        thickness=_positive(header, "SliceThickness", 100),
        echo_ms=_positive(header, "EchoTime", 2000),
        repetition_ms=_positive(header, "RepetitionTime", 60_000),
        inversion_ms=_positive(header, "InversionTime", 20_000),
        flip_degrees=_positive(header, "FlipAngle", 360),
        bandwidth_hz=_positive(header, "PixelBandwidth", 100_000),
        field_tesla=_positive(header, "MagneticFieldStrength", 12),
        echo_train=whole(header, "EchoTrainLength", lambda n: 0 < n < 2000),
        manufacturer=vendors.manufacturer(text(header, "Manufacturer")),
        model=vendors.model(text(header, "ManufacturerModelName")),
        acquisition=next((c for c in codes(header, "MRAcquisitionType") if c in ("2D", "3D")), ""),
        sequences=tuple(c for c in codes(header, "ScanningSequence") if c in ("SE", "IR", "GR", "EP", "RM")),
        options=tuple(c for c in options if c in SCAN_OPTIONS),
        image_type=tuple(c for c in codes(header, "ImageType") if c in IMAGE_TYPES),
        words=words.flags(*(text(header, k) for k in ("SeriesDescription", "ProtocolName", "SequenceName"))),
        contrast=bool(text(header, "ContrastBolusAgent")),
        diffusion=(number(header, "DiffusionBValue") or 0.0) > 0.0,
        patient_position=next((c for c in codes(header, "PatientPosition") if c in POSITIONS), ""),
        burned_in=_burned_in(picture),
        age_years=age_years(header),
        sex=next((c for c in codes(header, "PatientSex") if c in ("M", "F", "O")), ""),
        pixel_sha256=pixel_hash(picture.stored),
        lossy=picture.lossy,
        inverted=picture.inverted,
    )


def _burned_in(picture: Picture) -> str:
    """yes as the header says, suspect by the picture, else no or unstated as the header says."""
    stated = {"YES": "yes", "NO": "no"}.get(text(picture.header, "BurnedInAnnotation").upper(), "unstated")
    return "suspect" if stated != "yes" and text_suspected(picture.stored) else stated


def _optional(keyed: Keyed, purpose: str, value: str) -> str:
    return keyed.digest(purpose, value) if value else ""


def _positive(header: Dataset, keyword: str, limit: float) -> float | None:
    """A number above zero and not above `limit`."""
    value = number(header, keyword)
    return value if value is not None and 0 < value <= limit else None


def pixel_hash(stored: NDArray[np.int32]) -> str:
    """SHA-256 of the stored values and their shape, independent of the transfer syntax."""
    digest = hashlib.sha256(repr(stored.shape).encode())
    digest.update(np.ascontiguousarray(stored, dtype="<i4").tobytes())
    return digest.hexdigest()


def age_years(header: Dataset) -> int | None:
    """Age in whole years, stated or by the dates; None above 89, which could single a person out."""
    stated = text(header, "PatientAge")
    if len(stated) == 4 and stated[:3].isdigit() and stated[3] in "YMWD":
        years = int(stated[:3]) // {"Y": 1, "M": 12, "W": 52, "D": 365}[stated[3]]
    else:
        born, seen = text(header, "PatientBirthDate"), text(header, "StudyDate")
        if not all(len(d) == 8 and d.isdigit() for d in (born, seen)):
            return None
        years = int(seen[:4]) - int(born[:4]) - (seen[4:] < born[4:])
    return years if 0 <= years <= 89 else None
