"""A run is done once, ends with a reason, survives its worker, and leaves a whole map or none."""

import os
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from readerstudy.audit.models import Event
from readerstudy.common import clock
from readerstudy.common.errors import Conflict
from readerstudy.exams.states import ExamState
from readerstudy.predictions import policies, results, selectors, services
from readerstudy.predictions.models import ModicMap, Run
from readerstudy.predictions.states import RunState
from tests import cast
from tests.factories import LONG_AGO

pytestmark = pytest.mark.django_db


def actions(run):
    return list(Event.objects.filter(object_id=str(run.pk)).order_by("seq").values_list("action", flat=True))


def folders(media):
    return sorted(path.name for path in (media / "maps").iterdir()) if (media / "maps").exists() else []


def silence(run, by=policies.STALE_AFTER + timedelta(seconds=1)):
    """The worker was last heard of `by` ago."""
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, attempts=1, heartbeat_at=clock.now() - by)


def test_starting_writes_a_row_an_event_and_a_message_after_the_commit(
    exam, published, django_capture_on_commit_callbacks
):
    actor = cast.coordinator()
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        run = services.start_run(exam=exam, actor=actor)
        assert published == []
    assert len(callbacks) == 1
    assert published == [str(run.pk)]
    assert run.state == RunState.QUEUED
    assert actions(run) == ["run.queued"]


def test_an_exam_is_mapped_once_at_a_time(exam):
    services.start_run(exam=exam)
    with pytest.raises(Conflict, match="being mapped already"):
        services.start_run(exam=exam)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(exam=exam, created_at=clock.now())


def test_a_withdrawn_exam_is_not_mapped(exam):
    exam.state = ExamState.WITHDRAWN
    with pytest.raises(Conflict, match="withdrawn"):
        services.start_run(exam=exam)
    assert not Run.objects.exists()


def test_a_done_run_leaves_a_map_its_names_and_its_provenance(exam, canned, mapped, media):
    run = services.start_run(exam=exam)
    services.map_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.progress, run.attempts, run.error) == (RunState.DONE, 1.0, 1, "")
    assert actions(run) == ["run.queued", "run.done"]
    assert run.provenance["settings"]["flatten"] is True
    assert {network["name"] for network in run.provenance["networks"]} == {"localize", "detect"}
    assert set(run.provenance["timings"]) >= {"align", "localize", "detect"}
    modic_map = run.modic_map
    assert folders(media) == [str(modic_map.pk)]
    assert not modic_map.synthetic_model
    exam.refresh_from_db()
    levels = [entry["level"] for entry in exam.proposed_levels]
    assert levels[-6:] == ["L1", "L2", "L3", "L4", "L5", "S1"]
    assert all(set(entry) >= {"level", "body", "point_mm", "evidence"} for entry in exam.proposed_levels)
    content = selectors.stored(modic_map)
    assert (content.modic == mapped.modic).all()
    assert content.findings == mapped.findings


def test_trust_23_a_run_told_of_twice_is_done_once(exam, canned, media):
    run = services.start_run(exam=exam)
    services.map_run(run_id=run.pk)
    services.map_run(run_id=run.pk)
    assert ModicMap.objects.count() == 1
    assert len(folders(media)) == 1
    assert actions(run).count("run.done") == 1


def test_a_run_that_another_worker_is_doing_is_left_to_it(exam, canned):
    run = services.start_run(exam=exam)
    silence(run, by=timedelta(seconds=20))
    services.map_run(run_id=run.pk)
    assert not ModicMap.objects.exists()


def test_trust_23_a_run_whose_worker_was_killed_is_done_by_the_next(exam, canned, published):
    run = services.start_run(exam=exam)
    silence(run)
    published.clear()
    assert services.sweep_runs() == 1
    assert published == [str(run.pk)]
    services.map_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 2)
    assert ModicMap.objects.count() == 1


def test_trust_23_the_slow_worker_that_was_given_up_stores_nothing(exam, canned, media):
    run = services.start_run(exam=exam)

    def another_takes_over():
        canned.during = staticmethod(lambda: None)
        silence(run)
        services.map_run(run_id=run.pk)

    canned.during = staticmethod(another_takes_over)
    services.map_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 2)
    assert ModicMap.objects.count() == 1
    assert len(folders(media)) == 1


def test_trust_25_a_message_that_was_lost_is_sent_again(exam, published):
    run = services.start_run(exam=exam)
    assert services.sweep_runs() == 0
    Run.objects.filter(pk=run.pk).update(created_at=LONG_AGO)
    assert services.sweep_runs() == 1
    assert published[-1] == str(run.pk)


