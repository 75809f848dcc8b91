"""An exam with a mark wherever an identifier can hide. A mark that turns up later is a leak."""

import struct
from pathlib import Path
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.inference.dicom import made

TEXTS = [
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "OtherPatientNames",
    "OtherPatientIDs",
    "PatientBirthName",
    "PatientMotherBirthName",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "MilitaryRank",
    "BranchOfService",
    "CountryOfResidence",
    "RegionOfResidence",
    "MedicalRecordLocator",
    "EthnicGroup",
    "Occupation",
    "PatientReligiousPreference",
    "PatientComments",
    "AdditionalPatientHistory",
    "MedicalAlerts",
    "Allergies",
    "InsurancePlanIdentification",
    "ResponsiblePerson",
    "ResponsibleOrganization",
    "AccessionNumber",
    "ReferringPhysicianName",
    "ReferringPhysicianAddress",
    "ReferringPhysicianTelephoneNumbers",
    "PhysiciansOfRecord",
    "PerformingPhysicianName",
    "NameOfPhysiciansReadingStudy",
    "OperatorsName",
    "RequestingPhysician",
    "InstitutionName",
    "InstitutionAddress",
    "InstitutionalDepartmentName",
    "StationName",
    "DeviceSerialNumber",
    "SoftwareVersions",
    "Manufacturer",
    "ManufacturerModelName",
    "StudyID",
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "ImageComments",
    "AdmittingDiagnosesDescription",
    "AdmissionID",
    "CurrentPatientLocation",
    "PatientState",
    "VisitComments",
    "RouteOfAdmissions",
    "StudyComments",
    "RequestedProcedureDescription",
    "RequestedProcedureID",
    "RequestedProcedureComments",
    "PerformedProcedureStepDescription",
    "PerformedProcedureStepID",
    "CommentsOnThePerformedProcedureStep",
    "ScheduledProcedureStepDescription",
    "RequestAttributesComments",
    "SequenceName",
    "ReceiveCoilName",
    "TransmitCoilName",
    "AcquisitionComments",
    "FrameComments",
    "DerivationDescription",
    "PatientTransportArrangements",
    "PositionReferenceIndicator",
    "ModifiedImageDescription",
    "TextComments",
]
DATES = {"PatientBirthDate": "19610523", "StudyDate": "20190817", "SeriesDate": "20190818",
         "AcquisitionDate": "20190819", "ContentDate": "20190820", "StudyTime": "134757.987"}  # fmt: skip
ROOT = "1.2.826.0.1.99771"


def mark(number: int) -> str:
    return f"CANARY{number:03d}QX"


def plant(dataset: Dataset, slice_uid: str) -> list[str]:
    """Put a mark into every place of one image; returns the marks."""
    marks = []
    for number, keyword in enumerate(TEXTS):
        tag = tag_for_keyword(keyword)
        if tag is None:
            continue
        value = mark(number) if dictionary_VR(tag) != "PN" else f"{mark(number)}^GIVEN"
        prefix = f"{dataset.SeriesDescription} " if keyword == "SeriesDescription" else ""
        setattr(dataset, keyword, prefix + value)
        marks.append(mark(number))
    for keyword, value in DATES.items():
        setattr(dataset, keyword, value)
    marks += list(DATES.values())
    dataset.StudyInstanceUID = f"{ROOT}.1"
    dataset.SeriesInstanceUID = f"{ROOT}.2.{dataset.SeriesNumber}"
    dataset.FrameOfReferenceUID = f"{ROOT}.3"
    dataset.SOPInstanceUID = slice_uid
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "OTHER", mark(201)]
    dataset.ScanOptions = ["FC", mark(202)]
    dataset.PatientAge, dataset.PatientSex = "058Y", "F"
    marks += [ROOT, mark(201), mark(202), *_nested(dataset), *_private(dataset), *_overlay(dataset)]
    return marks


