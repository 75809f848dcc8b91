"""An exam full of marks is mapped, released, read and reported: no file that can be taken away holds one."""

import io
import logging
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from annotations.vocabulary import Half, Level, ModicType
from inference.pipeline import ExamMap, LevelProposal, MapSettings
from inference.steps.endplates import HalfFinding
from inference.steps.names import Proposal
from readerstudy.exams import services as exams
from readerstudy.exams.models import Exam, Upload
from readerstudy.predictions import services as predictions
from readerstudy.predictions.models import ModicMap
from readerstudy.reports import services as reports
from readerstudy.reports.policies import MEANINGS
from readerstudy.studies import services as studies
from readerstudy.studies.models import Assignment, Study
from tests import cast
from tests.inference.dicom import canary
from tests.readerstudy.exams.conftest import everything_below
from tests.readerstudy.reports.conftest import submit

pytestmark = pytest.mark.django_db

SITES = [(level, half) for level in Level for half in Half]
FIRST_ROW, TALL = 8, 8
"""Six bodies of eight rows each, from the row where L1 begins."""


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path, monkeypatch):
    data = tmp_path / "data"
    settings.MEDIA_ROOT, settings.UPLOAD_DIR = data / "media", data / "uploads"
    settings.FILE_UPLOAD_TEMP_DIR = data / "uploads" / "arriving"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """Every message that would have gone to the queue."""
    messages: list[str] = []

    def publish(task, job_id):
        messages.append(f"{task!r} {job_id}")
        return True

    monkeypatch.setattr("readerstudy.common.outbox.publish", publish)
    return messages


def drawn_map(t1, t2, **_) -> ExamMap:
    """A map with six bodies and a type 2 change, on the exam's own grid, without networks."""
    bodies = np.zeros(t1.array.shape, np.int16)
    modic = np.zeros(t1.array.shape, np.uint8)
    for place in range(6):
        top = FIRST_ROW + place * TALL
        bodies[:, top : top + TALL - 2, 20:30] = 6 - place
    modic[2:4, FIRST_ROW : FIRST_ROW + 3, 22:28] = ModicType.TYPE_2
    kind = ModicType.TYPE_2
    findings = tuple(
        HalfFinding(body, half, (kind,), kind, None, {kind: 400.0}, 0.2, 9.0, 0.9)
        for body in range(1, 7)
        for half in Half
    )
    return ExamMap(
        t2=t1.array.astype(np.float32),
        without_t2=(),
        bodies=bodies,
        halves=(bodies > 0).astype(np.uint8),
        modic=modic,
        probability=modic.astype(np.float32) / 3,
        bands={},
        levels=tuple(
            LevelProposal(Proposal(6 - place, level, 0.9, ("drawn",), True), point(place))
            for place, level in reversed(list(enumerate(Level)))
        ),
        findings=findings,
        residual_mm=None,
        networks=({"name": "localize", "version": "1", "digest": ""},),
        settings=MapSettings(),
        timings={},
        warnings=(),
    )


def point(place: int) -> tuple[float, float, float]:
    """The middle of a drawn body in the patient: rows of 2 mm from z 70 downwards."""
    return (0.0, -10.0, 70.0 - 2.0 * (FIRST_ROW + place * TALL + TALL / 2 - 1))


@pytest.fixture
def drawn(monkeypatch):
    @contextmanager
    def no_networks(*_, **__):
        yield None, None

    monkeypatch.setattr(predictions, "served_networks", no_networks)
    monkeypatch.setattr(predictions, "map_exam", drawn_map)


def taken_in_and_released(client, actor, folder: Path) -> Exam:
    files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in folder.iterdir()]
    assert client.post(reverse("exams:upload"), {"files": files, "synthetic": "yes"}).status_code == 302
    exams.ingest_upload(upload_id=Upload.objects.get().pk)
    exam = Exam.objects.get()
    predictions.map_run(run_id=exam.runs.get().pk)
    levels = [
        {"level": level.value, "body": 6 - n, "point_mm": list(point(n))} for n, level in enumerate(Level)
    ]
    return exams.release_exam(actor=actor, exam_id=exam.pk, levels=levels, exclusions=[], looked_at_all=True)


