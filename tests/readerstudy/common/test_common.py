"""Clock, CSV and outbox."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import shared_task
from django.db import transaction
from pytest_django import Settings

from annotations.formats.sheets import render_csv
from readerstudy.common import clock, outbox


def test_outside_a_demo_the_clock_is_the_machines(settings: Settings, tmp_path) -> None:
    settings.DEMO, settings.DATA_DIR = False, tmp_path
    (tmp_path / "demo-clock-offset-seconds.txt").write_text("86400")
    assert clock.offset() == timedelta()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    with pytest.raises(PermissionError):
        clock.advance(timedelta(days=1))


def test_a_demos_clock_moves_forward_only(settings: Settings, tmp_path) -> None:
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    assert clock.offset() == timedelta()
    assert clock.advance(timedelta(days=28)) == timedelta(days=28)
    assert clock.advance(timedelta(hours=1)) == timedelta(days=28, hours=1)
    for step in (timedelta(), timedelta(seconds=-1)):
        with pytest.raises(ValueError, match="forward"):
            clock.advance(step)
    assert clock.now() - datetime.now(UTC) > timedelta(days=28)


def test_only_a_fresh_demos_clock_can_begin_in_the_past(settings: Settings, tmp_path) -> None:
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    clock.begin(-timedelta(days=40))
    assert clock.offset() == -timedelta(days=40)
    with pytest.raises(PermissionError):
        clock.begin(-timedelta(days=50))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert "'" + cell[0] in render_csv(["a"], [[cell]])


def test_numbers_stay_numbers() -> None:
    assert render_csv(["kappa"], [[-0.25], [3]]) == "kappa\r\n-0.25\r\n3\r\n"


@shared_task(name="tests.outbox_task", soft_time_limit=5, time_limit=10)
def outbox_task(job_id: str) -> None:
    raise AssertionError("never run here")


@pytest.mark.django_db(transaction=True)
def test_a_message_is_sent_after_the_commit_and_not_after_a_rollback(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(outbox_task, "apply_async", lambda args, **_: sent.append(args[0]))
    with transaction.atomic():
        outbox.publish_on_commit(outbox_task, 7)
        assert sent == []
    assert sent == ["7"]
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
        outbox.publish_on_commit(outbox_task, 8)
        raise RuntimeError
    assert sent == ["7"]


def test_a_queue_that_is_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(outbox_task, "apply_async", refuse)
    monkeypatch.setattr(outbox, "_away_until", 0.0)
    assert outbox.publish(outbox_task, 9) is False