def _nested(dataset: Dataset) -> list[str]:
    """Marks in sequences, three deep."""
    inner, middle, outer, operator = Dataset(), Dataset(), Dataset(), Dataset()
    inner.CodeMeaning, inner.PatientID = mark(210), mark(211)
    middle.TextValue, middle.ConceptNameCodeSequence = mark(212), Sequence([inner])
    outer.ScheduledProcedureStepDescription, outer.ContentSequence = mark(213), Sequence([middle])
    operator.PersonName, operator.InstitutionName = mark(214), mark(215)
    dataset.RequestAttributesSequence = Sequence([outer])
    dataset.OtherPatientIDsSequence = Sequence([inner])
    dataset.ContentCreatorIdentificationCodeSequence = Sequence([operator])
    dataset.ReferencedImageSequence = Sequence([_reference()])
    return [mark(n) for n in range(210, 216)]


def _reference() -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", f"{ROOT}.44"
    return item


def _private(dataset: Dataset) -> list[str]:
    """Marks in private elements, text, bytes and a sequence."""
    block = dataset.private_block(0x0029, mark(220), create=True)
    block.add_new(0x01, "LO", mark(221))
    block.add_new(0x02, "OB", mark(222).encode())
    item = Dataset()
    item.PatientName = mark(223)
    block.add_new(0x03, "SQ", Sequence([item]))
    dataset.private_block(0x0009, mark(224), create=True).add_new(0x10, "UN", mark(225).encode())
    return [mark(n) for n in range(220, 226)]


def _overlay(dataset: Dataset) -> list[str]:
    """Marks in an overlay's bits and words, and in a curve."""
    bits = (mark(230).encode() * 60)[: 64 * 48 // 8]
    for element, vr, value in (
        (0x0010, "US", 64), (0x0011, "US", 48), (0x0022, "LO", mark(231)), (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]), (0x0100, "US", 1), (0x0102, "US", 0), (0x1500, "LO", mark(232)),
        (0x3000, "OW", bits),
    ):  # fmt: skip
        dataset.add_new((0x6000, element), vr, value)
    dataset.add_new((0x5000, 0x3000), "OB", mark(233).encode())
    return [mark(n) for n in range(230, 234)]


def encoded(dataset: Dataset) -> tuple[bytes, list[str]]:
    """The file, with marks in preamble, file meta information and behind the pixel data as well."""
    preamble = f"<script>{mark(240)}</script>".encode().ljust(128, b"\0")
    whole = made.encoded(dataset, preamble=preamble)
    start = whole.index(b"DICM") + 4
    extra = b""
    for tag, vr, number in ((0x0013, b"SH", 241), (0x0016, b"AE", 242), (0x0017, b"AE", 243)):
        value = mark(number).encode() + b" "
        extra += struct.pack("<HH2sH", 2, tag, vr, len(value)) + value
    extra += struct.pack("<HH2sH", 2, 0x0100, b"UI", 20) + f"{ROOT}.5".encode().ljust(20, b"\0")
    secret = mark(244).encode() + b" "
    extra += struct.pack("<HH2s2xI", 2, 0x0102, b"OB", len(secret)) + secret
    end = whole.index(b"\x08\x00", start + 150)
    padding = mark(245).encode() + b" "
    behind = struct.pack("<HH2s2xI", 0xFFFC, 0xFFFC, b"OB", len(padding)) + padding
    head = whole[start:end]
    head = head[:8] + struct.pack("<I", len(head) - 12 + len(extra)) + head[12:]
    return whole[:start] + head + extra + whole[end:] + behind, [mark(n) for n in range(240, 246)] + [
        f"{ROOT}.5"
    ]


def write_exam(folder: Path, **changes: Any) -> list[bytes]:
    """A T1 and a T2 of six slices each, every file full of marks; returns the marks as bytes."""
    folder.mkdir(parents=True)
    marks: set[str] = set()
    for number, dataset in enumerate([*made.t1(**changes), *made.t2(**changes)]):
        marks |= set(plant(dataset, f"{ROOT}.9.{number + 1}"))
        data, more = encoded(dataset)
        marks |= set(more)
        (folder / f"{mark(250)} {number}.dcm").write_bytes(data)
    return sorted(m.encode() for m in marks | {mark(250)})


def found(marks: list[bytes], *haystacks: bytes) -> list[bytes]:
    """Marks that turn up, as they are, in another case, or in UTF-16."""
    whole = [haystack.upper() for haystack in haystacks]
    forms = {m: (m.upper(), m.decode().encode("utf-16-le").upper()) for m in marks}
    return [m for m, spelled in forms.items() if any(form in hay for form in spelled for hay in whole)]
