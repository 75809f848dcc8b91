"""Volumes from stored images, and what the pixels say of fat and of letters."""

from dataclasses import replace

import numpy as np
import pydicom
import pytest
from scipy import ndimage

from inference.dicom.burned_in import opened, text_suspected
from inference.dicom.fat import fat_suppressed
from inference.dicom.intake import receive
from inference.dicom.read import NotAVolume, read_files, read_volume
from inference.phantom import make_phantom, write_dicom
from tests.inference.dicom import made


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(21, ())


def taken_in(folder, staging, keyed):
    receive(folder, staging, keyed)
    return sorted((staging / "clean").iterdir())


def test_a_phantom_comes_back_as_it_went(phantom, tmp_path, keyed):
    write_dicom(phantom, tmp_path / "exam")
    files = taken_in(tmp_path / "exam" / "sag_t2", tmp_path / "staging", keyed)
    volume = read_files(files)
    assert np.array_equal(volume.array, phantom.t2.array)
    assert np.allclose(volume.positions_mm, phantom.t2.positions_mm, atol=1e-5)
    assert np.allclose(volume.normal, phantom.t2.normal, atol=1e-6)
    assert volume.pixel_spacing_mm == pytest.approx(phantom.t2.pixel_spacing_mm)


def test_trust_39_negative_rescaled_values_stay_negative(tmp_path, keyed, folder):
    exam = folder(made.t1(RescaleSlope="2.5", RescaleIntercept="-1000"))
    volume = read_files(taken_in(exam, tmp_path / "staging", keyed))
    expected = made.picture(seed=0).astype(np.float32) * 2.5 - 1000
    assert volume.array.min() < -800
    assert np.allclose(volume.array[-1], expected)


def test_slices_are_ordered_along_the_normal(tmp_path, keyed, folder):
    exam = folder(made.t1()[::-1])
    files = taken_in(exam, tmp_path / "staging", keyed)
    volume = read_volume(pydicom.dcmread(f) for f in files)
    assert (np.diff(volume.slice_offsets_mm) > 0).all()
    assert volume.positions_mm[0, 0] > volume.positions_mm[-1, 0], "from the patient's left to right"


def test_what_is_no_volume_is_said(tmp_path, keyed, folder):
    with pytest.raises(NotAVolume, match="no images"):
        read_volume([])
    first, second = (pydicom.dcmread(f) for f in taken_in(folder(made.t1(2)), tmp_path / "a", keyed))
    second.ImagePositionPatient = first.ImagePositionPatient
    with pytest.raises(NotAVolume, match="one position"):
        read_volume([first, second])
    second.Rows = 10
    with pytest.raises(NotAVolume, match="matrix"):
        read_volume([first, second])


def test_fat_is_told_from_the_pixels(phantom):
    assert fat_suppressed(phantom.t2) == "no"
    t2 = phantom.t2
    dark = replace(t2, array=np.where(t2.array > 900, 0.25 * t2.array, t2.array))
    middle = dark.array.shape[0] // 2
    dark.array[middle - 2 : middle + 3, 60:340, 200:215] = 1500
    assert fat_suppressed(dark) == "yes"
    dark.array[:] = 0
    assert fat_suppressed(dark) == "unknown"


def test_trust_46_letters_in_a_picture_are_suspected(phantom):
    from PIL import Image, ImageDraw

    plain = phantom.t1.array[7]
    assert not text_suspected(plain.astype(np.int32))
    drawn = Image.fromarray(np.zeros(plain.shape, np.uint8))
    ImageDraw.Draw(drawn).text((12, 10), "DOE JANE 1961 MRN 4711", fill=255, font_size=16)
    written = np.maximum(plain, np.asarray(drawn, np.float32) * 12)
    assert text_suspected(written.astype(np.int32))


def test_trust_46_no_real_spine_is_suspected(shared_data):
    from PIL import Image

    files = sorted((shared_data / "spider_pairs" / "png").glob("*.png"))[::9]
    assert len(files) > 30
    suspected = [f.name for f in files if text_suspected(np.asarray(Image.open(f)).astype(np.int32))]
    assert suspected == []


@pytest.mark.parametrize("shape", [(40, 31), (5, 64), (1, 3)])
def test_strokes_are_what_a_grey_opening_takes_away(shape):
    values = np.random.default_rng(3).normal(100, 30, shape).astype(np.float32)
    assert np.array_equal(opened(values), ndimage.grey_opening(values, size=(7, 7)))