def test_trust_24_a_poison_run_fails_after_three_tries_and_another_exam_goes_on(
    exam, canned, published, django_capture_on_commit_callbacks
):
    def crash():
        raise RuntimeError("boom")

    canned.during = staticmethod(crash)
    run = services.start_run(exam=exam)
    tries = 0
    while True:
        with django_capture_on_commit_callbacks(execute=True):
            published.clear()
            services.map_run(run_id=run.pk)
        tries += 1
        if not published:
            break
    run.refresh_from_db()
    assert (tries, run.attempts, run.state) == (3, 3, RunState.FAILED)
    assert "failed 3 times (RuntimeError)" in run.error
    assert actions(run) == ["run.queued", "run.failed"]
    canned.during = staticmethod(lambda: None)
    again = services.start_run(exam=exam)
    services.map_run(run_id=again.pk)
    again.refresh_from_db()
    assert again.state == RunState.DONE


def test_trust_24_a_run_that_kills_its_worker_every_time_fails_too(exam, canned):
    run = services.start_run(exam=exam)
    silence(run)
    Run.objects.filter(pk=run.pk).update(attempts=policies.MAX_ATTEMPTS)
    services.map_run(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "ended the worker several times" in run.error


def test_cancelling_stops_a_run_under_way_and_leaves_nothing(exam, canned, media):
    actor = cast.coordinator()
    run = services.start_run(exam=exam, actor=actor)
    canned.during = staticmethod(lambda: services.cancel_run(actor=actor, run_id=run.pk))
    services.map_run(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert not ModicMap.objects.exists()
    assert folders(media) == []
    assert actions(run) == ["run.queued", "run.cancelled"]
    with pytest.raises(Conflict, match="nothing to cancel"):
        services.cancel_run(actor=actor, run_id=run.pk)
    services.start_run(exam=exam)


def test_trust_23_rows_that_cannot_be_written_leave_no_files(exam, canned, media, monkeypatch):
    def full(**_):
        raise OSError("no space left")

    monkeypatch.setattr(ModicMap.objects, "create", full)
    run = services.start_run(exam=exam)
    services.map_run(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert not ModicMap.objects.exists()
    assert folders(media) == []


def test_trust_23_files_that_cannot_be_written_leave_no_rows_and_no_half_files(
    exam, canned, media, monkeypatch
):
    def full(path, content):
        Path(path).write_bytes(content[:10])
        raise OSError("no space left")

    monkeypatch.setattr(results, "_keep", full)
    run = services.start_run(exam=exam)
    services.map_run(run_id=run.pk)
    assert not ModicMap.objects.exists()
    assert folders(media) == []


def test_a_map_of_a_released_exam_leaves_confirmed_names_alone(exam, canned):
    confirmed = [{"level": "S1", "body": 1, "point_mm": [0.0, 0.0, 0.0]}]
    exam.state, exam.confirmed_levels, exam.proposed_levels = ExamState.RELEASED, confirmed, confirmed
    exam.save()
    run = services.start_run(exam=exam)
    services.map_run(run_id=run.pk)
    run.refresh_from_db()
    exam.refresh_from_db()
    assert run.state == RunState.DONE
    assert exam.confirmed_levels == exam.proposed_levels == confirmed


def test_trust_9_a_second_run_leaves_the_first_map_as_it_was(exam, canned):
    first = services.start_run(exam=exam)
    services.map_run(run_id=first.pk)
    before = ModicMap.objects.get()
    second = services.start_run(exam=exam)
    services.map_run(run_id=second.pk)
    assert ModicMap.objects.count() == 2
    before_again = ModicMap.objects.get(pk=before.pk)
    assert (before_again.sha256, before_again.path) == (before.sha256, before.path)
    assert selectors.newest_map(exam).run == second
    assert selectors.stored(before_again).model == {"localize": "1", "detect": "1"}


def test_progress_goes_forward_and_is_told_in_words():
    stages = [(stage, share) for stage in policies.STAGE_NAMES for share in (0.0, 0.5, 1.0)]
    values = [policies.overall_progress(stage, share) for stage, share in stages]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no such stage"):
        policies.overall_progress("dream", 0.5)


def test_trust_23_files_of_a_worker_killed_before_its_commit_are_swept(exam, canned, media):
    run = services.start_run(exam=exam)
    services.map_run(run_id=run.pk)
    kept = ModicMap.objects.get()
    orphan, half, fresh = (media / "maps" / name for name in (str(uuid4()), f".new-{uuid4()}", str(uuid4())))
    for folder in (orphan, half, fresh):
        folder.mkdir()
        (folder / "labels.json").write_text("{}")
    past = time.time() - policies.FORGET_AFTER.total_seconds() - 60
    for folder in (orphan, half, media / kept.path):
        for path in (folder, *folder.iterdir()):
            os.utime(path, (past, past))
    services.sweep_runs()
    assert folders(media) == sorted([str(kept.pk), fresh.name])
    assert selectors.stored(kept).modic.any()
