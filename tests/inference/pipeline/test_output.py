"""Segmentations against dciodvfy, our own check, and what dciodvfy does not see (trust line 41)."""

import shutil
import subprocess
from copy import deepcopy
from io import BytesIO

import numpy as np
import pydicom
import pytest

from annotations.vocabulary import Level
from inference.dicom.output import check, modic_seg, to_bytes, vertebrae_seg

MADE_BY = "localize 1, detect 1"


@pytest.fixture(scope="module")
def seg(result, sources):
    return modic_seg(sources, result.modic, MADE_BY)


@pytest.fixture(scope="module")
def kinds(result):
    return [kind for kind in (1, 2, 3) if (result.modic == kind).any()]


def errors(content, tmp_path):
    """Errors of dciodvfy (Debian's dicom3tools). Asked last: without it the test is skipped from there."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed")
    path = tmp_path / "object.dcm"
    path.write_bytes(content)
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True)
    return [line for line in done.stderr.splitlines() if line.startswith("Error")]


def test_trust_41_the_modic_map_is_valid_and_says_what_the_map_says(seg, sources, result, kinds, tmp_path):
    content = to_bytes(seg)
    assert check(content, sources, result.modic, kinds) == []
    read = pydicom.dcmread(BytesIO(content))
    assert [item.SegmentLabel for item in read.SegmentSequence] == [
        f"Modic type {kind}" for kind in (1, 2, 3)[: len(read.SegmentSequence)]
    ]
    assert read.StudyInstanceUID == sources[0].StudyInstanceUID
    assert read.PatientID == sources[0].PatientID
    assert "research" in read.SeriesDescription.lower()
    assert errors(content, tmp_path) == []


def test_trust_41_the_bodies_are_valid_and_named(result, sources, tmp_path):
    content = to_bytes(vertebrae_seg(sources, result.bodies, result.names, MADE_BY))
    bodies = sorted(np.unique(result.bodies[result.bodies > 0]), reverse=True)
    assert check(content, sources, result.bodies, bodies) == []
    labels = [str(item.SegmentLabel) for item in pydicom.dcmread(BytesIO(content)).SegmentSequence]
    assert labels[-6:] == [level.value for level in Level]
    assert errors(content, tmp_path) == []


def test_the_same_map_is_the_same_file_and_another_map_has_other_uids(seg, sources, result):
    again = modic_seg(sources, result.modic, MADE_BY)
    assert to_bytes(again) == to_bytes(seg)
    changed = result.modic.copy()
    changed[tuple(np.argwhere(changed > 0)[0])] = 0
    other = modic_seg(sources, changed, MADE_BY)
    assert other.SOPInstanceUID != seg.SOPInstanceUID
    assert modic_seg(sources, result.modic, "localize 2, detect 1").SOPInstanceUID != seg.SOPInstanceUID


def test_a_single_segment_is_valid_too(result, sources, tmp_path):
    """Its number is the same in all frames and stands in the shared groups (PS3.3 C.7.6.16.1)."""
    only = np.where(result.modic == 2, 2, 0).astype(np.uint8)
    content = to_bytes(modic_seg(sources, only, MADE_BY))
    assert check(content, sources, only, [2]) == []
    assert errors(content, tmp_path) == []


def dangling_segment(seg):
    item = seg.PerFrameFunctionalGroupsSequence[0].SegmentIdentificationSequence[0]
    item.ReferencedSegmentNumber = 7


def no_segment(seg):
    del seg.PerFrameFunctionalGroupsSequence[0].SegmentIdentificationSequence


def other_image(seg):
    item = seg.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
    item.ReferencedSOPInstanceUID = "2.25.1"


def other_place(seg):
    position = seg.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
    position.ImagePositionPatient = [0, 0, 0]


def other_pixels(seg):
    seg.PixelData = bytes(len(seg.PixelData))


DEFECTS = {
    "dangling_segment": (dangling_segment, "not described"),
    "no_segment": (no_segment, "has no SegmentIdentificationSequence"),
    "other_image": (other_image, "not among the sources"),
    "other_place": (other_place, "lies elsewhere"),
    "other_pixels": (other_pixels, "pixels differ"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_trust_41_our_own_check_sees_what_the_validator_misses(seg, sources, result, kinds, defect):
    break_it, sentence = DEFECTS[defect]
    broken = deepcopy(seg)
    break_it(broken)
    assert any(sentence in said for said in check(to_bytes(broken), sources, result.modic, kinds))


def test_an_empty_map_and_another_grid_are_refused(sources, result):
    with pytest.raises(ValueError, match="nothing is marked"):
        modic_seg(sources, np.zeros_like(result.modic), MADE_BY)
    with pytest.raises(ValueError, match="slices, rows and columns"):
        modic_seg(sources[:-1], result.modic, MADE_BY)
