"""De-identification: nothing planted comes through, what the paper needs stays, names are keyed."""

import json

import numpy as np
import pydicom
import pytest

from inference.dicom.acceptance import accept
from inference.dicom.deidentify import deidentified, save
from inference.dicom.facts import facts_of
from inference.dicom.intake import receive
from inference.dicom.uids import Keyed
from tests.inference.dicom import canary, made


def cleaned(dataset, keyed, **kwargs):
    (picture,) = accept(made.encoded(dataset, **kwargs))
    facts = facts_of(picture, 0, "x", keyed)
    return deidentified(picture, facts, 0, keyed), facts


def test_trust_43_no_mark_of_the_canary_comes_through(tmp_path, keyed):
    marks = canary.write_exam(tmp_path / "exam")
    assert len(marks) >= 70
    originals = b"".join(path.read_bytes() for path in (tmp_path / "exam").iterdir())
    assert set(canary.found(marks, originals)) == set(marks) - {canary.mark(250).encode()}
    result = receive(tmp_path / "exam", tmp_path / "staging", keyed)
    assert (len(result.images), result.refusals, result.refused) == (12, [], None)
    stored = [path.read_bytes() for path in (tmp_path / "staging").rglob("*") if path.is_file()]
    assert len(stored) == 12
    told = json.dumps([image.to_json() for image in result.images]).encode()
    names = " ".join(str(path) for path in (tmp_path / "staging").rglob("*")).encode()
    assert canary.found(marks, *stored, told, names, str(result).encode()) == []


def test_trust_42_preamble_and_file_meta_are_rebuilt(tmp_path, keyed):
    hostile = made.encoded(made.dataset(), preamble=b"MZ\x90 an executable".ljust(128, b"!"))
    (picture,) = accept(hostile)
    save(deidentified(picture, facts_of(picture, 0, "x", keyed), 0, keyed), tmp_path / "clean.dcm")
    data = (tmp_path / "clean.dcm").read_bytes()
    assert data[:128] == b"\0" * 128
    read = pydicom.dcmread(tmp_path / "clean.dcm")
    assert read.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID
    assert {e.keyword for e in read.file_meta} == {
        "FileMetaInformationGroupLength",
        "FileMetaInformationVersion",
        "MediaStorageSOPClassUID",
        "MediaStorageSOPInstanceUID",
        "TransferSyntaxUID",
        "ImplementationClassUID",
        "ImplementationVersionName",
    }


def test_trust_42_nothing_nested_private_or_unknown_is_left(keyed):
    dataset = made.dataset()
    canary.plant(dataset, "1.2.3.4.9")
    clean, _ = cleaned(dataset, keyed)
    assert not any(element.VR == "SQ" or element.tag.is_private for element in clean)
    assert not any(element.tag.group in range(0x5000, 0x6100) for element in clean)


def test_what_table_1_needs_is_kept(keyed):
    clean, facts = cleaned(
        made.dataset(
            Manufacturer="GE MEDICAL SYSTEMS",
            ManufacturerModelName="DISCOVERY MR750",
            MagneticFieldStrength=3,
            FlipAngle=111,
            PixelBandwidth=122.07,
            EchoTrainLength=3,
            PatientAge="058Y",
            PatientSex="F",
        ),
        keyed,
    )
    assert (clean.RepetitionTime, clean.EchoTime, clean.FlipAngle) == (550, 10, 111)
    assert (clean.PixelBandwidth, clean.MagneticFieldStrength, clean.EchoTrainLength) == (122.07, 3, 3)
    assert (clean.Manufacturer, clean.ManufacturerModelName) == ("GE", "Discovery MR750")
    assert (clean.PatientAge, clean.PatientSex) == ("058Y", "F")
    assert list(clean.PixelSpacing) == [2.0, 2.0]
    assert list(clean.ImageOrientationPatient) == [0, 1, 0, 0, 0, -1]
    assert np.array_equal(np.frombuffer(clean.PixelData, "<u2"), made.picture().ravel())
    assert facts.age_years == 58


