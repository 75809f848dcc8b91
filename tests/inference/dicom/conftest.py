"""Files on disk and a key, for tests of intake."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from inference.dicom.uids import Keyed
from tests.inference.dicom import made


@pytest.fixture
def keyed() -> Keyed:
    return Keyed(made.KEY)


@pytest.fixture
def folder(tmp_path):
    """Write data sets as files of a folder and return it."""

    def write(datasets: Iterable[Dataset], name: str = "exam") -> Path:
        target = tmp_path / name
        target.mkdir(exist_ok=True)
        for number, dataset in enumerate(datasets, len(list(target.iterdir()))):
            (target / f"image {number}.dcm").write_bytes(made.encoded(dataset))
        return target

    return write
