"""Annotated exams from disk: DICOM with SEG, DICOM with NIfTI, NIfTI alone; and what does not fit."""

import shutil
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from inference import cli
from inference.dicom import output
from inference.dicom.load import load_series
from inference.nifti import layout_of
from inference.training.annotated import exam_bodies, exam_slices
from inference.training.exams import AnnotatedExam, level_numbers, read_exam, read_exams, type_numbers
from inference.training.phantoms import phantom_exams
from inference.training.spider import Tissue


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exams")
    assert cli.main(["phantom", "--out", str(folder), "--seed", "3"]) == 0
    return folder / "phantom-3"


@pytest.fixture(scope="module")
def exam(written: Path) -> AnnotatedExam:
    return read_exam(written)


def with_segmentations(written: Path, exam: AnnotatedExam, folder: Path) -> Path:
    """The same exam with its masks as the product writes them."""
    shutil.copytree(written / "t1", folder / "t1")
    shutil.copytree(written / "t2", folder / "t2")
    sources = load_series(folder / "t1").sources
    levels = dict(zip((6, 5, 4, 3, 2, 1), ("S1", "L5", "L4", "L3", "L2", "L1"), strict=True))
    from annotations.vocabulary import Level

    names = {number: Level(level) for number, level in levels.items()}
    bodies = output.vertebrae_seg(sources, exam.numbers.astype(np.int16), names, "by hand")
    (folder / "vertebrae.dcm").write_bytes(output.to_bytes(bodies))
    assert exam.modic is not None
    (folder / "modic").mkdir()
    changed = output.modic_seg(sources, exam.modic, "by hand")
    (folder / "modic" / "any name.dcm").write_bytes(output.to_bytes(changed))
    return folder


def test_a_written_phantom_reads_back_with_levels_types_and_patient(exam: AnnotatedExam) -> None:
    assert set(np.unique(exam.numbers)) >= {1, 2, 3, 4, 5, 6}
    assert exam.modic is not None
    assert exam.modic.any()
    assert exam.modic.max() <= 3
    assert exam.t2 is not None
    assert exam.person == "SYNTHETIC-3"
    assert exam.synthetic


def test_a_phantom_that_is_there_is_not_written_over(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in written.rglob("*")}
    assert cli.main(["phantom", "--out", str(written.parent), "--seed", "2", "--count", "2"]) == 1
    assert "phantom-3 is there already: take it away" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in written.rglob("*")} == before
    assert not (written.parent / "phantom-2").exists()


def test_a_phantom_of_the_second_appearance_is_written_and_judged_alike(tmp_path: Path) -> None:
    assert cli.main(["phantom", "--out", str(tmp_path), "--seed", "3", "--second-appearance"]) == 0
    (made,) = phantom_exams([3], second=True)
    read = read_exam(tmp_path / made.name)
    assert read.person == "SYNTHETIC-3-second"
    assert np.array_equal(read.t1.array, made.t1.array)
    assert read.modic is not None
    assert np.array_equal(read.modic, made.modic)


def test_dicom_segmentations_say_the_same_as_nifti(
    written: Path, exam: AnnotatedExam, tmp_path: Path
) -> None:
    again = read_exam(with_segmentations(written, exam, tmp_path / "exam"))
    named = np.where(exam.numbers <= 6, exam.numbers, 0)
    assert np.array_equal(np.where(again.numbers <= 6, again.numbers, 0), named)
    assert np.array_equal(again.numbers > 0, exam.numbers > 0)
    assert np.array_equal(again.modic, exam.modic)


def test_a_segmentation_of_other_images_is_refused(
    written: Path, exam: AnnotatedExam, tmp_path: Path
) -> None:
    folder = with_segmentations(written, exam, tmp_path / "exam")
    t1 = folder / "t1"
    shutil.rmtree(t1)
    shutil.copytree(folder / "t2", t1)
    with pytest.raises(ValueError, match="matrix is not that of the images"):
        read_exam(folder)


def as_nifti(exam: AnnotatedExam, folder: Path, numbers: NDArray[Any]) -> Path:
    """An exam of T1 and `vertebrae` as NIfTI; returns the mask."""
    folder.mkdir()
    layout = layout_of(exam.t1)
    layout.write(folder / "t1.nii.gz", (exam.t1.array / 16).clip(0, 255).astype(np.uint8))
    data = np.transpose(numbers, np.argsort(layout.axes))
    nibabel.save(nibabel.Nifti1Image(data, layout.affine), folder / "vertebrae.nii.gz")
    return folder / "vertebrae.nii.gz"


@pytest.mark.parametrize("codes", ["RAS", "LPI", "PIR", "ASL"])
def test_a_mask_lies_on_t1_whichever_way_its_axes_run(
    exam: AnnotatedExam, tmp_path: Path, codes: str
) -> None:
    mask = as_nifti(exam, tmp_path / "exam", exam.numbers)
    image = nibabel.load(mask)
    now = nibabel.orientations.io_orientation(image.affine)
    wanted = nibabel.orientations.axcodes2ornt(codes)
    nibabel.save(image.as_reoriented(nibabel.orientations.ornt_transform(now, wanted)), mask)
    assert np.array_equal(read_exam(tmp_path / "exam").numbers, exam.numbers)


