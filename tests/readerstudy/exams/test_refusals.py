"""Uploads that can't be used, and unusual ones that can: what the coordinator is told, what is kept."""

from pathlib import Path

import numpy as np
import pytest
from django.urls import reverse
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEGExtended12Bit

from readerstudy.audit.models import Event
from readerstudy.exams import selectors
from readerstudy.exams.models import Exam
from readerstudy.exams.states import SeriesKind, UploadState
from tests import cast
from tests.inference.dicom import made
from tests.readerstudy.exams.conftest import everything_below

pytestmark = pytest.mark.django_db


def elsewhere():
    """A T2 half a metre above the T1."""
    images = made.t2()
    for image in images:
        image.ImagePositionPatient[2] += 500
    return images


def twelve_bit():
    images = made.t1() + made.t2()
    for image in images:
        image.PixelData = encapsulate([b"\xff\xd8\xff\xc1 twelve bits \xff\xd9"])
        image["PixelData"].VR = "OB"
    return images


ALONE = {"StudyInstanceUID": "1.2.77"}
REFUSED = {
    "one series only": (lambda: made.t1(), "one-series", "No usable sagittal T2"),
    "two patients": (lambda: made.t1() + made.t2(PatientID="B"), "two-patients", "two patients"),
    "two patients, two studies": (
        lambda: made.t1() + made.t2(**ALONE, PatientID="B"),
        "two-patients",
        "T1 and T2 belong to different patients; both series of one exam are needed.",
    ),
    "two dates": (lambda: made.t1() + made.t2(StudyDate="20200101"), "two-dates", "different dates"),
    "one patient, two studies": (
        lambda: made.t1() + made.t2(**ALONE),
        "two-dates",
        "T1 and T2 come from different examinations of this patient; both series of one exam are needed.",
    ),
    "one slice": (lambda: made.t1(1) + made.t2(1), "no-series", "only 1 slice and at least 4"),
    "two slices": (lambda: made.t1(2) + made.t2(2), "no-series", "only 2 slices"),
    "three slices": (lambda: made.t1(3) + made.t2(3), "no-series", "only 3 slices"),
    "three slices of T2": (lambda: made.t1() + made.t2(3), "one-series", "only 3 slices"),
    "no overlap": (
        lambda: made.t1() + elsewhere(),
        "no-overlap",
        "T1 and T2 don't show the same place; choose series that overlap.",
    ),
    "axial": (lambda: made.t1(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]), "no-series", "sagittal"),
    "12-bit JPEG": (
        twelve_bit,
        "jpeg-12-bit",
        "JPEG Extended, 12 bit (1.2.840.10008.1.2.4.51), can't be read here; export the series uncompressed",
    ),
}
SYNTAX = {"12-bit JPEG": JPEGExtended12Bit}


@pytest.mark.parametrize("case", REFUSED)
def test_trust_39_refusals_change_nothing_and_are_logged(case, take_in, settings):
    make, code, sentence = REFUSED[case]
    upload = take_in(make(), syntax=SYNTAX.get(case, ExplicitVRLittleEndian))
    assert upload.state == UploadState.REFUSED
    assert sentence in " ".join(upload.findings)
    assert not Exam.objects.exists()
    assert everything_below(Path(settings.MEDIA_ROOT)) == []
    assert everything_below(Path(settings.UPLOAD_DIR)) == []
    event = Event.objects.get(action="upload.refused")
    assert event.after == {"code": code}


def pages_say(exam: Exam, coordinator, sentence: str) -> bool:
    """Whether both the exam's page and its release step show the sentence."""
    client = cast.signed_in(coordinator)
    pages = [client.get(reverse(f"exams:{name}", args=[exam.pk])).content for name in ("detail", "release")]
    return all(sentence.encode() in page for page in pages)


def test_trust_39_inverted_grey_values_are_turned_over_and_said(take_in, coordinator):
    """MONOCHROME1 (PS3.3 C.7.6.3.1.2): the lowest stored value is white."""
    t1 = made.t1()
    for index, image in enumerate(t1):
        image.PhotometricInterpretation = "MONOCHROME1"
        image.PixelData = (4095 - made.picture(seed=index)).tobytes()
    exam = take_in([*t1, *made.t2()]).exams.get()
    stored = selectors.volume_of(exam, SeriesKind.T1).array
    assert np.array_equal(stored, [made.picture(seed=5 - index) for index in range(6)])
    told = [warning for warning in exam.warnings if "MONOCHROME1" in warning]
    assert len(told) == 1
    assert told[0].startswith("T1: the pictures came with black and white exchanged")
    assert pages_say(exam, coordinator, "black and white exchanged (MONOCHROME1) and were turned over")


@pytest.mark.parametrize(
    ("position", "words"),
    [("FFS", "feet first"), ("HFP", "prone"), ("FFP", "feet first and prone")],
)
def test_trust_39_feet_first_and_prone_keep_their_pixels_and_are_said(position, words, take_in, coordinator):
    """The directions in the header decide (PS3.3 C.7.6.2); the position is only told."""
    t1, t2 = made.t1(PatientPosition=position), made.t2(PatientPosition=position)
    exam = take_in(t1 + t2).exams.get()
    for kind, seed in ((SeriesKind.T1, 0), (SeriesKind.T2, 100)):
        stored = selectors.volume_of(exam, kind).array
        assert np.array_equal(stored, [made.picture(seed=seed + 5 - index) for index in range(6)])
    sentence = f"the patient was examined {words}; check on the contact sheet"
    assert [sentence in warning for warning in exam.warnings] == [True, True]
    assert pages_say(exam, coordinator, sentence)
