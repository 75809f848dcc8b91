"""A researcher's own folders: whose they are, and what is said about them."""

import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, generate_uid

from inference.dicom.load import LoadError, load_exam, load_series, reader, together
from inference.dicom.output import modic_seg, to_bytes
from inference.dicom.report import labels_report
from inference.phantom import write_dicom
from tests.inference.dicom import made
from tests.inference.pipeline.test_output import errors

MADE_BY = "localize 1, detect 1"
NAMES = {
    "ISO_IR 100": "Müller^Jörg",
    "ISO_IR 144": "Люксембург^Роза",
    "ISO 2022 IR 87": "Yamada^Tarou=山田^太郎",
}


@pytest.fixture(scope="module")
def exam(phantom, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exam")
    write_dicom(phantom, folder)
    return folder


def some_slices(series, folder, changes, first=4, last=8):
    """A few images of a series, each changed by `changes`."""
    folder.mkdir()
    for path in sorted(series.iterdir())[first:last]:
        dataset = pydicom.dcmread(path)
        changes(dataset)
        dataset.save_as(folder / path.name)
    return folder


@pytest.mark.parametrize("charset", NAMES)
def test_a_name_in_any_script_stands_in_segmentation_and_report(exam, result, tmp_path, charset):
    def named(dataset):
        dataset.SpecificCharacterSet = ["", charset] if "2022" in charset else charset
        dataset.PatientName = NAMES[charset]

    sources = load_series(some_slices(exam / "sag_t1", tmp_path / "t1", named)).sources
    modic = result.modic[4:8].copy()
    modic[:, :4, :4] = 1
    seg = modic_seg(sources, modic, MADE_BY)
    contents = [to_bytes(o) for o in (seg, labels_report(sources, result.labels, [seg], MADE_BY))]
    for content in contents:
        read = pydicom.dcmread(BytesIO(content))
        assert str(read.PatientName) == NAMES[charset]
        assert read.SpecificCharacterSet == "ISO_IR 192"
    assert [errors(content, tmp_path) for content in contents] == [[], []]


def test_a_plain_name_needs_no_character_set(exam, tmp_path):
    sources = load_series(some_slices(exam / "sag_t1", tmp_path / "t1", lambda dataset: None)).sources
    assert all("SpecificCharacterSet" not in source for source in sources)
    assert str(sources[0].PatientName).startswith("Phantom^Synthetic")


def folder_of(datasets, folder):
    folder.mkdir()
    for number, dataset in enumerate(datasets):
        (folder / f"{number}.dcm").write_bytes(made.encoded(dataset))
    return folder


@pytest.fixture(scope="module")
def child():
    with reader() as running:
        yield running


def cautions_of(t1, t2, tmp_path, child):
    """What is said of a pair of folders, T1 and T2 as datasets."""
    pair = [load_series(folder_of(d, tmp_path / n), child) for n, d in (("one", t1), ("two", t2))]
    return [*together(*pair), *pair[0].cautions, *pair[1].cautions]


def test_a_sound_pair_raises_no_caution(tmp_path, child):
    assert cautions_of(made.t1(), made.t2(), tmp_path, child) == []


def test_two_patients_are_refused(tmp_path, child):
    with pytest.raises(LoadError, match="T1 and T2 belong to different patients"):
        cautions_of(made.t1(), made.t2(PatientID="ID-2"), tmp_path, child)
    both = made.t1() + made.t2(PatientID="ID-2")
    with pytest.raises(LoadError, match="holds images of several patients"):
        load_series(folder_of(both, tmp_path / "both"), child)


PAIRS = {
    "swapped": (made.t2, made.t1, {}, "T1: T2 by its header; is it the right series?"),
    "contrast": (made.t1, made.t2, {"ContrastBolusAgent": "an agent"}, "T1: T1 after contrast"),
    "fat": (made.t1, made.t2, {"SeriesDescription": "SAG T1 FS"}, "T1: T1 with fat suppression"),
    "scout": (made.t1, made.t2, {"SeriesDescription": "3-plane loc"}, "T1: a scout"),
    "date": (made.t1, made.t2, {"StudyDate": "20230101"}, "acquired on different dates"),
    "frame": (made.t1, made.t2, {"FrameOfReferenceUID": "1.2.9"}, "different frames of reference"),
    "nobody": (made.t1, made.t2, {"PatientID": None, "StudyInstanceUID": "1.9"}, "are they of one?"),
}


@pytest.mark.parametrize("case", PAIRS)
def test_what_intake_would_refuse_or_pass_over_is_told(tmp_path, child, case):
    t1, t2, changes, sentence = PAIRS[case]
    assert any(sentence in said for said in cautions_of(t1(**changes), t2(), tmp_path, child))


def test_a_missing_slice_is_told(tmp_path, child):
    t1 = made.t1(8)
    del t1[3]
    assert "Series 3: 1 slice is missing inside the stack." in cautions_of(t1, made.t2(), tmp_path, child)


def test_of_two_series_the_larger_is_taken_and_both_are_named(tmp_path, child):
    loaded = load_series(folder_of(made.t1(7) + made.t2(), tmp_path / "both"), child)
    assert loaded.remarks == (
        "both: 13 images were read.",
        "Series 3 (7 sagittal images), T1 by its header, was taken.",
    )
    assert loaded.cautions == ("Series 4 (6 sagittal images) in the same folder was left out.",)


def test_remarks_about_an_exam_name_the_series(exam):
    t1, t2 = load_exam(exam)
    assert t1.cautions == t2.cautions == ()
    assert any(remark.startswith("Series 3: Chosen as T1") for remark in t1.remarks)


def test_other_planes_are_refused_with_what_to_do(tmp_path, child):
    axial = folder_of(made.t1(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]), tmp_path / "axial")
    with pytest.raises(LoadError, match="axial images only; give the folder of a sagittal series"):
        load_series(axial, child)