def read_and_locked(actor, exam: Exam) -> Study:
    study = studies.create_study(actor=actor, name="A study of one exam")
    studies.set_cases(actor=actor, study=study, exams=[exam])
    studies.enrol_readers(actor=actor, study=study, readers=[cast.reader() for _ in range(3)])
    studies.open_study(actor=actor, study=study)
    for number, row in enumerate(Assignment.objects.filter(enrolment__study=study).order_by("pk")):
        answers = [
            {"level": level.value, "half": half.value, "grade": (place + number) % 3}
            for place, (level, half) in enumerate(SITES)
        ]
        submit(row, answers)
    reports.lock_study(study_id=study.pk, person=actor, password=cast.PASSWORD, meaning=MEANINGS[0])
    return study


def taken_away(client, exam: Exam, study: Study) -> dict[str, bytes]:
    """Every file and page that holds something of the exam or of its study, by its address."""
    modic_map = ModicMap.objects.get()
    addresses = [
        *(reverse("predictions:download", args=[modic_map.pk, name]) for name in MAP_FILES),
        reverse("predictions:map", args=[modic_map.pk]),
        reverse("exams:detail", args=[exam.pk]),
        reverse("studies:detail", args=[study.pk]),
        reverse("studies:protocol", args=[study.pk]),
        *(
            reverse(f"reports:{name}", args=[study.pk])
            for name in ("report", "pdf", "json", "figures-csv", "readings-csv")
        ),
    ]
    page = client.get(reverse("reports:report", args=[study.pk])).content.decode()
    pictures = re.findall(r'src="(/reports/[^"]+\.svg)"', page)
    assert pictures
    answers = {address: client.get(address) for address in (*addresses, *pictures)}
    assert {address: a.status_code for address, a in answers.items() if a.status_code != 200} == {}
    return {address: answer.content + str(answer.headers).encode() for address, answer in answers.items()}


MAP_FILES = ("modic_map.dcm", "vertebrae.dcm", "report.dcm", "endplates.json")


def readable(address: str, content: bytes) -> bytes:
    """The content with what stands compressed or encoded in it."""
    if address.endswith(".pdf"):
        reader = PdfReader(io.BytesIO(content))
        text = "".join(page.extract_text() for page in reader.pages)
        return content + text.encode() + str(reader.metadata).encode()
    if address.endswith(".dcm"):
        return content + str(pydicom.dcmread(io.BytesIO(content))).encode()
    return content


def test_trust_43_no_export_of_exam_map_study_or_report_holds_a_mark(
    db, sent, drawn, tmp_path, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    marks = canary.write_exam(tmp_path / "exam")
    actor = cast.coordinator()
    client = cast.signed_in(actor)
    exam = taken_in_and_released(client, actor, tmp_path / "exam")
    study = read_and_locked(actor, exam)
    files = taken_away(client, exam, study)
    texts = {address: readable(address, content) for address, content in files.items()}
    for address, text in texts.items():
        assert canary.found(marks, text) == [], address
    exported = [text for address, text in texts.items() if address.endswith(MAP_FILES)]
    assert all(exam.pseudonym.rsplit("-", 1)[0].encode() in text for text in exported)
    assert everything_below(tmp_path / "temporary") == []
    assert everything_below(tmp_path / "data" / "uploads") == []
    kept = everything_below(tmp_path / "data")
    assert {path.parent.parent.name for path in kept} >= {"maps", str(exam.pk)}
    rows = "\n".join(str(row) for model in apps.get_models() for row in model.objects.values())
    printed = capfd.readouterr()
    rest = [rows, str(sent), caplog.text, printed.out, printed.err, "\n".join(map(str, kept))]
    assert canary.found(marks, *(path.read_bytes() for path in kept), *map(str.encode, rest)) == []
