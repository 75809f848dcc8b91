"""A queue that refuses or never answers: reading, handing in and asking for work go on (trust 25)."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse

from readerstudy.common import outbox
from readerstudy.predictions import services as predictions
from readerstudy.predictions.models import Run
from readerstudy.predictions.states import RunState
from readerstudy.reads.models import Grade, Read
from tests import cast, factories
from tests.readerstudy.reads.desk import answers_to, desk

AT_MOST_S = 2.0


@contextmanager
def refused() -> Iterator[int]:
    """A port at which nobody listens; held, so that nobody else takes it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def blackholed() -> Iterator[int]:
    """A port at which connections are accepted and nothing is ever answered."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(64)
        yield deaf.getsockname()[1]


def asked_for_by(port: int) -> None:
    """Let this process believe that its queue is there, and that nothing was wrong with it so far."""
    current_app.conf.broker_url = current_app.conf.broker_write_url = f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(outbox, "_away_until", 0.0)
    before = (current_app.conf.broker_url, current_app.conf.broker_write_url)
    yield
    current_app.conf.broker_url, current_app.conf.broker_write_url = before


class Timed(Client):
    """A browser that keeps how long the longest request took."""

    longest_s = 0.0

    def request(self, **kwargs):  # type: ignore[no-untyped-def]
        began = time.monotonic()
        try:
            return super().request(**kwargs)
        finally:
            self.longest_s = max(self.longest_s, time.monotonic() - began)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("away", [refused, blackholed])
def test_trust_25_reading_and_submitting_go_on_and_lose_nothing(away, queue, stand_in_images) -> None:
    study = factories.make_study(cases=2)
    reader = desk(study, 2)
    coordinator = cast.signed_in(study.created_by)
    for client in (reader.client, coordinator):
        assert client.get("/", follow=True).status_code == 200, "what is imported at a first request is"
        client.__class__ = Timed
    waiting = [factories.make_exam(released=False) for _ in range(3)]
    with away() as port:
        asked_for_by(port)
        for exam in waiting:
            assert coordinator.post(reverse("predictions:start", args=[exam.pk])).status_code == 302
        for _ in range(2):
            read = reader.open()
            reader.look(read)
            assert reader.put_draft(read, answers_to(read, leave_out=3)).status_code == 200
            read = reader.open()
            assert reader.post_submit(read, answers_to(read, grade=2)).status_code == 200
    assert max(reader.client.longest_s, coordinator.longest_s) < AT_MOST_S
    assert Read.objects.filter(state="submitted").count() == 2
    assert Grade.objects.filter(grade=2).count() == 2 * len(read["sites"])
    assert Run.objects.filter(state=RunState.QUEUED).count() == len(waiting)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("away", [refused, blackholed])
def test_trust_25_what_was_asked_for_is_sent_once_the_queue_is_back(away, queue, monkeypatch) -> None:
    exam, sent = factories.make_exam(released=False), []
    with away() as port:
        asked_for_by(port)
        run = predictions.start_run(exam=exam)
        Run.objects.filter(pk=run.pk).update(created_at=factories.LONG_AGO)
        assert predictions.sweep_runs() == 0, "still away"
    current_app.conf.broker_url = current_app.conf.broker_write_url = "memory://"
    monkeypatch.setattr(outbox, "_away_until", 0.0)
    assert predictions.sweep_runs() == 1
    with current_app.connection_for_read() as connection:
        held = connection.SimpleQueue(current_app.conf.task_default_queue)
        while True:
            try:
                message = held.get(block=False)
            except held.Empty:
                break
            sent.append(message.payload[0])
            message.ack()
    assert [str(run.pk)] in sent


@pytest.mark.django_db(transaction=True)
def test_trust_25_many_jobs_wait_for_a_deaf_queue_once(queue) -> None:
    with blackholed() as port:
        asked_for_by(port)
        began = time.monotonic()
        for _ in range(20):
            predictions.start_run(exam=factories.make_exam(released=False))
        assert time.monotonic() - began < 2 * AT_MOST_S
    assert Run.objects.count() == 20
