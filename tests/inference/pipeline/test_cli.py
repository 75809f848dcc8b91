"""The commands as others call them: DICOM folders, one exam folder, NIfTI, and what goes wrong."""

import json
import subprocess
import sys
from contextlib import contextmanager

import nibabel
import numpy as np
import pydicom
import pytest

from inference import cli, nifti
from inference.dicom.load import load_series, reader
from inference.dicom.output import check
from inference.phantom import write_dicom
from tests.inference.pipeline.perfect import detector_for, localizer_for

OUTPUTS = {
    "endplates.json",
    "modic_map.dcm",
    "modic_map.nii.gz",
    "report.dcm",
    "run.json",
    "vertebrae.dcm",
    "vertebrae.nii.gz",
}


@pytest.fixture(scope="module")
def exam(phantom, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exam")
    write_dicom(phantom, folder, distractors=True)
    return folder


@pytest.fixture
def perfect(phantom, monkeypatch):
    """The commands get networks that answer from the phantom's truth."""

    @contextmanager
    def networks(_):
        yield localizer_for(phantom), detector_for(phantom)

    monkeypatch.setattr(cli, "_networks", networks)


def test_two_folders_become_all_outputs_that_refer_to_the_very_images(exam, perfect, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["map", str(exam / "sag_t1"), str(exam / "sag_t2"), "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS
    assert "Modic type" in capsys.readouterr().out
    originals = {pydicom.dcmread(path).SOPInstanceUID for path in (exam / "sag_t1").iterdir()}
    seg = pydicom.dcmread(out / "modic_map.dcm")
    referred = {
        item.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        for item in seg.PerFrameFunctionalGroupsSequence
    }
    assert referred <= originals
    assert str(seg.PatientID).startswith("SYNTHETIC")
    loaded = load_series(exam / "sag_t1")
    modic = np.asarray(nibabel.load(out / "modic_map.nii.gz").dataobj).transpose(2, 1, 0)
    kinds = [kind for kind in (1, 2, 3) if (modic == kind).any()]
    assert check((out / "modic_map.dcm").read_bytes(), loaded.sources, modic, kinds) == []
    run = json.loads((out / "run.json").read_text())
    assert {"read", "align", "detect", "write"} <= set(run["timings"])


def test_an_exam_folder_is_enough_and_says_what_was_passed_over(exam, perfect, tmp_path):
    two, one = tmp_path / "two", tmp_path / "one"
    assert cli.main(["map", str(exam / "sag_t1"), str(exam / "sag_t2"), "--out", str(two)]) == 0
    assert cli.main(["map", str(exam), "--out", str(one)]) == 0
    for name in OUTPUTS - {"run.json"}:
        assert (one / name).read_bytes() == (two / name).read_bytes()
    remarks = " ".join(json.loads((one / "run.json").read_text())["remarks"])
    assert "Passed over: a scout" in remarks
    assert "axial, not sagittal" in remarks


def changed(series, folder, **changes):
    """A copy of a series with other attributes."""
    folder.mkdir()
    for path in series.iterdir():
        dataset = pydicom.dcmread(path)
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
        dataset.save_as(folder / path.name)
    return folder


def test_what_speaks_against_a_pair_is_told_once_and_kept(exam, perfect, tmp_path, capsys):
    t2 = changed(exam / "sag_t2", tmp_path / "t2", StudyDate="20200101")
    out = tmp_path / "out"
    assert cli.main(["map", str(exam / "sag_t1"), str(t2), "--out", str(out)]) == 0
    sentence = "T1 and T2 were acquired on different dates; series of one day are needed."
    assert capsys.readouterr().err.count(f"warning: {sentence}") == 1
    assert json.loads((out / "run.json").read_text())["remarks"].count(sentence) == 1


def test_two_patients_are_not_mapped(exam, perfect, tmp_path, capsys):
    t2 = changed(exam / "sag_t2", tmp_path / "t2", PatientID="SOMEBODY-ELSE")
    assert cli.main(["map", str(exam / "sag_t1"), str(t2), "--out", str(tmp_path / "out")]) == 1
    assert "error: T1 and T2 belong to different patients" in capsys.readouterr().err
    assert not list(tmp_path.glob("out*"))


def test_two_series_are_read_by_one_child(exam):
    with reader() as child:
        t1, t2 = (load_series(exam / name, child) for name in ("sag_t1", "sag_t2"))
        assert child.started == 1
        assert child.pid, "it is left running"
    alone = load_series(exam / "sag_t2")
    assert np.array_equal(t2.volume.array, alone.volume.array)
    assert not np.array_equal(t1.volume.array, t2.volume.array)


def test_nifti_gives_the_same_map_without_dicom(phantom, exam, perfect, tmp_path):
    for name, volume in (("t1", phantom.t1), ("t2", phantom.t2)):
        image = nibabel.Nifti1Image(volume.array.transpose(2, 1, 0), nifti.layout_of(volume).affine)
        nibabel.save(image, tmp_path / f"{name}.nii.gz")
    out = tmp_path / "out"
    files = [str(tmp_path / "t1.nii.gz"), str(tmp_path / "t2.nii.gz")]
    assert cli.main(["map", *files, "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {name for name in OUTPUTS if not name.endswith(".dcm")}
    assert any("no DICOM" in remark for remark in json.loads((out / "run.json").read_text())["remarks"])


def test_localize_numbers_the_bodies_of_one_series(phantom, exam, perfect, tmp_path, capsys):
    out = tmp_path / "bodies.nii.gz"
    assert cli.main(["localize", str(exam / "sag_t1"), "--out", str(out)]) == 0
    numbers = np.asarray(nibabel.load(out).dataobj).transpose(2, 1, 0)
    truth = phantom.truth
    for number, level in enumerate(("L1", "L2", "L3", "L4", "L5", "S1"), 1):
        theirs = truth.bodies == next(n for n, name in truth.levels.items() if name == level)
        ours = numbers == number
        assert 2 * (ours & theirs).sum() / (ours.sum() + theirs.sum()) > 0.95
    assert set(np.unique(numbers[numbers > 6])) <= set(range(10, 20))
    assert "S1: The lowest body is S1" in capsys.readouterr().out


def test_what_goes_wrong_is_one_sentence_and_exit_1(exam, tmp_path, capsys):
    gone, out = ["--server", f"unix:{tmp_path}/none", "--deadline-s", "2"], str(tmp_path / "out")
    t1 = str(exam / "sag_t1")
    cases = {
        ("map", str(tmp_path / "nothing"), "--out", out): "does not exist",
        ("map", t1, "--out", out): "cannot be mapped: No usable sagittal T2",
        ("map", t1, t1, t1, "--out", out): "one exam folder",
        ("map", t1, str(exam / "sag_t2"), "--out", out, *gone): "cannot be reached",
        ("localize", t1, "--out", out + ".nii", *gone): "cannot be reached",
        ("localize", t1, "--out", out, *gone): "name a file that ends in .nii.gz",
    }
    for arguments, sentence in cases.items():
        assert cli.main(list(arguments)) == 1
        said = capsys.readouterr().err
        assert sentence in said
        assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_a_series_without_bodies_is_an_empty_file_and_a_warning(exam, tiny_server, tmp_path, capsys):
    """The tiny networks find no compact body in this picture."""
    out = tmp_path / "a new folder" / "bodies.nii"
    blank = nibabel.Nifti1Image(np.zeros((90, 80, 3), np.int16), np.diag([-1.0, -1.0, 4.0, 1.0]))
    blank = blank.as_reoriented(np.array([[1, 1], [2, 1], [0, 1]]))
    nibabel.save(blank, tmp_path / "blank.nii")
    command = ["localize", str(tmp_path / "blank.nii"), "--out", str(out), "--server", tiny_server]
    assert cli.main(command) == 0
    assert "No vertebral body was found" in capsys.readouterr().err
    assert not np.asarray(nibabel.load(out).dataobj).any()
    assert nibabel.load(out).shape == blank.shape


def test_it_needs_neither_django_nor_tensorflow():
    code = "import inference.cli, sys\nsys.exit(bool({'django', 'tensorflow', 'celery'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cli, "reader", None)
    (tmp_path / "file").touch()
    t1, inside = str(tmp_path), str(tmp_path / "file" / "out")
    cases = {
        ("map", t1, t1, "--out", str(tmp_path / "file")): "is a file; name another place",
        ("map", t1, t1, "--out", inside): "is a file; name another place",
        ("localize", t1, "--out", f"{inside}.nii.gz"): "is a file; name another place",
        ("localize", t1, "--out", str(tmp_path / "bodies.png")): "ends in .nii.gz or .nii",
    }
    for arguments, sentence in cases.items():
        assert cli.main(list(arguments)) == 1
        assert sentence in capsys.readouterr().err
    monkeypatch.setattr(cli.os, "access", lambda *_: False)
    assert cli.main(["map", t1, t1, "--out", str(tmp_path / "out")]) == 1
    assert "out cannot be written; name another place" in capsys.readouterr().err


def test_an_interrupted_run_says_so_and_writes_nothing(tmp_path, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "load_exam", interrupted)
    assert cli.main(["map", str(tmp_path), "--out", str(tmp_path / "out")]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
