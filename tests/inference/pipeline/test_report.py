"""The structured report against dciodvfy, our own check, and what dciodvfy does not see (trust line 41)."""

from copy import deepcopy
from dataclasses import replace
from io import BytesIO

import pydicom
import pytest

from annotations.vocabulary import ModicType
from inference.dicom.output import to_bytes
from inference.dicom.report import SCHEME, check_report, labels_report
from inference.export import dicom_objects
from tests.inference.pipeline.test_output import errors

MADE_BY = "localize 1, detect 1"


@pytest.fixture(scope="module")
def objects(result, sources):
    return dicom_objects(result, sources)


@pytest.fixture(scope="module")
def segmentations(objects):
    return [objects["vertebrae.dcm"], objects["modic_map.dcm"]]


@pytest.fixture(scope="module")
def report(objects):
    return objects["report.dcm"]


def test_trust_41_the_report_is_valid_and_says_what_the_labels_say(
    report, result, sources, segmentations, tmp_path
):
    content = to_bytes(report)
    assert check_report(content, sources, segmentations, result.labels) == []
    read = pydicom.dcmread(BytesIO(content))
    assert read.StudyInstanceUID == sources[0].StudyInstanceUID
    assert read.PatientID == sources[0].PatientID
    assert read.VerificationFlag == "UNVERIFIED"
    assert "research use only" in read.SeriesDescription
    template = read.ContentTemplateSequence[0]
    assert (template.MappingResource, template.TemplateIdentifier) == ("DCMR", "1500")
    text = str(read)
    for word in ("L4 lower", "Modic type 2", "Probability of any Modic change", "Superior", "S1 vertebra"):
        assert word in text
    assert errors(content, tmp_path) == []


def test_the_same_labels_are_the_same_file_and_others_have_other_uids(report, result, sources, segmentations):
    again = labels_report(sources, result.labels, segmentations, MADE_BY)
    assert to_bytes(again) == to_bytes(report)
    (first, *others) = result.labels
    changed = [replace(first, probability=0.123), *others]
    assert labels_report(sources, changed, segmentations, MADE_BY).SOPInstanceUID != report.SOPInstanceUID
    assert labels_report(sources, result.labels, [], MADE_BY).SOPInstanceUID != report.SOPInstanceUID


def other_patient(report):
    report.PatientID = "SOMEONE-ELSE"


def other_study(report):
    report.StudyInstanceUID = "2.25.1"


def other_image(report):
    series = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "2.25.1"


def other_finding(report):
    for container in report.ContentSequence:
        for group in container.get("ContentSequence", ()):
            for item in group.get("ContentSequence", ()):
                concept = item.ConceptNameCodeSequence[0]
                if (concept.CodingSchemeDesignator, concept.CodeValue) == (SCHEME, "PROBABILITY"):
                    item.MeasuredValueSequence[0].NumericValue = "0.999"
                    return


DEFECTS = {
    "other_patient": (other_patient, "another patient"),
    "other_study": (other_study, "another study"),
    "other_image": (other_image, "neither an image nor a segmentation"),
    "other_finding": (other_finding, "findings differ"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_trust_41_our_own_check_sees_what_the_validator_misses_in_a_report(
    report, result, sources, segmentations, defect
):
    break_it, sentence = DEFECTS[defect]
    broken = deepcopy(report)
    break_it(broken)
    found = check_report(to_bytes(broken), sources, segmentations, result.labels)
    assert any(sentence in said for said in found)


def test_a_report_names_the_segmentations_it_rests_on(report, result, sources, segmentations):
    missing = labels_report(sources, result.labels, segmentations[:1], MADE_BY)
    found = check_report(to_bytes(missing), sources, segmentations, result.labels)
    assert found == ["it does not name all images and segmentations it rests on"]


def test_a_secondary_type_is_told_and_nothing_can_not_be_reported(result, sources, tmp_path):
    mixed = [replace(result.labels[0], suggestion=ModicType.TYPE_1, secondary=ModicType.TYPE_2)]
    content = to_bytes(labels_report(sources, mixed, [], MADE_BY))
    assert check_report(content, sources, [], mixed) == []
    with pytest.raises(ValueError, match="nothing to report"):
        labels_report(sources, [], [], MADE_BY)
    assert errors(content, tmp_path) == []
