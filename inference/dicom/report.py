"""The labels of an exam as a DICOM structured report: TID 1500, Measurement Report (PS3.16).

One measurement group for each half of each body. What the field has no code for stands under the private
scheme 99MODIC. UIDs come from the content and dates from the source: the same labels are the same file.
"""

import json
import warnings
from collections.abc import Sequence
from io import BytesIO

import highdicom as hd
from highdicom.sr import (
    AlgorithmIdentification,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    QualitativeEvaluation,
    TrackingIdentifier,
)
from pydicom import Dataset, dcmread
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from annotations.labels import EndplateLabel
from annotations.vocabulary import MODIC_LABELS, Half, ModicType
from inference.dicom.output import LEVEL_CODES, NO_DATE, NO_TIME
from inference.dicom.uids import ContentUids

SCHEME = "99MODIC"
SERIES_NUMBER = 9003
TITLE = "Modic changes (research use only, not a medical device)"

_TYPES = (ModicType.TYPE_1, ModicType.TYPE_2, ModicType.TYPE_3)
_SIDES = {Half.UPPER: codes.SCT.Superior, Half.LOWER: codes.SCT.Inferior}
_S1 = Code("S1", SCHEME, "S1 vertebra")
_MM3 = Code("mm3", "UCUM", "cubic millimeter")
_ONE = Code("1", "UCUM", "no units")
_CHANGE = Code("CHANGE", SCHEME, "Modic change of a vertebral endplate")
_SUGGESTION = Code("SUGGESTION", SCHEME, "Suggested Modic type")
_SECONDARY = Code("SECONDARY", SCHEME, "Secondary Modic type")
_PROBABILITY = Code("PROBABILITY", SCHEME, "Probability of any Modic change")
_FRACTION = Code("FRACTION", SCHEME, "Changed share of the half of the vertebral body")
_DIAMETER = Code("DIAMETER", SCHEME, "Largest in-plane diameter of a changed region")


def labels_report(
    sources: Sequence[Dataset],
    labels: Sequence[EndplateLabel],
    segmentations: Sequence[Dataset],
    made_by: str,
) -> Dataset:
    """A Comprehensive SR (PS3.3 A.35.3) of the labels, unverified.

    sources: the T1 images. segmentations: of the same study, named as evidence. made_by: model names and
    versions, at most 64 characters. Raises ValueError without labels: a report needs something to report.
    """
    if not labels:
        raise ValueError("no half was found: there is nothing to report")
    said = json.dumps([label.to_json() for label in labels], sort_keys=True)
    evidence = [*sources, *segmentations]
    uids = ContentUids.of("report", made_by, said, *(str(item.SOPInstanceUID) for item in evidence))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The string .* is unlikely to represent the intended person name")
        report = hd.sr.ComprehensiveSR(
            evidence=evidence,
            content=_content(labels, made_by, uids)[0],
            series_instance_uid=uids("series"),
            series_number=SERIES_NUMBER,
            sop_instance_uid=uids("instance"),
            instance_number=1,
            manufacturer="Modic reader study",
            manufacturer_model_name="Modic mapping",
            software_versions=made_by,
            device_serial_number="none",
            series_description=TITLE,
            is_complete=True,
        )
    first = sources[0]
    date = str(first.get("ContentDate") or first.get("StudyDate") or NO_DATE)
    time = str(first.get("ContentTime") or first.get("StudyTime") or NO_TIME)
    report.ContentDate = report.InstanceCreationDate = date
    report.ContentTime = report.InstanceCreationTime = time
    for equipment in report.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = date + time
    return report


