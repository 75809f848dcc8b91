"""Uploads of small made-up exams, in a data directory of the test's own."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from readerstudy.exams import services
from readerstudy.exams.models import Upload
from tests import cast
from tests.inference.dicom import made


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "data" / "media"
    settings.UPLOAD_DIR = tmp_path / "data" / "uploads"
    settings.DEIDENTIFICATION_KEY = "a key for the tests of intake, not a secret"
    settings.FILE_UPLOAD_TEMP_DIR = settings.UPLOAD_DIR / "arriving"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True)


@pytest.fixture(autouse=True)
def no_listeners(monkeypatch):
    """Later rooms are not told: what they do is their own tests'."""
    from readerstudy.exams import extensions

    monkeypatch.setattr(extensions._registry, "listeners", [])


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, str]]:
    """(task, id) of every message that would have gone to the queue."""
    messages: list[tuple[str, str]] = []

    def publish(task, job_id):
        messages.append((str(task), str(job_id)))
        return True

    monkeypatch.setattr("readerstudy.common.outbox.publish", publish)
    return messages


@pytest.fixture
def coordinator(db):
    return cast.coordinator()


def files_of(datasets: Iterable[Dataset], syntax: str = ExplicitVRLittleEndian) -> list[SimpleUploadedFile]:
    return [
        SimpleUploadedFile(f"Doe^Jane {number}.dcm", made.encoded(dataset, syntax))
        for number, dataset in enumerate(datasets)
    ]


@pytest.fixture
def take_in(coordinator, sent) -> Callable[..., Upload]:
    """Upload data sets through the service and let the worker's part run."""

    def run(
        datasets: Iterable[Dataset], *, synthetic: bool = True, syntax: str = ExplicitVRLittleEndian
    ) -> Upload:
        files = files_of(datasets, syntax)
        upload = services.receive_upload(actor=coordinator, files=files, synthetic=synthetic)
        services.ingest_upload(upload_id=upload.pk)
        upload.refresh_from_db()
        return upload

    return run


def everything_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
