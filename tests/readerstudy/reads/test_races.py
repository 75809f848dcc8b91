"""Tabs and devices at the same time, each on a connection of its own (trust 13 and 14)."""

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from readerstudy.audit import selectors as audit
from readerstudy.audit.models import Event
from readerstudy.reads.models import Exposure, Grade, Read
from tests import cast, factories
from tests.readerstudy.reads.desk import Desk, Json, answers_to, desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
TABS = 8


def at_once(action: Callable[[int], Any]) -> list[Any]:
    """The action in eight threads that start together, each with its number."""
    start = Barrier(TABS)

    def run(number: int) -> Any:
        try:
            start.wait()
            return action(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(TABS) as threads:
        return list(threads.map(run, range(TABS)))


def opened() -> tuple[list[Desk], Json]:
    """Eight tabs of one reader on one open case."""
    study = factories.make_study(cases=1)
    first = desk(study, 1)
    tabs = [Desk(first.enrolment, client=cast.signed_in(first.user)) for _ in range(TABS)]
    return tabs, first.open()


@pytest.mark.parametrize("round_", range(3))
def test_trust_13_eight_racing_submits_have_one_winner(round_: int) -> None:
    tabs, read = opened()
    grades = [0, 1, 2, 3, 0, 1, 2, 3]
    answers = at_once(lambda n: tabs[n].post_submit(read, answers_to(read, grade=grades[n])))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 7}
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 200)
    assert set(Grade.objects.values_list("grade", flat=True)) == {grades[winner]}
    assert Grade.objects.count() == 12
    assert Event.objects.filter(action="read.submitted").count() == 1
    assert audit.breaks() == []


def test_trust_13_eight_racing_drafts_have_one_winner() -> None:
    tabs, read = opened()
    answers = at_once(lambda n: tabs[n].put_draft(read, answers_to(read, leave_out=n)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 7}
    kept = Read.objects.get()
    assert kept.version == 1
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 200)
    assert len(kept.draft) == 12 - winner
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["current"]["answers"] == kept.draft


def test_trust_14_eight_times_the_same_submission_is_one() -> None:
    tabs, read = opened()
    key = str(uuid.uuid4())
    answers = at_once(lambda n: tabs[n].post_submit(read, answers_to(read), idempotency_key=key))
    assert Counter(answer.status_code for answer in answers) == {200: 8}
    assert Grade.objects.count() == 12
    assert Event.objects.filter(action="read.submitted").count() == 1


def test_eight_tabs_opening_get_one_read_and_one_lease_holds() -> None:
    study = factories.make_study(cases=2)
    first = desk(study, 1)
    tabs = [Desk(first.enrolment, client=cast.signed_in(first.user)) for _ in range(TABS)]
    answers = at_once(lambda n: tabs[n].post_next().json()["read"])
    assert {answer["id"] for answer in answers} == {str(Read.objects.get().pk)}
    assert str(Read.objects.get().lease) in {answer["lease"] for answer in answers}
    assert len({answer["lease"] for answer in answers}) == TABS


def test_eight_frames_at_once_are_one_exposure() -> None:
    tabs, read = opened()
    url = read["images"]["t1"]["frame_urls"][0]
    assert {answer.status_code for answer in at_once(lambda n: tabs[n].client.get(url))} == {200}
    assert Exposure.objects.count() == 1
    assert Event.objects.filter(action="read.exposed").count() == 1
    assert audit.breaks() == []
