"""An exam whose run is done by networks that answer from the phantom's truth."""

from contextlib import contextmanager

import pytest

from inference.phantom import make_phantom, write_dicom
from inference.pipeline import map_exam
from readerstudy.exams import services as exams
from readerstudy.predictions import services
from tests.factories import make_exam
from tests.inference.conftest import tiny_models, tiny_server  # noqa: F401
from tests.inference.pipeline.perfect import detector_for, localizer_for


@pytest.fixture(scope="session")
def phantom():
    return make_phantom(3)


@pytest.fixture(scope="session")
def mapped(phantom):
    """The phantom's map, made once."""
    return map_exam(phantom.t1, phantom.t2, localizer=localizer_for(phantom), detector=detector_for(phantom))


@pytest.fixture(scope="session")
def phantom_files(phantom, tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom")
    write_dicom(phantom, folder)
    return folder


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def published(monkeypatch):
    """What was sent to the queue: the ids of runs."""
    sent = []
    monkeypatch.setattr("readerstudy.common.outbox.publish", lambda task, key: sent.append(str(key)) or True)
    return sent


@pytest.fixture
def exam(db):
    return make_exam(released=False, proposed_levels=[])


@pytest.fixture
def stored_exam(db, phantom_files):
    """The phantom taken in as DICOM: rows, files and the run that intake asks for."""
    upload = exams.ingest_path(path=phantom_files, synthetic=True)
    return upload.exams.get()


@pytest.fixture
def canned(monkeypatch, phantom, mapped):
    """Runs get the phantom's volumes and map without networks; `canned.during` is called within."""

    class Canned:
        during = staticmethod(lambda: None)

    @contextmanager
    def no_networks(*_, **__):
        yield None, None

    def map_at_once(t1, t2, *, progress, **_):
        for stage in ("align", "localize"):
            progress(stage, 0.0)
        Canned.during()
        progress("label", 1.0)
        return mapped

    monkeypatch.setattr(services, "served_networks", no_networks)
    monkeypatch.setattr(services, "map_exam", map_at_once)
    monkeypatch.setattr(
        services.exams, "volume_of", lambda exam, kind: phantom.t1 if kind == "t1" else phantom.t2
    )
    return Canned
