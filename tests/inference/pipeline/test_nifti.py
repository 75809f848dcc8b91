"""NIfTI that must not be taken as it comes, and what even slice steps cost."""

from dataclasses import replace

import nibabel
import numpy as np
import pytest

from inference import nifti
from inference.volume import Volume

SAGITTAL = np.array([[0.0, 0.0, 4.6, 0.0], [-2.0, 0.0, 0.0, 0.0], [0.0, -2.0, 0.0, 0.0], [0, 0, 0, 1.0]])


def stack(offsets, **changes):
    """Slices of 5 by 4 pixels of 2 mm at `offsets` mm from left to right."""
    positions = np.array([[-offset, 0.0, 0.0] for offset in offsets])
    made = Volume(
        np.zeros((len(offsets), 5, 4), np.float32),
        positions,
        np.array([0.0, 1.0, 0.0]),
        np.array([0.0, 0.0, -1.0]),
        (2.0, 2.0),
    )
    return replace(made, **changes)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_voxels_that_are_no_number_are_counted_and_refused(tmp_path, value):
    data = np.ones((4, 5, 3), np.float32)
    data[1, 2, 0] = data[0, 0, 2] = value
    nibabel.save(nibabel.Nifti1Image(data, SAGITTAL), tmp_path / "t1.nii.gz")
    with pytest.raises(ValueError, match=r"t1.nii.gz: voxels that are NaN or infinite: 2; put 0 or true"):
        nifti.read(tmp_path / "t1.nii.gz")


def test_uneven_slices_are_told_with_how_far_files_lie_off():
    volume = stack([0.0, 4.0, 8.0, 16.0, 20.0])
    assert nifti.unevenness_mm(volume) == pytest.approx(2.0)
    assert list(nifti.about_grid(volume)) == [
        "The slices are not evenly spaced, as NIfTI must have them: "
        "NIfTI outputs lie up to 2.0 mm off; DICOM outputs do not."
    ]
    written = nifti.layout_of(volume).affine @ [0, 0, 2, 1]
    assert np.linalg.norm(written[:3] * (-1, -1, 1) - volume.positions_mm[2]) == pytest.approx(2.0)


def test_even_slices_need_no_word_even_with_rounded_positions():
    assert list(nifti.about_grid(stack([0.0, 4.02, 7.98, 12.0]))) == []


def test_a_single_slice_is_as_thick_as_the_file_says(tmp_path):
    flat = np.ones((4, 5, 1), np.float32)
    nibabel.save(nibabel.Nifti1Image(flat, SAGITTAL), tmp_path / "one.nii")
    volume, _ = nifti.read(tmp_path / "one.nii")
    assert volume.slice_spacing_mm == pytest.approx(4.6)
    assert list(nifti.about_grid(volume)) == []
    nibabel.save(nibabel.Nifti1Image(flat[..., 0], SAGITTAL), tmp_path / "flat.nii")
    volume, _ = nifti.read(tmp_path / "flat.nii")
    assert volume.slice_spacing_mm == 1.0
    assert "of unknown thickness" in " ".join(nifti.about_grid(volume))


def test_nifti_of_a_single_slice_is_as_thick_as_its_header_said():
    affine = nifti.layout_of(stack([0.0], stated_spacing_mm=4.6)).affine
    assert np.linalg.norm(affine[:3, 2]) == pytest.approx(4.6)


def test_one_volume_in_four_dimensions_is_a_stack_and_two_are_none(tmp_path):
    data = np.arange(60, dtype=np.int16).reshape(4, 5, 3)
    nibabel.save(nibabel.Nifti1Image(data[..., None], SAGITTAL), tmp_path / "one.nii")
    nibabel.save(nibabel.Nifti1Image(data, SAGITTAL), tmp_path / "plain.nii")
    (one, layout), (plain, _) = nifti.read(tmp_path / "one.nii"), nifti.read(tmp_path / "plain.nii")
    assert np.array_equal(one.array, plain.array)
    layout.write(tmp_path / "out.nii.gz", one.array.astype(np.uint8))
    assert np.array_equal(np.asarray(nibabel.load(tmp_path / "out.nii.gz").dataobj), data)
    nibabel.save(nibabel.Nifti1Image(np.stack([data, data], -1), SAGITTAL), tmp_path / "two.nii")
    with pytest.raises(ValueError, match=r"two.nii has the shape \(4, 5, 3, 2\): a single stack"):
        nifti.read(tmp_path / "two.nii")


def damaged():
    whole = bytearray(nifti.layout_of(stack([0.0, 4.0])).encoded(np.ones((2, 5, 4), np.uint8)))
    whole[12:40] = b"\xff" * 28
    return bytes(whole)


def test_damaged_files_and_colours_are_refused_in_one_sentence(tmp_path):
    (tmp_path / "damaged.nii.gz").write_bytes(damaged())
    colours = np.zeros((4, 5, 3), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    nibabel.save(nibabel.Nifti1Image(colours, SAGITTAL), tmp_path / "colours.nii")
    nibabel.save(nibabel.Nifti1Image(np.ones((4, 5, 3), np.complex64), SAGITTAL), tmp_path / "complex.nii")
    for name, said in (("damaged.nii.gz", ""), ("colours.nii", "no colours"), ("complex.nii", "no colours")):
        with pytest.raises(ValueError, match=f"{name} cannot be read as NIfTI: .*{said}"):
            nifti.read(tmp_path / name)


def test_a_file_that_does_not_say_how_the_patient_lies_is_told(tmp_path):
    image = nibabel.Nifti1Image(np.ones((4, 5, 3), np.int16), SAGITTAL)
    nibabel.save(image, tmp_path / "said.nii")
    image.header["sform_code"] = image.header["qform_code"] = 0
    (tmp_path / "unsaid.nii").write_bytes(
        image.header.binaryblock + bytes(4) + np.asarray(image.dataobj).tobytes("F")
    )
    assert list(nifti.about_layout(nifti.read(tmp_path / "said.nii")[1])) == []
    assert "does not say how the patient lies" in " ".join(
        nifti.about_layout(nifti.read(tmp_path / "unsaid.nii")[1])
    )
