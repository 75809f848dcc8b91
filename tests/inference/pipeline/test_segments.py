"""Segmentations of others and our own, read onto the grid of the images."""

import highdicom as hd
import numpy as np
import pytest

from inference.dicom.output import modic_seg, to_bytes
from inference.dicom.segments import read_segments
from inference.phantom import write_dicom


@pytest.fixture(scope="module")
def modic(result):
    assert {1, 2} <= set(np.unique(result.modic))
    return result.modic


def kept(seg, folder):
    path = folder / "seg.dcm"
    path.write_bytes(to_bytes(seg))
    return path


@pytest.mark.parametrize("kinds", [(1, 2), (2,)])
def test_a_map_reads_back_with_several_types_and_with_one(modic, sources, phantom, tmp_path, kinds):
    only = np.where(np.isin(modic, kinds), modic, 0).astype(np.uint8)
    found = read_segments(kept(modic_seg(sources, only, "by hand"), tmp_path), phantom.t1)
    assert set(found) == {f"Modic type {kind}" for kind in kinds}
    for kind in kinds:
        assert np.array_equal(found[f"Modic type {kind}"], only == kind)


def test_one_frame_reads_back(modic, sources, phantom, tmp_path):
    index = int((modic == 2).sum(axis=(1, 2)).argmax())
    only = np.zeros_like(modic)
    only[index] = np.where(modic[index] == 2, 2, 0)
    found = read_segments(kept(modic_seg(sources, only, "by hand"), tmp_path), phantom.t1)
    assert np.array_equal(found["Modic type 2"], only == 2)


@pytest.mark.filterwarnings("ignore:The string .* is unlikely to represent the intended person name")
@pytest.mark.parametrize("kind", ["FRACTIONAL", "LABELMAP"])
def test_what_is_not_binary_is_refused_by_name(modic, sources, phantom, tmp_path, kind):
    made = modic_seg(sources, np.where(modic == 2, 2, 0).astype(np.uint8), "by hand")
    other = hd.seg.Segmentation(
        source_images=sources,
        pixel_array=(modic == 2).astype(np.uint8 if kind == "LABELMAP" else np.float32),
        segmentation_type=kind,
        segment_descriptions=made.SegmentSequence,
        series_instance_uid="2.25.1",
        series_number=1,
        sop_instance_uid="2.25.2",
        instance_number=1,
        manufacturer="Other",
        manufacturer_model_name="Other",
        software_versions="1",
        device_serial_number="1",
    )
    with pytest.raises(ValueError, match=f"of type {kind}; only BINARY is read: export it so"):
        read_segments(kept(other, tmp_path), phantom.t1)


def test_a_frame_without_segment_or_elsewhere_is_refused(modic, sources, phantom, tmp_path):
    nameless = modic_seg(sources, modic, "by hand")
    del nameless.PerFrameFunctionalGroupsSequence[0].SegmentIdentificationSequence
    with pytest.raises(ValueError, match="lacks its description .*SegmentIdentificationSequence"):
        read_segments(kept(nameless, tmp_path), phantom.t1)
    shifted = modic_seg(sources, modic, "by hand")
    position = shifted.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
    position.ImagePositionPatient = [0, 0, 0]
    with pytest.raises(ValueError, match="does not lie on the pixels of any image"):
        read_segments(kept(shifted, tmp_path), phantom.t1)


def test_images_are_no_segmentation(phantom, tmp_path):
    image = write_dicom(phantom, tmp_path)[0]
    with pytest.raises(ValueError, match="is no DICOM segmentation"):
        read_segments(image, phantom.t1)
