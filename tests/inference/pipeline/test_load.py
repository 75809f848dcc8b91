"""A researcher's own folders: whose they are, and what is said about them."""

import pydicom
import pytest

from inference.dicom.load import load_series
from inference.dicom.output import modic_seg, to_bytes
from inference.dicom.report import labels_report
from inference.phantom import write_dicom
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
    for made in (seg, labels_report(sources, result.labels, [seg], MADE_BY)):
        content = to_bytes(made)
        assert errors(content, tmp_path) == []
        read = pydicom.dcmread(tmp_path / "object.dcm")
        assert str(read.PatientName) == NAMES[charset]
        assert read.SpecificCharacterSet == "ISO_IR 192"


def test_a_plain_name_needs_no_character_set(exam, tmp_path):
    sources = load_series(some_slices(exam / "sag_t1", tmp_path / "t1", lambda dataset: None)).sources
    assert all("SpecificCharacterSet" not in source for source in sources)
    assert str(sources[0].PatientName).startswith("Phantom^Synthetic")