@pytest.mark.parametrize(
    ("stated", "spacing"),
    [({}, 4.0), ({"SpacingBetweenSlices": 4.6}, 4.6), ({"SliceThickness": None}, None)],
)
def test_a_single_slice_is_as_thick_as_its_header_says(tmp_path, child, stated, spacing):
    volume = load_series(folder_of(made.t1(1, **stated), tmp_path / "one"), child).volume
    assert volume.stated_spacing_mm == spacing
    assert volume.slice_spacing_mm == (spacing or 1.0)
    assert volume.voxel_volume_mm3 == 4.0 * (spacing or 1.0)


def multi_frame(count):
    """A T1 as one enhanced image (PS3.3 A.36), with the functional groups that geometry needs."""
    frames = made.t1(count)
    whole = made.dataset(SOPClassUID=EnhancedMRImageStorage, NumberOfFrames=count)
    shared = Dataset()
    for name, keyword in (
        ("PlaneOrientationSequence", "ImageOrientationPatient"),
        ("PixelMeasuresSequence", "PixelSpacing"),
    ):
        item = Dataset()
        setattr(item, keyword, frames[0][keyword].value)
        setattr(shared, name, Sequence([item]))
        delattr(whole, keyword)
    whole.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = []
    for frame in frames:
        group, place = Dataset(), Dataset()
        place.ImagePositionPatient = frame.ImagePositionPatient
        group.PlanePositionSequence = Sequence([place])
        groups.append(group)
    del whole.ImagePositionPatient
    whole.PerFrameFunctionalGroupsSequence = Sequence(groups)
    whole.PixelData = np.concatenate([made.picture(seed=n) for n in range(count)]).tobytes()
    return whole


def test_a_multi_frame_image_keeps_its_patient_and_study_and_says_what_is_new(tmp_path, child):
    loaded = load_series(folder_of([multi_frame(5)], tmp_path / "enhanced"), child)
    assert len(loaded.sources) == 5
    for source in loaded.sources:
        assert (source.PatientID, source.StudyInstanceUID) == ("ID-1", made.STUDY)
        assert source.FrameOfReferenceUID == "1.2.3.9"
        assert source.SeriesInstanceUID != made.SERIES
    assert len({source.SOPInstanceUID for source in loaded.sources}) == 5
    assert any("refer to single images that only exist here" in said for said in loaded.cautions)


def test_an_archive_says_that_identity_is_not_put_back(tmp_path, child):
    packed = shutil.make_archive(str(tmp_path / "exam"), "zip", folder_of(made.t1(), tmp_path / "t1"))
    loaded = load_series(Path(packed), child)
    assert loaded.sources[0].PatientID != "ID-1"
    assert any("could not be put back" in said for said in loaded.cautions)


def single_slices(folder, **changes):
    """An exam of one slice each, a folder a series."""
    folder.mkdir(parents=True)
    folder_of(made.t1(1, **changes), folder / "t1")
    folder_of(made.t2(1, **changes), folder / "t2")
    return folder


def test_an_exam_of_one_slice_each_is_chosen_where_nothing_larger_is_there(tmp_path, child):
    t1, t2 = load_exam(single_slices(tmp_path / "exam"), child)
    assert len(t1.volume.array) == len(t2.volume.array) == 1
    assert (t1.stack.weighting, t2.stack.weighting) == ("T1", "T2")


def test_of_two_exams_neither_is_chosen(tmp_path, child):
    single_slices(tmp_path / "exams" / "one")
    single_slices(tmp_path / "exams" / "other", StudyInstanceUID=generate_uid())
    with pytest.raises(LoadError, match="more than one exam; give the folder of one"):
        load_exam(tmp_path / "exams", child)


def test_a_relative_folder_is_read_from_anywhere(tmp_path, monkeypatch, child):
    """The child that reads works in a folder of its own."""
    folder_of(made.t1(1), tmp_path / "series")
    monkeypatch.chdir(tmp_path)
    assert len(load_series(Path("series"), child).sources) == 1