def check_report(
    report: bytes,
    sources: Sequence[Dataset],
    segmentations: Sequence[Dataset],
    labels: Sequence[EndplateLabel],
) -> list[str]:
    """What is wrong with a report against its images, segmentations and labels; [] if nothing.

    Looks at what validators miss: another patient, study or image, a segmentation that is not named, and
    other labels than those it should carry.
    """
    read = dcmread(BytesIO(report))
    first, found = sources[0], []
    if str(read.StudyInstanceUID) != str(first.StudyInstanceUID):
        found.append("another study than the images")
    if str(read.get("PatientID", "")) != str(first.get("PatientID", "")):
        found.append("another patient than the images")
    known = {str(item.SOPInstanceUID) for item in (*sources, *segmentations)}
    named = {
        str(instance.ReferencedSOPInstanceUID)
        for sequence in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence")
        for study in read.get(sequence, ())
        for series in study.ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    if named - known:
        found.append("it refers to an object that is neither an image nor a segmentation of the exam")
    if known - named:
        found.append("it does not name all images and segmentations it rests on")
    if _told(read) != {_tracking(label): _told_of(label) for label in labels}:
        found.append("its findings differ from the labels")
    return sorted(found)


def _content(labels: Sequence[EndplateLabel], made_by: str, uids: ContentUids) -> MeasurementReport:
    observer = DeviceObserverIdentifyingAttributes(
        uid=uids("device"), name="Modic mapping", manufacturer_name="Modic reader study", model_name=made_by
    )
    context = ObservationContext(
        observer_device_context=ObserverContext(
            observer_type=codes.DCM.Device, observer_identifying_attributes=observer
        )
    )
    return MeasurementReport(
        observation_context=context,
        procedure_reported=codes.LN.MRIUnspecifiedBodyRegion,
        imaging_measurements=[_group(label, made_by, uids) for label in labels],
        title=codes.DCM.ImagingMeasurementReport,
    )


def _group(label: EndplateLabel, made_by: str, uids: ContentUids) -> MeasurementsAndQualitativeEvaluations:
    name = _tracking(label)
    evaluations = [
        QualitativeEvaluation(
            _type_code(kind), codes.SCT.Present if kind in label.types else codes.SCT.Absent
        )
        for kind in _TYPES
    ]
    evaluations.append(QualitativeEvaluation(_SUGGESTION, _type_code(label.suggestion)))
    if label.secondary is not None:
        evaluations.append(QualitativeEvaluation(_SECONDARY, _type_code(label.secondary)))
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=uids(name), identifier=name),
        finding_type=_CHANGE,
        finding_category=Code("49755003", "SCT", "Morphologically Abnormal Structure"),
        algorithm_id=AlgorithmIdentification(name="Modic mapping", version=made_by),
        finding_sites=[
            FindingSite(LEVEL_CODES.get(label.level, _S1), topographical_modifier=_SIDES[label.half])
        ],
        measurements=[Measurement(code, value, unit) for code, value, unit in _measured(label)],
        qualitative_evaluations=evaluations,
    )


def _measured(label: EndplateLabel) -> list[tuple[Code, float, Code]]:
    volumes = [
        (Code(f"VOLUME{int(kind)}", SCHEME, f"Volume of {MODIC_LABELS[kind]}"), label.volume_mm3[kind], _MM3)
        for kind in _TYPES
        if kind in label.volume_mm3
    ]
    measured = [
        (_PROBABILITY, label.probability, _ONE),
        *volumes,
        (_FRACTION, label.fraction, _ONE),
        (_DIAMETER, label.largest_diameter_mm, codes.UCUM.Millimeter),
    ]
    return [(code, round(value, 6), unit) for code, value, unit in measured]


def _type_code(kind: ModicType) -> Code:
    return Code(f"TYPE{int(kind)}", SCHEME, MODIC_LABELS[kind])


def _tracking(label: EndplateLabel) -> str:
    return f"{label.level.value} {label.half.value}"


Told = dict[str, float | str]


def _told_of(label: EndplateLabel) -> Told:
    """What a report must say of one half, by the codes' values."""
    told: Told = {code.value: value for code, value, _ in _measured(label)}
    told |= {f"TYPE{int(k)}": ("Present" if k in label.types else "Absent") for k in _TYPES}
    told["SUGGESTION"] = MODIC_LABELS[label.suggestion]
    if label.secondary is not None:
        told["SECONDARY"] = MODIC_LABELS[label.secondary]
    return told


def _told(report: Dataset) -> dict[str, Told]:
    """What a report does say, by its groups' tracking identifiers."""
    found: dict[str, Told] = {}
    groups = [
        group
        for container in report.ContentSequence
        if _concept(container) == codes.DCM.ImagingMeasurements.value
        for group in container.ContentSequence
    ]
    for group in groups:
        name, told = "", Told()
        for item in group.ContentSequence:
            concept = _concept(item)
            if concept == codes.DCM.TrackingIdentifier.value:
                name = str(item.TextValue)
            elif item.ConceptNameCodeSequence[0].CodingSchemeDesignator != SCHEME:
                continue
            elif item.ValueType == "NUM":
                told[concept] = float(item.MeasuredValueSequence[0].NumericValue)
            else:
                told[concept] = str(item.ConceptCodeSequence[0].CodeMeaning)
        found[name] = told
    return found


def _concept(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeValue) if "ConceptNameCodeSequence" in item else ""