@pytest.mark.parametrize(
    ("changes", "age"),
    [
        ({"PatientAge": "089Y"}, 89),
        ({"PatientAge": "090Y"}, None),
        ({"PatientAge": "018M"}, 1),
        ({"PatientBirthDate": "19600201"}, 63),
        ({"PatientBirthDate": "19600131"}, 64),
        ({"PatientBirthDate": "19200101"}, None),
        ({"PatientAge": "abcY"}, None),
        ({}, None),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_age_is_kept_up_to_89(changes, age, keyed):
    assert cleaned(made.dataset(**changes), keyed)[1].age_years == age


def test_trust_45_identifiers_are_keyed_and_hold_together(keyed):
    cleans = [cleaned(dataset, keyed)[0] for dataset in [*made.t1(), *made.t2()]]
    again = [cleaned(dataset, keyed)[0] for dataset in [*made.t1(), *made.t2()]]
    assert len({c.SOPInstanceUID for c in cleans}) == 12
    assert len({c.SeriesInstanceUID for c in cleans}) == 2
    assert len({c.StudyInstanceUID for c in cleans}) == 1
    assert len({c.FrameOfReferenceUID for c in cleans}) == 1
    assert [c.SOPInstanceUID for c in cleans] == [c.SOPInstanceUID for c in again]
    for clean in cleans:
        for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"):
            assert clean[keyword].value.startswith("2.25.")
            assert len(clean[keyword].value) <= 64


def test_trust_45_one_patient_has_one_pseudonym_here_and_another_elsewhere(keyed):
    first = cleaned(made.dataset(), keyed)[1]
    later = cleaned(made.dataset(StudyInstanceUID="1.2.99", StudyDate="20250505"), keyed)[1]
    someone_else = cleaned(made.dataset(PatientID="ID-2"), keyed)[1]
    elsewhere = cleaned(made.dataset(), Keyed(b"the key of another installation"))[1]
    assert first.pseudonym == later.pseudonym
    assert first.patient_key == later.patient_key
    assert len({first.pseudonym, someone_else.pseudonym, elsewhere.pseudonym}) == 3
    assert not set(first.to_json().values()) & set(elsewhere.to_json().values()) & {
        first.patient_key, first.study_key, first.series_key, first.source_key, first.pseudonym,
    }  # fmt: skip


def test_trust_45_uids_that_repeat_across_series_are_told_apart(keyed):
    one = cleaned(made.dataset(SOPInstanceUID="1.2.3"), keyed)
    other = cleaned(made.dataset(SOPInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.8"), keyed)
    moved = cleaned(made.dataset(SOPInstanceUID="1.2.3", ImagePositionPatient=[1, 2, 3]), keyed)
    assert len({c.SOPInstanceUID for c, _ in (one, other, moved)}) == 3
    assert one[1].source_key != other[1].source_key


def test_keys_are_long_and_parts_do_not_run_together():
    with pytest.raises(ValueError, match="16 bytes"):
        Keyed(b"short")
    keyed = Keyed(made.KEY)
    assert keyed.digest("a", "bc", "d") != keyed.digest("a", "b", "cd")
    assert keyed.digest("a", "b") != keyed.digest("ab", "")


@pytest.mark.parametrize(("stated", "kept"), [("YES", "yes"), ("NO", "no"), (None, "unstated")])
def test_trust_46_what_the_header_says_of_burned_in_text_is_kept(stated, kept, keyed):
    assert cleaned(made.dataset(BurnedInAnnotation=stated), keyed)[1].burned_in == kept


def test_unknown_makers_and_models_become_other(keyed):
    clean, _ = cleaned(made.dataset(Manufacturer="Doe's Scanners", ManufacturerModelName="For J. Doe"), keyed)
    assert (clean.Manufacturer, clean.ManufacturerModelName) == ("Other", "Other")


def test_an_enhanced_image_is_taken_apart(shared_data, tmp_path, keyed):
    file = shared_data / "dicom_kit" / "enhanced" / "nema_BRTUM001.dcm"
    result = receive(file, tmp_path, keyed)
    assert len(result.images) == 15
    assert len({image.position for image in result.images}) == 15
    first = result.images[0]
    assert (first.echo_ms, first.repetition_ms, first.flip_degrees) == (pytest.approx(14, abs=0.1), 400, 90)
    single = pydicom.dcmread(tmp_path / "clean" / first.file)
    assert single.SOPClassUID == "1.2.840.10008.5.1.4.1.1.4"
    assert "NumberOfFrames" not in single
    assert len({pydicom.dcmread(f).SOPInstanceUID for f in (tmp_path / "clean").iterdir()}) == 15
