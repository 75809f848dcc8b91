"""Taking exams in: what is stored, what is refused, and that nothing stays that should not."""

import threading
from pathlib import Path

import pydicom
import pytest
from django.db import connection

from inference.dicom.uids import Keyed
from readerstudy.audit.models import Event
from readerstudy.common import clock
from readerstudy.common.errors import BadInput
from readerstudy.exams import policies, selectors, services, storing
from readerstudy.exams.models import Exam, Instance, Upload
from readerstudy.exams.states import ExamState, SeriesKind, UploadState
from tests.inference.dicom import made
from tests.readerstudy.exams.conftest import everything_below, files_of

pytestmark = pytest.mark.django_db


def actions():
    return list(Event.objects.order_by("seq").values_list("action", flat=True))


def test_an_exam_is_stored_with_its_series_and_reasons(take_in, settings):
    upload = take_in(made.t1() + made.t2())
    assert upload.state == UploadState.DONE
    exam = upload.exams.get()
    assert exam.state == ExamState.RECEIVED
    assert exam.pseudonym.startswith("P-")
    t1, t2 = exam.series.order_by("kind")
    assert (t1.slices, t2.slices) == (6, 6)
    assert "T1 by TE 10 ms" in t1.reason
    assert t2.acquisition["echo_ms"] == 100
    assert t1.acquisition["slice_distance_mm"] == pytest.approx(4.4)
    assert [d["kind"] for d in exam.selection] == ["t1", "t2"]
    assert selectors.volume_of(exam, SeriesKind.T1).array.shape == (6, 64, 48)
    assert actions()[-3:] == ["upload.received", "exam.received", "upload.done"]


def test_the_queue_is_told_once_after_the_commit(coordinator, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload = services.receive_upload(actor=coordinator, files=files_of(made.t1(2)), synthetic=False)
        assert sent == []
    assert sent == [("readerstudy.exams.tasks.ingest_upload_task()", str(upload.pk))]


def test_trust_37_no_name_of_theirs_is_used_in_a_path(take_in, settings):
    exam = take_in(made.t1() + made.t2()).exams.get()
    paths = [str(p.relative_to(settings.MEDIA_ROOT)) for p in everything_below(Path(settings.MEDIA_ROOT))]
    assert sorted(paths) == sorted(Instance.objects.values_list("path", flat=True))
    assert all(p.startswith(f"exams/{exam.pk}/t") for p in paths)


def test_trust_42_originals_are_gone_and_stored_files_are_rewritten(take_in, settings):
    upload = take_in(made.t1() + made.t2())
    assert everything_below(Path(settings.UPLOAD_DIR)) == []
    for path in everything_below(Path(settings.MEDIA_ROOT)):
        read = pydicom.dcmread(path)
        assert read.preamble == b"\0" * 128
        assert read.PatientID == read.PatientName == upload.exams.get().pseudonym.rsplit("-", 1)[0]
        assert read.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
        assert read.SeriesDescription in ("Sagittal T1", "Sagittal T2")


def test_broken_files_are_left_out_and_counted(coordinator, sent):
    files = files_of(made.t1() + made.t2())
    files[2].file.truncate(700)
    files[2].size = 700
    upload = services.receive_upload(actor=coordinator, files=files, synthetic=True)
    services.ingest_upload(upload_id=upload.pk)
    exam = Exam.objects.get()
    assert exam.series.get(kind="t1").slices == 5
    assert any("missing" in warning for warning in exam.warnings)
    upload.refresh_from_db()
    assert any(line.startswith("1 file: ") for line in upload.findings)


def test_nothing_to_read_is_said(coordinator, sent):
    with pytest.raises(BadInput):
        services.receive_upload(actor=coordinator, files=[], synthetic=False)
    assert not Upload.objects.exists()


def test_too_much_at_once_and_a_full_disk_are_refused_before_anything_is_kept(
    coordinator, settings, monkeypatch
):
    settings.UPLOAD_MAX_BYTES = 1000
    with pytest.raises(BadInput, match="one exam at a time"):
        services.receive_upload(actor=coordinator, files=files_of(made.t1()), synthetic=False)
    settings.UPLOAD_MAX_BYTES = 10**9
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10**6})())
    with pytest.raises(policies.NoRoom) as caught:
        services.receive_upload(actor=coordinator, files=files_of(made.t1()), synthetic=False)
    assert caught.value.status == 507
    assert everything_below(Path(settings.UPLOAD_DIR)) == []
    assert not Upload.objects.exists()


def test_trust_38_the_same_upload_again_changes_nothing(take_in):
    first = take_in(made.t1() + made.t2()).exams.get()
    before = list(Instance.objects.values_list("pk", "sha256"))
    again = take_in(made.t2() + made.t1())
    assert again.state == UploadState.DONE
    assert "here already, nothing was changed" in " ".join(again.findings)
    assert Exam.objects.get() == first
    assert list(Instance.objects.values_list("pk", "sha256")) == before


def test_trust_38_the_same_identifier_with_other_pixels_is_refused_and_audited(take_in):
    take_in(made.t1() + made.t2())
    before = list(Instance.objects.values_list("pk", "sha256"))
    changed = made.t1() + made.t2()
    changed[2].PixelData = made.picture(seed=999).tobytes()
    again = take_in(changed)
    assert again.state == UploadState.REFUSED
    assert "other pixels" in " ".join(again.findings)
    assert Event.objects.get(action="upload.refused").after == {"code": "other-pixels"}
    assert list(Instance.objects.values_list("pk", "sha256")) == before


