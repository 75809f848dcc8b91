"""Taking exams in and releasing them."""

import logging
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from celery import signature
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from inference.dicom.intake import is_clutter, receive
from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock, outbox
from readerstudy.common.errors import Conflict
from readerstudy.exams import policies, selectors, storing
from readerstudy.exams.extensions import announce
from readerstudy.exams.models import Exam, Upload
from readerstudy.exams.states import ExamState, UploadState

_INGEST = "readerstudy.exams.tasks.ingest_upload_task"

logger = logging.getLogger(__name__)


def receive_upload(*, actor: User, files: Sequence[UploadedFile], synthetic: bool) -> Upload:
    """Keep what a browser sent until the worker has read it, under names of our own.

    Raises BadInput for nothing or too much, NoRoom (507) where the disk is nearly full; nothing is kept then.
    """
    wanted = [file for file in files if not is_clutter(file.name or "")]
    total = sum(file.size or 0 for file in wanted)
    policies.check_upload_size(total_bytes=total, limit_bytes=settings.UPLOAD_MAX_BYTES, files=len(wanted))
    policies.check_room(free_bytes=shutil.disk_usage(settings.DATA_DIR).free, wanted_bytes=total)
    upload = Upload(created_by=actor, synthetic=synthetic, created_at=clock.now(), stage="waiting")
    folder = storing.upload_folder(upload)
    try:
        storing.keep_files(wanted, folder)
        with transaction.atomic():
            _add_upload(upload, actor, len(wanted), total)
            outbox.publish_on_commit(signature(_INGEST), upload.pk)
    except BaseException:
        if not Upload.objects.filter(pk=upload.pk).exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload


def _add_upload(upload: Upload, actor: User | None, files: int, total: int) -> None:
    upload.save(force_insert=True)
    after = {"files": files, "bytes": total, "synthetic": upload.synthetic}
    audit.record(actor=actor, action="upload.received", target=upload, after=after)


def ingest_path(*, path: Path, actor: User | None = None, synthetic: bool = False) -> Upload:
    """Take in a folder, zip or file of this machine at once; it is read where it lies and not changed."""
    policies.check_room(free_bytes=shutil.disk_usage(settings.DATA_DIR).free, wanted_bytes=0)
    now = clock.now()
    upload = Upload(created_by=actor, synthetic=synthetic, created_at=now, heartbeat_at=now)
    upload.state, upload.attempts = UploadState.RUNNING, policies.MAX_ATTEMPTS
    with transaction.atomic():
        _add_upload(upload, actor, 1, 0)
    _ingest(upload, path)
    upload.refresh_from_db()
    return upload


def ingest_upload(*, upload_id: UUID) -> None:
    """Read a kept upload: the worker's job. Done twice it has one effect; a dead worker's is done again."""
    upload = _claimed(upload_id)
    if upload is None:
        return
    _ingest(upload, storing.upload_source(upload))


def _claimed(upload_id: UUID) -> Upload | None:
    """The upload, now running under us; None where there is nothing left to do."""
    now = clock.now()
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(pk=upload_id).first()
        if upload is None or upload.state not in (UploadState.RECEIVED, UploadState.RUNNING):
            return None
        running = upload.state == UploadState.RUNNING
        if running and not policies.is_stale(
            heartbeat_at=upload.heartbeat_at, created_at=upload.created_at, now=now
        ):
            return None
        if upload.attempts >= policies.MAX_ATTEMPTS:
            sentence = (
                "Reading it failed several times. Nothing was kept; ask the administrator to look at it."
            )
            _refuse(upload, "attempts", [sentence])
            storing.forget(upload)
            return None
        upload.attempts += 1
        upload.state, upload.heartbeat_at, upload.stage = UploadState.RUNNING, now, "reading images"
        upload.save(update_fields=["attempts", "state", "heartbeat_at", "stage"])
    return upload


def _ingest(upload: Upload, source: Path) -> None:
    """Read, choose, store; whatever happens, nothing identifying stays when the upload is finished."""
    staging = storing.staging_folder(upload)
    shutil.rmtree(staging, ignore_errors=True)
    try:
        received = receive(source, staging, storing.installation_key(), progress=_progress_of(upload))
        findings = received.summary()
        if received.refused is not None:
            _refuse(upload, received.refused.code, [received.refused.reason, *findings[1:]])
        else:
            _tell(upload, progress=0.85, stage="choosing T1 and T2")
            outcomes = [
                _take_in(upload, prepared, staging)
                for prepared in storing.choose(received.images, staging / "clean")
            ]
            _finish(upload, findings, outcomes)
    except Exception as error:
        logger.error("upload %s: attempt %s failed (%s)", upload.pk, upload.attempts, type(error).__name__)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if upload.state in (UploadState.DONE, UploadState.REFUSED):
            storing.forget(upload)


def _progress_of(upload: Upload) -> Any:
    return lambda share: _tell(upload, progress=0.8 * share, stage="reading images")


def _tell(upload: Upload, *, progress: float, stage: str) -> None:
    """Progress and heartbeat of a running upload."""
    upload.progress, upload.stage, upload.heartbeat_at = progress, stage, clock.now()
    Upload.objects.filter(pk=upload.pk).update(
        progress=progress, stage=stage, heartbeat_at=upload.heartbeat_at
    )


def _take_in(upload: Upload, prepared: storing.Prepared, staging: Path) -> storing.Outcome:
    """Store one exam, or say why not. Concurrent takers of one study are told apart by the database."""
    for _ in range(policies.MAX_ATTEMPTS):
        existing = Exam.objects.filter(study_key=prepared.study_key).first()
        if existing is not None:
            return storing.compare(existing, prepared)
        if prepared.selection.refusal:
            return storing.refused_outcome(prepared)
        try:
            return _stored(upload, prepared, staging)
        except storing.Taken:
            continue
    raise Conflict("Others take in the same patient at the moment. Try again.", code="busy")


