"""A reader who is away: the reader's periods close later by as much, and no washout becomes shorter."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.common import clock
from readerstudy.reads import next_up as reads
from readerstudy.reads.overview import overview_of
from readerstudy.reads.states import CellState
from readerstudy.reminders import services as reminders
from readerstudy.reminders.models import Reminder
from readerstudy.studies import protocol
from readerstudy.studies.models import Absence, Study
from readerstudy.studies.policies import closed_periods, closing_moment
from readerstudy.studies.services.absences import note_absence
from tests import cast, factories

CLOSES = datetime(2026, 4, 1, tzinfo=UTC)
DOCUMENT = {"periods": [{"number": 1, "closes_at": CLOSES.isoformat()}, {"number": 2}]}
DAY = timedelta(days=1)


def span(first: int, last: int) -> tuple[datetime, datetime]:
    """From so many days before the closing (negative: after) to so many."""
    return CLOSES - first * DAY, CLOSES - last * DAY


@pytest.mark.parametrize(
    ("away", "later"),
    [
        ([], 0),
        ([span(10, 3)], 7),
        ([span(3, -4)], 7),
        ([span(-1, -9)], 0),
        ([span(10, 8), span(5, 4)], 3),
        ([span(10, 4), span(8, 2)], 8),
        ([span(10, 4), span(9, 5)], 6),
        ([span(2, 0), span(-1, -3)], 4),
    ],
)
def test_a_period_closes_later_by_the_time_away_before_it(away: list, later: int) -> None:
    assert closing_moment(DOCUMENT, 1, away) == CLOSES + later * DAY
    assert closing_moment(DOCUMENT, 1, away[::-1]) == CLOSES + later * DAY
    assert closing_moment(DOCUMENT, 2, away) is None
    last = CLOSES + later * DAY
    assert closed_periods(DOCUMENT, now=last - timedelta(microseconds=1), away=away) == []
    assert closed_periods(DOCUMENT, now=last, away=away) == [1]


_SPANS = st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 30)), max_size=5)


@given(_SPANS, st.tuples(st.integers(-40, 40), st.integers(1, 30)))
def test_one_absence_more_never_closes_anything_earlier(spans: list, more: tuple) -> None:
    away = [span(first, first - length) for first, length in spans]
    one_more = span(more[0], more[0] - more[1])
    assert CLOSES <= closing_moment(DOCUMENT, 1, away) <= closing_moment(DOCUMENT, 1, [*away, one_more])
    total = sum((ends - begins for begins, ends in away), timedelta())
    assert closing_moment(DOCUMENT, 1, away) <= CLOSES + total


@pytest.fixture
def travel():
    with time_machine.travel("2026-03-20T12:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def study(db, travel) -> Study:
    document = protocol.make()
    document["periods"][0]["closes_at"] = CLOSES.strftime("%Y-%m-%dT%H:%M:%SZ")
    readers = [cast.reader(time_zone="Europe/Berlin") for _ in range(3)]
    return factories.make_study(document=document, readers=readers)


def note(study: Study, index: int = 2, **changes) -> Absence:
    wish = {"first": CLOSES.date() - 5 * DAY, "last": CLOSES.date() - 2 * DAY, "reason": "Holiday."}
    enrolment = study.enrolments.get(index=index)
    return note_absence(actor=study.created_by, study=study, enrolment_id=enrolment.pk, **{**wish, **changes})


def states(study: Study, index: int) -> set[CellState]:
    rows = overview_of(study, now=clock.now())
    return {
        cell.state for row in rows if (row.enrolment.index, row.period) == (index, 1) for cell in row.cells
    }


def test_who_was_away_goes_on_reading_when_the_others_are_late(study, travel) -> None:
    note(study)
    travel.move_to(CLOSES)
    assert states(study, 3) == {CellState.LATE}
    assert states(study, 2) == {CellState.OPEN}
    now = clock.now()
    assert reads.next_assignment(study.enrolments.get(index=3), now=now).period.number == 2
    assert reads.next_assignment(study.enrolments.get(index=2), now=now).period.number == 1
    travel.move_to(CLOSES + 4 * DAY)
    assert states(study, 2) == {CellState.LATE}


def test_days_are_whole_days_where_the_reader_is(study) -> None:
    absence = note(study, first=datetime(2026, 3, 28).date(), last=datetime(2026, 3, 29).date())
    assert absence.begins_at == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert absence.ends_at == datetime(2026, 3, 29, 22, tzinfo=UTC), "the clocks change in between"
    assert absence.ends_at - absence.begins_at == timedelta(hours=47)


def test_nobody_is_reminded_while_away(study, travel) -> None:
    note(study, index=2, first=clock.now().date(), last=clock.now().date() + 3 * DAY)
    reminders.remind()
    assert sorted(Reminder.objects.values_list("enrolment__index", flat=True)) == [1, 3]


def test_the_coordinator_notes_an_absence_and_sees_what_it_moves(study) -> None:
    client = cast.signed_in(study.created_by)
    url = f"/studies/{study.pk}/absences/"
    enrolment = study.enrolments.get(index=2)
    wish = {"enrolment": str(enrolment.pk), "first": "2026-03-27", "last": "2026-03-30", "reason": "Holiday."}
    for wrong in ({"last": "2026-03-26"}, {"reason": " "}, {"first": "soon"}, {"last": "2027-12-01"}):
        assert client.post(url, {**wish, **wrong}).status_code == 400
    assert not Absence.objects.exists()
    assert client.post(url, wish).status_code == 302
    page = client.get(url).content.decode()
    assert page.count("later</span>") == 1
    assert "Holiday." in page
    event = Event.objects.get(action="reader.absence-noted")
    assert (event.after["reader"], event.reason) == (2, "Holiday.")
    assert url in client.get(f"/studies/{study.pk}/").content.decode()
    other = factories.make_study().enrolments.get(index=1)
    assert client.post(url, {**wish, "enrolment": str(other.pk)}).status_code == 400


def test_only_the_coordinator_notes_absences(study) -> None:
    for role in (Role.READER, Role.STATISTICIAN, Role.AUDITOR, Role.ADMINISTRATOR):
        assert cast.signed_in(cast.person(role)).get(f"/studies/{study.pk}/absences/").status_code == 403
    draft = factories.make_draft()
    assert cast.signed_in(draft.created_by).get(f"/studies/{draft.pk}/absences/").status_code == 404


@pytest.mark.both_databases
def test_the_database_keeps_an_absence(study) -> None:
    absence = note(study)
    for change in (lambda rows: rows.update(reason="other"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Absence.objects.all())
    turned = {"begins_at": absence.ends_at, "ends_at": absence.begins_at, "reason": "x"}
    with pytest.raises(DatabaseError), transaction.atomic():
        Absence.objects.create(enrolment=absence.enrolment, by=study.created_by, at=study.opened_at, **turned)
