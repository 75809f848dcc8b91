"""A case is asked for while an amendment is signed: the verifier sees what was decided under which (W9)."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from readerstudy.audit.models import Event
from readerstudy.reads import next_up, policies, services
from readerstudy.reads.models import Read
from readerstudy.reads.services import coming
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import protocol_of
from tests import factories
from tests.readerstudy.oversight.test_export import export, findings, head
from tests.readerstudy.reads.desk import Desk, answers_to, desk
from tests.readerstudy.reads.test_amending import amend, new_exam

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
PATIENCE_S = 60.0


@pytest.fixture
def reader() -> Desk:
    return began(factories.make_study(cases=3))


def began(study: Study) -> Desk:
    """A reader who has handed in one case and has no other open."""
    reader = desk(study, 1)
    read = reader.open()
    reader.look(read)
    sent = policies.Sent(read["lease"], read["version"], answers_to(read))
    key = str(uuid.uuid4())
    services.submit(reader=reader.user, read_id=uuid.UUID(read["id"]), sent=sent, idempotency_key=key)
    return reader


def ask(reader: Desk) -> Any:
    return services.next_case(reader=reader.user, enrolment_id=reader.enrolment.pk)


def cap(study: Study, **wishes: Any) -> None:
    """One case a day from then on."""
    amend(study, document=protocol_of(study).document | {"pacing": {"cases_per_day": 1}}, **wishes)


def alone(action: Callable[[], Any]) -> Any:
    """On a connection of this thread's own."""
    try:
        return action()
    finally:
        connection.close()


def let_run(other: Future[Any]) -> None:
    """Until it is done or waits for a lock, which can't be asked of SQLite: it waits for this thread."""
    if connection.vendor == "sqlite":
        time.sleep(0.5)
        return
    patience = time.monotonic() + PATIENCE_S
    while not other.done() and time.monotonic() < patience:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)


def test_w9_a_case_asked_for_while_a_cap_is_signed_waits_and_is_decided_under_it(reader, tmp_path) -> None:
    study, exam = reader.enrolment.study, new_exam()
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            cap(study, exams=[exam])
            asked = threads.submit(alone, lambda: ask(reader))
            let_run(asked)
        outcome = asked.result()
    assert isinstance(outcome, services.Waiting)
    assert "as much as a day may hold" in outcome.detail
    assert findings(export(study, tmp_path), head()) == []


def test_w9_a_cap_signed_while_a_case_is_decided_on_waits_and_comes_after_it(
    reader, tmp_path, monkeypatch
) -> None:
    study, exam, signing = reader.enrolment.study, new_exam(), []
    plain = coming._open

    def opened_slowly(*args: Any, **kwargs: Any) -> Read:
        signing.append(threads.submit(alone, lambda: cap(study, exams=[exam])))
        let_run(signing[0])
        return plain(*args, **kwargs)

    monkeypatch.setattr(coming, "_open", opened_slowly)
    with ThreadPoolExecutor(1) as threads:
        assert isinstance(ask(reader), Read)
        signing[0].result()
    events = Event.objects.filter(action__in=("read.opened", "study.amended")).order_by("seq")
    assert list(events.values_list("action", flat=True)) == ["read.opened", "read.opened", "study.amended"]
    assert findings(export(study, tmp_path), head()) == []


def test_w9_a_case_decided_on_as_a_cap_takes_effect_is_opened_at_the_time_of_the_decision(
    travel, tmp_path: Path, monkeypatch
) -> None:
    study = factories.make_study(cases=3)
    effective_at = coming.clock.now() + timedelta(hours=1)
    cap(study, effective_at=effective_at)
    reader = began(study)
    travel.move_to(effective_at - timedelta(milliseconds=1))
    plain = next_up.next_up

    def looked_up_slowly(*args: Any, **kwargs: Any) -> Any:
        travel.shift(timedelta(milliseconds=2))
        return plain(*args, **kwargs)

    monkeypatch.setattr(next_up, "next_up", looked_up_slowly)
    outcome = ask(reader)
    assert isinstance(outcome, Read)
    assert outcome.opened_at < effective_at < coming.clock.now()
    assert findings(export(study, tmp_path), head()) == []