@pytest.mark.parametrize("value", [7, 257, -1, 2.5])
def test_other_numbers_than_the_layouts_are_refused(
    exam: AnnotatedExam, tmp_path: Path, value: float
) -> None:
    numbers = exam.numbers.astype(np.float32)
    numbers[0, 0, 0] = value
    as_nifti(exam, tmp_path / "exam", numbers)
    with pytest.raises(ValueError, match=rf"vertebrae.nii.gz holds {value}: docs/training.md says"):
        read_exam(tmp_path / "exam")


def test_a_modic_type_beyond_three_is_refused(exam: AnnotatedExam, tmp_path: Path) -> None:
    as_nifti(exam, tmp_path / "exam", exam.numbers)
    assert exam.modic is not None
    layout_of(exam.t1).write(tmp_path / "exam" / "modic.nii.gz", np.where(exam.modic, 4, 0))
    with pytest.raises(ValueError, match="modic.nii.gz holds 4: docs/training.md says"):
        read_exam(tmp_path / "exam")


def test_series_of_two_patients_are_refused_and_a_swapped_pair_is_told(written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "exam"
    shutil.copytree(written, folder)
    (folder / "t1").rename(folder / "t3")
    (folder / "t2").rename(folder / "t1")
    (folder / "t3").rename(folder / "t2")
    with (
        pytest.warns(UserWarning, match="exam: T1: T2 by its header"),
        pytest.raises(ValueError, match="grid"),
    ):
        read_exam(folder)
    for path in (folder / "t2").iterdir():
        dataset = pydicom.dcmread(path)
        dataset.PatientID = "SOMEBODY-ELSE"
        dataset.save_as(path)
    with pytest.raises(ValueError, match="different patients"):
        read_exam(folder)


def test_labels_are_read_by_what_they_name() -> None:
    assert level_numbers(("L5 vertebra", "s1", "Vertebral body 7 from below", "T12")) == {
        "L5 vertebra": 5,
        "s1": 6,
        "Vertebral body 7 from below": 10,
        "T12": 11,
    }
    assert type_numbers(("Modic type 1", "Type 2", "3", "MC3")) == {
        "Modic type 1": 1,
        "Type 2": 2,
        "3": 3,
        "MC3": 3,
    }
    with pytest.raises(ValueError, match="without a Modic type in their label: Segment 2"):
        type_numbers(("Segment 2",))


def test_what_is_missing_or_does_not_fit_is_named(exam: AnnotatedExam, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        read_exams(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="holds no exam"):
        read_exams(tmp_path)
    folder = tmp_path / "one"
    folder.mkdir()
    with pytest.raises(ValueError, match="t1 is missing"):
        read_exams(tmp_path)
    layout = layout_of(exam.t1)
    layout.write(folder / "t1.nii.gz", (exam.t1.array / 16).clip(0, 255).astype(np.uint8))
    with pytest.raises(ValueError, match="vertebrae is missing"):
        read_exams(tmp_path)
    layout.write(folder / "vertebrae.nii.gz", exam.numbers[:-2])
    with pytest.raises(ValueError, match="does not lie on the grid of t1"):
        read_exams(tmp_path)
    layout.write(folder / "vertebrae.nii.gz", exam.numbers)
    assert read_exams(tmp_path)[0].modic is None
    (folder / "vertebrae.nii").write_bytes(b"")
    with pytest.raises(ValueError, match="keep one"):
        read_exams(tmp_path)
    (folder / "vertebrae.nii").unlink()
    (tmp_path / "patients.csv").write_text("exam,patient\ntwo,P\n")
    with pytest.raises(ValueError, match="names exams that are not there: two"):
        read_exams(tmp_path)
    (tmp_path / "patients.csv").write_text("exam,patient\none,P\n")
    assert read_exams(tmp_path)[0].person == "P"


def test_slices_show_bodies_and_s1_on_both_sequences(exam: AnnotatedExam) -> None:
    slices = exam_slices([exam])
    assert len(slices) > len(exam.numbers)
    assert {s.patient for s in slices} == {"SYNTHETIC-3"}
    middle = slices[len(slices) // 2]
    assert middle.image.shape == middle.tissue.shape
    assert middle.has_s1
    assert (middle.tissue == Tissue.BODY).sum() > 5 * 500


def test_bodies_bring_their_changes_and_count_from_s1(exam: AnnotatedExam) -> None:
    bodies = exam_bodies([exam])
    assert {body.number for body in bodies} >= {1, 2, 3, 4, 5, 6}
    changed = [body for body in bodies if body.lesions is not None and body.lesions.any()]
    assert changed
    assert all((body.lesions & ~body.mask).sum() <= 2 for body in changed if body.lesions is not None)
    assert exam.modic is not None
    touched = {7 - int(n) for n in np.unique(exam.numbers[exam.modic > 0])}
    assert {body.number for body in changed} <= touched
