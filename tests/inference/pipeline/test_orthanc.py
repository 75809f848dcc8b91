"""Everything that leaves as DICOM goes through a real Orthanc and comes back as it was (trust line 41)."""

import io

import numpy as np
import pydicom
import pytest

from inference.dicom.output import check, to_bytes
from inference.dicom.report import check_report
from inference.export import dicom_objects
from tests.orthanc import program, through_orthanc

pytestmark = pytest.mark.skipif(
    program() is None, reason="Orthanc is not installed (Debian: orthanc, orthanc-dicomweb)"
)


def without_length(dataset):
    """All elements, pixels among them; group lengths are the writer's own."""
    return {element.tag: str(element) for element in dataset if element.tag.element != 0}


def test_trust_41_a_real_orthanc_gives_back_the_same_pixels_and_findings(result, sources, tmp_path):
    objects = dicom_objects(result, sources)
    sent = {name: to_bytes(made) for name, made in objects.items()}
    sent |= {f"mr-{n}.dcm": to_bytes(source) for n, source in enumerate(sources)}
    files = []
    for name, content in sent.items():
        files.append(tmp_path / name)
        files[-1].write_bytes(content)
    returned = through_orthanc(files, tmp_path / "returned")
    assert len(returned) == len(files)
    for content in sent.values():
        before = pydicom.dcmread(io.BytesIO(content))
        after = pydicom.dcmread(returned[before.SOPInstanceUID])
        assert without_length(after) == without_length(before)
        if "PixelData" in before:
            assert np.array_equal(after.pixel_array, before.pixel_array)
    again = {name: returned[objects[name].SOPInstanceUID].read_bytes() for name in objects}
    kinds = [kind for kind in (1, 2, 3) if (result.modic == kind).any()]
    assert check(again["modic_map.dcm"], sources, result.modic, kinds) == []
    segmentations = [objects["vertebrae.dcm"], objects["modic_map.dcm"]]
    assert check_report(again["report.dcm"], sources, segmentations, result.labels) == []
