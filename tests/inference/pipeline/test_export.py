"""Files of a mapped exam: complete, the same twice, and on the grid that came in."""

import json
from dataclasses import replace

import nibabel
import numpy as np
import pytest

from annotations.labels import EndplateLabel
from inference import export, nifti
from inference.export import numbered_by_level, write_exam


def test_all_outputs_are_written_and_are_the_same_twice(result, phantom, sources, tmp_path):
    layout = nifti.layout_of(phantom.t1)
    first = write_exam(result, tmp_path / "a", layout, sources)
    second = write_exam(result, tmp_path / "b", layout, sources)
    assert sorted(path.name for path in first) == [
        "endplates.json", "modic_map.dcm", "modic_map.nii.gz", "report.dcm", "run.json",
        "vertebrae.dcm", "vertebrae.nii.gz",
    ]  # fmt: skip
    for one, two in zip(first, second, strict=True):
        if one.name != "run.json":
            assert one.read_bytes() == two.read_bytes()
    assert {path.name for path in (tmp_path / "a").iterdir()} == {path.name for path in first}


def test_dicom_of_an_earlier_run_does_not_stay_beside_another_map(result, phantom, sources, tmp_path):
    layout = nifti.layout_of(phantom.t1)
    write_exam(result, tmp_path, layout, sources)
    files = write_exam(result, tmp_path, layout, ())
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in files}
    assert not [path for path in files if path.suffix == ".dcm"]


@pytest.mark.parametrize("name", ["check", "check_report"])
def test_what_would_not_say_what_the_map_says_is_not_written(
    result, phantom, sources, tmp_path, monkeypatch, name
):
    checked = []

    def wrong(content, *_):
        checked.append(content)
        return ["the pixels differ from the map"]

    monkeypatch.setattr(export.output if name == "check" else export, name, wrong)
    with pytest.raises(
        ValueError, match="would be wrong .the pixels differ from the map.*nothing is written"
    ):
        write_exam(result, tmp_path / "out", nifti.layout_of(phantom.t1), sources)
    assert len(checked) == (2 if name == "check" else 1)
    assert not (tmp_path / "out").exists()


def test_the_labels_have_the_stated_form(result, phantom, tmp_path):
    write_exam(result, tmp_path, nifti.layout_of(phantom.t1), ())
    entries = json.loads((tmp_path / "endplates.json").read_text())["endplates"]
    assert len(entries) == 12
    assert set(entries[0]) == {
        "level", "half", "types", "suggestion", "secondary", "volume_mm3", "fraction",
        "largest_diameter_mm", "probability",
    }  # fmt: skip
    assert [EndplateLabel.from_json(entry) for entry in entries] == list(result.labels)


def test_nifti_lies_where_the_patient_lies(result, phantom, tmp_path):
    write_exam(result, tmp_path, nifti.layout_of(phantom.t1), ())
    image = nibabel.load(tmp_path / "vertebrae.nii.gz")
    data = np.asarray(image.dataobj)
    for number, level in enumerate(("L1", "L2", "L3", "L4", "L5", "S1"), 1):
        ras = nibabel.affines.apply_affine(image.affine, np.argwhere(data == number).mean(axis=0))
        lps = ras * (-1, -1, 1)
        assert np.linalg.norm(lps - phantom.truth.level_points_mm[level]) < 4.0
    assert set(np.unique(np.asarray(nibabel.load(tmp_path / "modic_map.nii.gz").dataobj))) <= {0, 1, 2, 3}


def test_run_json_says_how_it_came_about(result, phantom, sources, tmp_path):
    write_exam(result, tmp_path, nifti.layout_of(phantom.t1), sources, remarks=("read 14 images",))
    run = json.loads((tmp_path / "run.json").read_text())
    assert "not a medical device" in run["notice"]
    assert run["networks"][0] == {"name": "localize", "version": "1", "digest": "d" * 64}
    assert run["settings"]["flatten"] is True
    assert run["settings"]["centroids"]["centroids"]["1"] == [0.23, 1.2]
    assert len(run["code_sha256"]) == 64
    assert set(run["timings"]) == {"align", "localize", "standardize", "detect", "map", "label", "write"}
    assert run["remarks"] == ["read 14 images"]
    assert set(run["sha256"]) == {path.name for path in tmp_path.iterdir()} - {"run.json"}


def test_other_bodies_are_numbered_from_10():
    bodies = np.array([[[0, 1, 2, 3, 4]]], np.int16)
    assert numbered_by_level(bodies, {2: "S1", 3: "L5"}).ravel().tolist() == [0, 10, 6, 5, 11]


AXES = ["PIR", "RAS", "LPI", "ASR", "SAL", "IPR"]


@pytest.mark.parametrize("codes", AXES)
def test_a_nifti_stack_comes_back_on_its_own_grid_whatever_its_axes(phantom, codes, tmp_path):
    layout = nifti.layout_of(phantom.t1)
    plain = nibabel.Nifti1Image(np.transpose(phantom.t1.array, (2, 1, 0)), layout.affine)
    now = nibabel.orientations.io_orientation(plain.affine)
    wanted = nibabel.orientations.axcodes2ornt(codes)
    image = plain.as_reoriented(nibabel.orientations.ornt_transform(now, wanted))
    nibabel.save(image, tmp_path / "t1.nii.gz")
    volume, own = nifti.read(tmp_path / "t1.nii.gz")
    assert len(volume.array) == len(phantom.t1.array)
    index = np.array([3.0, 100.0, 120.0])
    value = volume.array[3, 100, 120]
    spot = volume.to_patient(index)
    offset = (spot - phantom.t1.positions_mm[0]) @ phantom.t1.normal
    slice_ = int(np.abs(phantom.t1.slice_offsets_mm - phantom.t1.slice_offsets_mm[0] - offset).argmin())
    away = spot - phantom.t1.positions_mm[slice_]
    row = away @ phantom.t1.column_direction / phantom.t1.pixel_spacing_mm[0]
    column = away @ phantom.t1.row_direction / phantom.t1.pixel_spacing_mm[1]
    assert phantom.t1.array[slice_, round(row), round(column)] == pytest.approx(value)
    own.write(tmp_path / "out.nii.gz", (volume.array > 300).astype(np.uint8))
    back = nibabel.load(tmp_path / "out.nii.gz")
    assert back.shape == image.shape
    assert np.allclose(back.affine, image.affine, atol=1e-4)
    assert np.array_equal(np.asarray(back.dataobj) > 0, np.asarray(image.dataobj, np.float32) > 300)


def test_what_is_no_stack_is_refused(tmp_path):
    (tmp_path / "x.nii.gz").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="cannot be read as NIfTI"):
        nifti.read(tmp_path / "x.nii.gz")
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 4, 4, 2), np.float32), np.eye(4)), tmp_path / "y.nii")
    with pytest.raises(ValueError, match="a single stack of slices"):
        nifti.read(tmp_path / "y.nii")


def test_a_run_that_breaks_off_while_writing_leaves_the_earlier_files(result, phantom, tmp_path, monkeypatch):
    layout = nifti.layout_of(phantom.t1)
    before = {path: path.read_bytes() for path in write_exam(result, tmp_path, layout, ())}

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(nifti, "_encoded", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_exam(replace(result, findings=()), tmp_path, layout, ())
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