def _stored(upload: Upload, prepared: storing.Prepared, staging: Path) -> storing.Outcome:
    """A new exam with its files; on any failure neither rows nor files stay."""
    folder = storing.new_folder(upload, prepared)
    try:
        kept = storing.write_series(prepared, staging / "clean", folder)
        with transaction.atomic():
            exam = storing.add_rows(upload, prepared, kept)
            audit.record(
                actor=upload.created_by,
                action="exam.received",
                target=exam,
                after={
                    "pseudonym": exam.pseudonym,
                    "upload": str(upload.pk),
                    "needs_check": exam.needs_check,
                },
            )
            announce(exam, upload.created_by)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return storing.Outcome(f"{exam.pseudonym}: taken in.", exam=exam, details=storing.sentences(prepared))


def _finish(upload: Upload, findings: list[str], outcomes: Iterable[storing.Outcome]) -> None:
    """The upload's end: done if any exam is here now, refused otherwise."""
    outcomes = list(outcomes)
    told = [*findings, *(line for outcome in outcomes for line in (outcome.sentence, *outcome.details))]
    refused = [outcome for outcome in outcomes if outcome.code]
    if len(refused) == len(outcomes):
        _refuse(upload, refused[0].code if refused else "empty", told)
        return
    with transaction.atomic():
        upload.state, upload.progress, upload.stage, upload.findings = UploadState.DONE, 1.0, "done", told
        upload.save(update_fields=["state", "progress", "stage", "findings"])
        after: dict[str, Any] = {"exams": len(outcomes) - len(refused), "refused": [o.code for o in refused]}
        audit.record(actor=upload.created_by, action="upload.done", target=upload, after=after)


def _refuse(upload: Upload, code: str, findings: list[str]) -> None:
    """Nothing of the upload is kept; the reason is, and an event."""
    with transaction.atomic():
        upload.state, upload.progress, upload.stage = UploadState.REFUSED, 1.0, "refused"
        upload.findings = findings
        upload.save(update_fields=["state", "progress", "stage", "findings"])
        audit.record(
            actor=upload.created_by, action="upload.refused", target=upload, after={"code": str(code)}
        )


def sweep_uploads() -> int:
    """Publish again what waits or has gone silent; returns how many.

    Uploaded bytes that no unfinished upload answers for, left by a killed process, are removed.
    """
    waiting = list(selectors.unfinished_uploads(clock.now()).values_list("pk", flat=True))
    published = sum(outbox.publish(signature(_INGEST), pk) for pk in waiting)
    unfinished = Upload.objects.filter(state__in=[UploadState.RECEIVED, UploadState.RUNNING])
    forgotten = storing.forget_orphans({str(pk) for pk in unfinished.values_list("pk", flat=True)})
    if forgotten:
        logger.warning("removed %s leftovers of uploads that were cut off", forgotten)
    return published


@transaction.atomic
def release_exam(
    *, actor: User, exam_id: UUID, levels: Any, exclusions: Sequence[str], looked_at_all: bool
) -> Exam:
    """Confirm names and images: the exam becomes released, or excluded if an exclusion was ticked.

    Raises BadInput or Conflict with what to do; the exam stays as it was then.
    """
    exam = Exam.objects.select_for_update().get(pk=exam_id)
    chosen = policies.checked_exclusions(exclusions)
    to = ExamState.EXCLUDED if chosen else ExamState.RELEASED
    policies.check_transition(now_is=exam.state, to=to)
    before = {"state": exam.state}
    if to is ExamState.RELEASED:
        policies.check_looked_at(looked_at_all=looked_at_all)
        exam.confirmed_levels = policies.checked_levels(levels)
        exam.released_by, exam.released_at = actor, clock.now()
    exam.state, exam.exclusions = to, chosen
    exam.save(update_fields=["state", "exclusions", "confirmed_levels", "released_by", "released_at"])
    after = {"state": exam.state, "exclusions": chosen, "levels": [e["level"] for e in exam.confirmed_levels]}
    audit.record(actor=actor, action=f"exam.{exam.state}", target=exam, before=before, after=after)
    return exam


@transaction.atomic
def reconsider_exam(*, actor: User, exam_id: UUID) -> Exam:
    """Take an exclusion back: the exam waits for release again."""
    exam = Exam.objects.select_for_update().get(pk=exam_id)
    policies.check_transition(now_is=exam.state, to=ExamState.RECEIVED)
    before = {"state": exam.state, "exclusions": exam.exclusions}
    exam.state, exam.exclusions = ExamState.RECEIVED, []
    exam.save(update_fields=["state", "exclusions"])
    audit.record(
        actor=actor, action="exam.reconsidered", target=exam, before=before, after={"state": exam.state}
    )
    return exam


@transaction.atomic
def propose_levels(*, exam_id: UUID, proposals: list[dict[str, Any]]) -> None:
    """Keep what localization proposes: [{"level" or None, "body", "point_mm", "evidence"}], head to foot.

    Confirmed names are never touched. Raises Conflict for an exam that has been released already.
    """
    exam = Exam.objects.select_for_update().get(pk=exam_id)
    if exam.state == ExamState.RELEASED and exam.proposed_levels:
        raise Conflict("The exam's level names are confirmed already.", code="exam-state")
    exam.proposed_levels = proposals
    exam.save(update_fields=["proposed_levels"])
    audit.record(actor=None, action="exam.levels-proposed", target=exam, after={"bodies": len(proposals)})
