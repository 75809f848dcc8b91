"""Original bytes never stay, whenever the process that holds them is killed."""

import os
import time
from pathlib import Path

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.urls import reverse

from readerstudy.exams import policies, services, storing
from readerstudy.exams.models import Upload
from readerstudy.exams.states import UploadState
from tests import cast
from tests.inference.dicom import made
from tests.readerstudy.exams.conftest import everything_below, files_of

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Stands for a process that ends without running another line of its own."""


def make_old(folder: Path) -> None:
    past = time.time() - policies.FORGET_AFTER.total_seconds() - 60
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (past, past))


@pytest.fixture
def cut_off(coordinator, sent, settings, monkeypatch) -> Path:
    """The folder of an upload whose server was killed between its files and its row."""

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as within:
        within.setattr(services, "_add_upload", killed)
        within.setattr(services.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            services.receive_upload(actor=coordinator, files=files_of(made.t1(2)), synthetic=False)
    assert not Upload.objects.exists()
    (folder,) = (p for p in Path(settings.UPLOAD_DIR).iterdir() if p != Path(settings.FILE_UPLOAD_TEMP_DIR))
    assert len(everything_below(folder)) == 2
    return folder


def test_trust_43_files_without_a_row_are_removed_once_they_are_old(cut_off, sent):
    services.sweep_uploads()
    assert cut_off.exists(), "its server may be about to write the row"
    make_old(cut_off)
    services.sweep_uploads()
    assert not cut_off.exists()


def test_a_folder_that_is_still_written_into_is_left(cut_off, sent):
    make_old(cut_off)
    (cut_off / "000002").write_bytes(b"the next file arrives")
    services.sweep_uploads()
    assert cut_off.exists()


@pytest.mark.parametrize("state", [UploadState.RECEIVED, UploadState.RUNNING])
def test_an_unfinished_upload_keeps_its_files_however_old(state, coordinator, sent, settings):
    upload = services.receive_upload(actor=coordinator, files=files_of(made.t1(2)), synthetic=False)
    Upload.objects.filter(pk=upload.pk).update(state=state)
    storing.staging_folder(upload).mkdir()
    make_old(Path(settings.UPLOAD_DIR))
    services.sweep_uploads()
    assert storing.upload_folder(upload).exists()
    assert storing.staging_folder(upload).exists()


def test_a_finished_upload_whose_worker_died_before_it_forgot_is_forgotten(coordinator, sent, settings):
    upload = services.receive_upload(actor=coordinator, files=files_of(made.t1(2)), synthetic=False)
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.REFUSED)
    make_old(Path(settings.UPLOAD_DIR))
    services.sweep_uploads()
    assert everything_below(Path(settings.UPLOAD_DIR)) == []


def test_trust_43_large_files_arrive_where_the_sweep_looks(coordinator, sent, settings, monkeypatch):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    arriving, lain = Path(settings.FILE_UPLOAD_TEMP_DIR), []
    complete = TemporaryFileUploadHandler.file_complete

    def look(handler, size):
        lain.extend(everything_below(arriving))
        return complete(handler, size)

    monkeypatch.setattr(TemporaryFileUploadHandler, "file_complete", look)
    address = reverse("exams:upload")
    assert cast.signed_in(coordinator).post(address, {"files": files_of(made.t1(2))}).status_code == 302
    assert lain
    assert everything_below(arriving) == [], "a request that ends leaves nothing"
    (arriving / "left.upload").write_bytes(b"a killed server's")
    make_old(arriving)
    services.sweep_uploads()
    assert everything_below(arriving) == []
    assert arriving.is_dir(), "the next request needs it"


def test_the_product_spools_uploads_below_its_own_folder(settings):
    from tests import settings as real

    assert real.FILE_UPLOAD_TEMP_DIR.parent == real.UPLOAD_DIR
    assert real.FILE_UPLOAD_TEMP_DIR.is_dir()
