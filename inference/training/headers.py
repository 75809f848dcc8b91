"""What an evaluation tells of exams from their headers: acquisition (Gao et al. 2022, Table 1), patients."""

import re
from typing import Any

from pydicom import Dataset

from inference.dicom.values import number

_ACQUISITION = {
    "tr_ms": "RepetitionTime",
    "te_ms": "EchoTime",
    "flip_degrees": "FlipAngle",
    "bandwidth_hz": "PixelBandwidth",
    "thickness_mm": "SliceThickness",
    "rows": "Rows",
    "columns": "Columns",
    "tesla": "MagneticFieldStrength",
}


def acquisition(header: Dataset) -> dict[str, float]:
    """What Gao et al. 2022, Table 1, states of a series, as far as its header tells."""
    found = {name: number(header, keyword) for name, keyword in _ACQUISITION.items()}
    spacing = header.get("PixelSpacing")
    if spacing and header.get("Rows"):
        found["field_cm"] = round(float(spacing[0]) * int(header.Rows) / 10.0, 2)
    return {name: value for name, value in found.items() if value is not None}


def demographics(header: Dataset) -> dict[str, Any]:
    """Age in years and sex, as far as the header tells."""
    sex, age = str(header.get("PatientSex") or ""), str(header.get("PatientAge") or "")
    known: dict[str, Any] = {"sex": sex} if sex in ("F", "M", "O") else {}
    return known | {"age": int(age[:3])} if re.fullmatch(r"\d{3}Y", age) else known