def test_trust_38_more_images_of_a_stored_study_are_refused(take_in):
    take_in(made.t1(5) + made.t2(5))
    again = take_in(made.t1(6) + made.t2(6))
    assert again.state == UploadState.REFUSED
    assert "with other images" in " ".join(again.findings)
    assert Exam.objects.get().series.get(kind="t1").slices == 5


@pytest.mark.django_db(transaction=True)
def test_trust_38_concurrent_duplicates_leave_one_exam(coordinator, sent, settings):
    uploads = [
        services.receive_upload(actor=coordinator, files=files_of(made.t1() + made.t2()), synthetic=True)
        for _ in range(3)
    ]

    def work(upload):
        try:
            services.ingest_upload(upload_id=upload.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(upload,)) for upload in uploads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Exam.objects.count() == 1
    assert {u.state for u in Upload.objects.all()} == {UploadState.DONE}
    assert len(everything_below(Path(settings.MEDIA_ROOT))) == 12
    assert everything_below(Path(settings.UPLOAD_DIR)) == []


def test_trust_45_two_exams_of_one_patient_share_the_pseudonym(take_in):
    first = take_in(made.t1() + made.t2()).exams.get()
    later = {"StudyInstanceUID": "1.2.77", "StudyDate": "20250131"}
    second = take_in(made.t1(**later) + made.t2(**later)).exams.get()
    assert first.patient_key == second.patient_key
    assert [first.pseudonym[:-2], second.pseudonym[:-2]] == [first.pseudonym[:-2]] * 2
    assert (first.pseudonym[-2:], second.pseudonym[-2:]) == ("-1", "-2")
    elsewhere = Keyed(b"the key of some other installation").pseudonym("ID-1\n")
    assert first.pseudonym[:-2] == storing.installation_key().pseudonym("ID-1\n") != elsewhere


def test_trust_46_text_that_is_declared_or_seen_marks_the_exam(take_in):
    plain = take_in(made.t1() + made.t2()).exams.get()
    assert not plain.needs_check
    declared = {"StudyInstanceUID": "1.2.77"}
    marked = take_in(made.t1(**declared, BurnedInAnnotation="YES") + made.t2(**declared)).exams.get()
    assert marked.needs_check
    assert set(Instance.objects.filter(series__exam=marked).values_list("burned_in", flat=True)) == {
        "yes",
        "no",
    }
    assert marked.state == ExamState.RECEIVED


def test_a_job_done_twice_has_one_effect(take_in):
    upload = take_in(made.t1() + made.t2())
    services.ingest_upload(upload_id=upload.pk)
    assert Exam.objects.count() == 1
    assert actions().count("upload.done") == 1


def test_a_dead_workers_upload_is_found_and_read_again(coordinator, sent):
    upload = services.receive_upload(actor=coordinator, files=files_of(made.t1() + made.t2()), synthetic=True)
    silent = clock.now() - 2 * policies.STALE_AFTER
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.RUNNING, attempts=1, heartbeat_at=silent)
    assert services.sweep_uploads() == 1
    assert sent[-1][1] == str(upload.pk)
    services.ingest_upload(upload_id=upload.pk)
    assert Exam.objects.count() == 1
    assert services.sweep_uploads() == 0


def test_a_running_upload_is_left_to_its_worker(coordinator, sent):
    upload = services.receive_upload(actor=coordinator, files=files_of(made.t1()), synthetic=True)
    Upload.objects.filter(pk=upload.pk).update(
        state=UploadState.RUNNING, attempts=1, heartbeat_at=clock.now()
    )
    services.ingest_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.attempts) == (UploadState.RUNNING, 1)


def test_an_upload_that_fails_every_time_is_given_up(coordinator, sent, monkeypatch, settings):
    upload = services.receive_upload(actor=coordinator, files=files_of(made.t1()), synthetic=True)

    def fail(*_, **__):
        raise RuntimeError("disk gone")

    monkeypatch.setattr(services, "receive", fail)
    for _ in range(policies.MAX_ATTEMPTS):
        with pytest.raises(RuntimeError):
            services.ingest_upload(upload_id=upload.pk)
        silent = clock.now() - 2 * policies.STALE_AFTER
        Upload.objects.filter(pk=upload.pk).update(heartbeat_at=silent)
    services.ingest_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED
    assert Event.objects.get(action="upload.refused").after == {"code": "attempts"}
    assert everything_below(Path(settings.UPLOAD_DIR)) == []


def test_a_failure_while_storing_leaves_neither_rows_nor_files(coordinator, sent, monkeypatch, settings):
    upload = services.receive_upload(actor=coordinator, files=files_of(made.t1() + made.t2()), synthetic=True)

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(services, "announce", fail)
    with pytest.raises(OSError, match="No space"):
        services.ingest_upload(upload_id=upload.pk)
    assert not Exam.objects.exists()
    assert everything_below(Path(settings.MEDIA_ROOT)) == []
    assert "exam.received" not in actions()
