"""The same routes with real files behind them."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from readerstudy.exams.models import Instance
from readerstudy.studies.models import Study
from tests import factories
from tests.readerstudy.reads.desk import desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stand_ins() -> None:
    """None here: files are read."""


def write(path: Path, instance: Instance) -> np.ndarray:
    """A small MR image of this instance; returns its pixels."""
    pixels = np.arange(12, dtype="<u2").reshape(3, 4) + 100 * instance.index
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = MRImageStorage
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = instance.sop_uid
    image.ImagePositionPatient = [float(instance.index), 0.0, 0.0]
    image.Rows, image.Columns = pixels.shape
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 0
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.PixelData = pixels.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(path, image, enforce_file_format=True)
    return pixels


@pytest.fixture
def study(db, settings, tmp_path) -> Study:
    settings.MEDIA_ROOT = tmp_path
    made = factories.make_study(cases=1)
    for instance in Instance.objects.all():
        write(tmp_path / instance.path, instance)
    return made


def test_frames_and_metadata_are_those_of_the_files_in_their_order(study, settings) -> None:
    reader = desk(study, 1)
    read = reader.open()
    for kind in ("t1", "t2"):
        images = read["images"][kind]
        told = reader.client.get(images["metadata_url"]).json()
        stored = list(Instance.objects.filter(series__kind=kind).order_by("index"))
        assert [one["00080018"]["Value"][0] for one in told] == [i.sop_uid for i in stored]
        assert all("7FE00010" not in one for one in told)
        for url, instance in zip(images["frame_urls"], stored, strict=True):
            sent = np.frombuffer(reader.client.get(url).content, "<u2").reshape(3, 4)
            expected = pydicom.dcmread(settings.MEDIA_ROOT / instance.path).pixel_array
            assert np.array_equal(sent, expected)
