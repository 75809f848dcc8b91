"""An exam full of marks goes all the way: none is found in store, database, logs, pages or messages."""

import io
import logging

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from readerstudy.audit.models import Event
from readerstudy.exams import rendering, services
from readerstudy.exams.models import Exam, Upload
from readerstudy.exams.states import UploadState
from tests import cast
from tests.inference.dicom import canary
from tests.readerstudy.exams.conftest import everything_below

pytestmark = pytest.mark.django_db


def dump() -> bytes:
    """Every value of every row of every table, with the column names."""
    rows = [str(row) for model in apps.get_models() for row in model.objects.values()]
    return "\n".join(rows).encode()


def pages_of(client, exam: Exam, upload: Upload) -> list[bytes]:
    """Every answer of this room about the exam."""
    addresses = [
        reverse("exams:list"),
        reverse("exams:upload-detail", args=[upload.pk]),
        reverse("exams:upload-status", args=[upload.pk]),
        *(reverse(f"exams:{name}", args=[exam.pk]) for name in ("detail", "release", "view")),
        *(reverse("exams:metadata", args=[exam.pk, kind]) for kind in ("t1", "t2")),
        *(
            reverse(f"exams:{name}", args=[exam.pk, kind, index])
            for name in ("frame", "thumbnail", "picture")
            for kind in ("t1", "t2")
            for index in range(6)
        ),
    ]
    answers = [client.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.content + str(answer.headers).encode() for answer in answers]


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.DEBUG)
    return caplog


def test_trust_43_no_mark_of_the_canary_is_anywhere(coordinator, sent, tmp_path, settings, logged, capfd):
    marks = canary.write_exam(tmp_path / "exam")
    assert len(marks) >= 70
    files = [SimpleUploadedFile(p.name, p.read_bytes()) for p in (tmp_path / "exam").iterdir()]
    client = cast.signed_in(coordinator)
    answer = client.post(reverse("exams:upload"), {"files": files}, headers={"Accept": "application/json"})
    assert answer.status_code == 201
    upload = Upload.objects.get()
    services.ingest_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    exam = upload.exams.get()
    kept = everything_below(tmp_path / "data")
    assert len(kept) == 12
    printed = capfd.readouterr()
    haystacks = [
        *(path.read_bytes() for path in kept),
        "\n".join(map(str, kept)).encode(),
        dump(),
        str(sent).encode(),
        logged.text.encode(),
        (printed.out + printed.err).encode(),
        answer.content,
        *pages_of(client, exam, upload),
        *(rendering.picture(instance) for series in exam.series.all() for instance in series.instances.all()),
    ]
    assert canary.found(marks, *haystacks) == []


def test_trust_43_refusals_do_not_quote_what_they_refuse(
    coordinator, sent, tmp_path, settings, logged, capfd
):
    marks = canary.write_exam(tmp_path / "exam", ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    (tmp_path / "exam" / "CANARY250QX.txt").write_bytes(b"CANARY250QX is no DICOM file")
    upload = services.ingest_path(path=tmp_path / "exam")
    assert upload.state == UploadState.REFUSED
    assert upload.findings
    printed = capfd.readouterr()
    assert canary.found(marks, dump(), logged.text.encode(), (printed.out + printed.err).encode()) == []


def test_trust_43_the_command_prints_no_mark(tmp_path):
    marks = canary.write_exam(tmp_path / "exam")
    out = io.StringIO()
    call_command("ingest", str(tmp_path / "exam"), stdout=out)
    assert "waits for release" in out.getvalue()
    assert canary.found(marks, out.getvalue().encode()) == []
    assert canary.found(marks, str(list(Event.objects.values())).encode()) == []
