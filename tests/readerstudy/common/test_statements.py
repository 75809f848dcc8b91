"""Statements written out say the same on both databases, whatever values they are given."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from readerstudy.common.statements import moment_of, rows, uuid_of
from readerstudy.exams.models import Exam
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
EAST = timezone(timedelta(hours=5))


def test_uuids_and_collections_find_their_rows() -> None:
    exams = [factories.make_exam(slices=1) for _ in range(3)]
    wanted = {exams[0].pk, exams[2].pk}
    sql = "SELECT e.id FROM exams_exam e WHERE e.id IN (%(exams)s) AND e.id <> %(other)s"
    assert {uuid_of(key) for (key,) in rows(sql, exams=wanted, other=uuid.uuid4())} == wanted
    assert {uuid_of(key) for (key,) in rows(sql, exams=list(wanted), other=exams[0].pk)} == {exams[2].pk}


@pytest.mark.parametrize("more", [timedelta(), timedelta(microseconds=1), timedelta(seconds=1)])
def test_times_compare_to_the_microsecond_in_whatever_zone(more: timedelta) -> None:
    exam = factories.make_exam(slices=1)
    Exam.objects.filter(pk=exam.pk).update(created_at=MOMENT + more)
    sql = "SELECT e.created_at FROM exams_exam e WHERE e.created_at {} %(at)s"
    for at in (MOMENT + more, (MOMENT + more).astimezone(EAST)):
        ((kept,),) = rows(sql.format("="), at=at)
        assert moment_of(kept) == MOMENT + more
        assert rows(sql.format("<"), at=at) == []
    assert len(rows(sql.format("<"), at=MOMENT + more + timedelta(microseconds=1))) == 1


def test_nothing_stays_nothing() -> None:
    ((kept,),) = rows("SELECT MAX(e.created_at) FROM exams_exam e")
    assert moment_of(kept) is None
