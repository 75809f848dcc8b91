"""Starting, doing, cancelling and recovering runs of the mapping pipeline.

The job row is the truth: a message in the queue only says "look at this row". A run that is told of twice is
done once; one whose worker dies is done again, up to three times; one that fails says why, and its exam can
be mapped again.
"""

import logging
import time
import uuid
from pathlib import Path
from uuid import UUID

from celery import signature
from django.conf import settings
from django.db import IntegrityError, transaction

from inference.networks.base import NetworkError
from inference.networks.serving import served_networks
from inference.pipeline import ExamMap, MapError, map_exam
from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock, outbox
from readerstudy.common.errors import Conflict
from readerstudy.exams import selectors as exams
from readerstudy.exams import services as exam_services
from readerstudy.exams.models import Exam
from readerstudy.exams.states import SeriesKind
from readerstudy.predictions import policies, results, selectors
from readerstudy.predictions.models import ModicMap, Run, ShamMap
from readerstudy.predictions.states import RunState

logger = logging.getLogger(__name__)

_TASK = "readerstudy.predictions.tasks.map_exam_task"
MAPS_FOLDER = "maps"
_TELL_EVERY_S = 0.5


class _TooLong(Exception):
    """The attempt has lasted longer than any exam needs."""


class _Superseded(Exception):
    """The run was cancelled, or another worker has taken it over."""


def start_run(*, exam: Exam, actor: User | None = None) -> Run:
    """Ask for an exam to be mapped. Raises Conflict while it is being mapped, or if it is withdrawn."""
    try:
        with transaction.atomic():
            live = exam.runs.filter(state__in=[RunState.QUEUED, RunState.RUNNING]).exists()
            policies.check_can_start(exam_state=exam.state, live_run=live)
            run = Run.objects.create(exam=exam, created_by=actor, created_at=clock.now(), stage="waiting")
            audit.record(actor=actor, action="run.queued", target=run, after={"exam": str(exam.pk)})
            outbox.publish_on_commit(signature(_TASK), run.pk)
    except IntegrityError:
        policies.check_can_start(exam_state=exam.state, live_run=True)
        raise
    return run


@transaction.atomic
def cancel_run(*, actor: User, run_id: UUID) -> Run:
    """Stop a run: its worker notices at its next step and leaves nothing behind.

    Raises Conflict if it has ended.
    """
    run = Run.objects.select_for_update().get(pk=run_id)
    policies.check_can_cancel(state=run.state)
    before = {"state": run.state}
    run.state, run.finished_at, run.stage = RunState.CANCELLED, clock.now(), "cancelled"
    run.save(update_fields=["state", "finished_at", "stage"])
    audit.record(actor=actor, action="run.cancelled", target=run, before=before, after={"state": run.state})
    return run


def map_run(*, run_id: UUID) -> None:
    """Do a run: the worker's job. Told of it twice, it is done once."""
    run = _claimed(run_id)
    if run is None:
        return
    try:
        result = _mapped(run)
        _tell(run, "store", 0.0)
        _stored(run, result)
    except _Superseded:
        logger.info("run %s: cancelled or taken over, nothing is kept", run.pk)
    except (NetworkError, MapError, _TooLong) as refused:
        _failed(run, str(refused))
    except Exception as error:
        logger.exception("run %s: attempt %s failed", run.pk, run.attempts)
        _try_again(run, type(error).__name__)


def sweep_runs() -> int:
    """Publish again runs that wait unheard or whose worker went silent; returns how many.

    Files of maps that no row tells of, left by a worker killed before its commit, are removed.
    """
    waiting = list(selectors.waiting_runs(clock.now()).values_list("pk", flat=True))
    published = sum(outbox.publish(signature(_TASK), pk) for pk in waiting)
    known = {str(pk) for model in (ModicMap, ShamMap) for pk in model.objects.values_list("pk", flat=True)}
    forgotten = results.forget_orphans(Path(settings.MEDIA_ROOT) / MAPS_FOLDER, known)
    if forgotten:
        logger.warning("removed %s maps that no row tells of", forgotten)
    return published


def note_download(*, actor: User, modic_map: ModicMap, what: str) -> None:
    """Keep a record of who took a map's file away."""
    with transaction.atomic():
        audit.record(actor=actor, action="map.downloaded", target=modic_map, after={"file": what})


def _claimed(run_id: UUID) -> Run | None:
    """The run, now running under us; None where there is nothing left to do."""
    now = clock.now()
    with transaction.atomic():
        run = Run.objects.select_for_update().filter(pk=run_id).first()
        if run is None or not policies.is_live(run.state):
            return None
        if run.state == RunState.RUNNING and not policies.is_stale(heartbeat_at=run.heartbeat_at, now=now):
            return None
        if not policies.attempts_left(attempts=run.attempts):
            sentence = "Mapping it ended the worker several times. Ask the administrator to look at the logs."
            _end(run, sentence)
            return None
        run.attempts += 1
        run.state, run.stage, run.progress, run.error = RunState.RUNNING, "starting", 0.0, ""
        run.started_at = run.started_at or now
        run.heartbeat_at = now
        run.save()
    return run


def _mapped(run: Run) -> ExamMap:
    exam = run.exam
    _tell(run, "read", 0.0)
    t1, t2 = (exams.volume_of(exam, kind) for kind in (SeriesKind.T1, SeriesKind.T2))
    chosen = selectors.map_settings(exam)
    address, deadline = settings.MODEL_SERVER_ADDRESS, float(settings.MODEL_SERVER_DEADLINE_S)
    with served_networks(address, deadline_s=deadline, weights=settings.WEIGHTS) as (localizer, detector):
        return map_exam(
            t1, t2, localizer=localizer, detector=detector, settings=chosen, progress=_Progress(run)
        )


class _Progress:
    """Progress into the row, not more often than twice a second within a stage; ends what takes too long."""

    def __init__(self, run: Run) -> None:
        self._run, self._stage, self._at = run, "", 0.0
        self._until = time.monotonic() + policies.LONGEST_RUN.total_seconds()

    def __call__(self, stage: str, share: float) -> None:
        at = time.monotonic()
        if at > self._until:
            minutes = policies.LONGEST_RUN.total_seconds() / 60
            raise _TooLong(
                f"Mapping took longer than {minutes:.0f} minutes. "
                "Try again when the model server is less busy."
            )
        if stage != self._stage or at - self._at >= _TELL_EVERY_S:
            self._stage, self._at = stage, at
            _tell(self._run, stage, share)


def _tell(run: Run, stage: str, share: float) -> None:
    """Stage, progress and heartbeat. Raises _Superseded if the run is no longer ours."""
    ours = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, attempts=run.attempts)
    updated = ours.update(
        stage=policies.STAGE_NAMES[stage],
        progress=policies.overall_progress(stage, share),
        heartbeat_at=clock.now(),
    )
    if not updated:
        raise _Superseded


def _stored(run: Run, result: ExamMap) -> None:
    """Files first, in one move; then the rows that make them visible, in one transaction."""
    key = uuid.uuid4()
    path = f"{MAPS_FOLDER}/{key}"
    folder = Path(settings.MEDIA_ROOT) / path
    sha256 = results.write(result, folder)
    try:
        with transaction.atomic():
            row = Run.objects.select_for_update().get(pk=run.pk)
            if row.state != RunState.RUNNING or row.attempts != run.attempts:
                raise _Superseded
            now = clock.now()
            modic_map = ModicMap.objects.create(
                id=key,
                run=row,
                exam=row.exam,
                path=path,
                sha256=sha256,
                body_labels=[finding.to_json() for finding in result.findings],
                created_at=now,
            )
            row.state, row.stage, row.progress, row.finished_at = RunState.DONE, "done", 1.0, now
            row.warnings, row.provenance = list(result.warnings), results.run_facts(result)
            row.save()
            after = {"map": str(key), "sha256": sha256, "networks": row.provenance["networks"]}
            audit.record(actor=row.created_by, action="run.done", target=row, after=after)
            _propose(modic_map.exam, result)
    except BaseException:
        results.forget(folder)
        raise


def _propose(exam: Exam, result: ExamMap) -> None:
    """Hand the proposed names to the release step, head to foot; confirmed names are never touched."""
    proposals = [
        {**level.to_json(), "evidence": " ".join(level.proposal.evidence)} for level in result.levels
    ]
    try:
        with transaction.atomic():
            exam_services.propose_levels(exam_id=exam.pk, proposals=proposals[::-1])
    except Conflict:
        logger.info("exam %s: names are confirmed already", exam.pseudonym)


def _failed(run: Run, sentence: str) -> None:
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        if row.state == RunState.RUNNING and row.attempts == run.attempts:
            _end(row, sentence)


def _end(row: Run, sentence: str) -> None:
    """Fail a locked row for good, with the reason."""
    row.state, row.error, row.stage, row.finished_at = RunState.FAILED, sentence, "failed", clock.now()
    row.save(update_fields=["state", "error", "stage", "finished_at"])
    audit.record(actor=row.created_by, action="run.failed", target=row, after={"reason": sentence})


def _try_again(run: Run, kind: str) -> None:
    """After an error nobody foresaw: back into the queue, or failed when it was the last attempt."""
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        if row.state != RunState.RUNNING or row.attempts != run.attempts:
            return
        if not policies.attempts_left(attempts=row.attempts):
            sentence = f"Mapping failed {row.attempts} times ({kind}). Ask the administrator for the logs."
            _end(row, sentence)
            return
        row.state, row.stage = RunState.QUEUED, "waiting to be tried again"
        row.save(update_fields=["state", "stage"])
        outbox.publish_on_commit(signature(_TASK), row.pk)
