"""The coordinator's picture says of every case what the guard would say, in as many queries for any size."""

import random
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readerstudy.accounts.states import Role
from readerstudy.common import clock
from readerstudy.conduct import services as conduct
from readerstudy.exams.models import Exam, Instance
from readerstudy.exams.selectors import known_as, known_as_each
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.reads import selectors
from readerstudy.reads.models import Exposure, Read
from readerstudy.reads.overview import overview_of
from readerstudy.reads.picture import picture_of
from readerstudy.reads.policies import cell_state
from readerstudy.reads.states import CellState
from readerstudy.studies import protocol, services
from readerstudy.studies.models import Assignment, Study
from readerstudy.studies.policies import closed_periods
from readerstudy.studies.services import casework
from readerstudy.studies.states import WashoutMode, WithdrawalReason
from tests import cast, factories
from tests.readerstudy.reads.desk import desk

pytestmark = pytest.mark.django_db


def rows_of(study: Study) -> dict[tuple[int, int], list[CellState]]:
    rows = overview_of(study, now=clock.now())
    return {(row.enrolment.index, row.period): [cell.state for cell in row.cells] for row in rows}


def waits(study: Study, reader: int, period: int) -> set[datetime | None]:
    rows = overview_of(study, now=clock.now())
    row = next(row for row in rows if (row.enrolment.index, row.period) == (reader, period))
    assert row.opens_at in {cell.waits_until for cell in row.cells}
    return {cell.waits_until for cell in row.cells}


def test_a_reading_goes_from_open_to_done_and_its_repeat_from_waiting_to_open(study, travel) -> None:
    reader = desk(study, 2)
    assert rows_of(study)[2, 1] == [CellState.OPEN] * 2
    assert rows_of(study)[2, 2] == [CellState.WAITING] * 2
    reader.read_one()
    assert waits(study, 2, 2) == {None}, "more may be seen until the period before it is finished"
    assert sorted(rows_of(study)[2, 1]) == [CellState.DONE, CellState.OPEN]
    reader.read_one()
    assert rows_of(study)[2, 1] == [CellState.DONE] * 2
    assert rows_of(study)[2, 2] == [CellState.WAITING] * 2
    assert waits(study, 2, 2) == {clock.now() + timedelta(days=28)}
    travel.shift(timedelta(days=28) - timedelta(seconds=1))
    assert rows_of(study)[2, 2] == [CellState.WAITING] * 2
    travel.shift(timedelta(seconds=1))
    assert rows_of(study)[2, 2] == [CellState.OPEN] * 2
    assert rows_of(study)[3, 1] == [CellState.OPEN] * 2, "others are as they were"


@pytest.mark.parametrize(
    ("done", "closed", "washed_out", "earlier_done", "state"),
    [
        (True, True, False, False, CellState.DONE),
        (False, True, True, True, CellState.LATE),
        (False, False, True, True, CellState.OPEN),
        (False, False, False, True, CellState.WAITING),
        (False, False, True, False, CellState.WAITING),
    ],
)
def test_where_a_reading_stands(done, closed, washed_out, earlier_done, state) -> None:
    facts = {"closed": closed, "washed_out": washed_out, "earlier_done": earlier_done}
    assert cell_state(done=done, **facts) is state


def test_a_period_closes_at_its_moment() -> None:
    document = {"periods": [{"number": 1}, {"number": 2, "closes_at": "2026-03-01T12:00:00Z"}]}
    ends = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
    assert closed_periods(document, now=ends - timedelta(microseconds=1)) == []
    assert closed_periods(document, now=ends) == [2]


def tangled(mode: WashoutMode, seed: int) -> Study:
    """A study whose readers saw some of its cases elsewhere, under other ids, and in several orders."""
    chance = random.Random(seed)
    readers = [cast.reader() for _ in range(3)]
    coordinator = cast.coordinator()
    exams = [factories.make_exam() for _ in range(5)]
    twin = factories.make_exam(patient_key=exams[0].patient_key)
    copy = factories.make_exam()
    pictures = iter(Instance.objects.filter(series__exam=exams[1]).values_list("pixel_sha256", flat=True))
    for instance in Instance.objects.filter(series__exam=copy):
        Instance.objects.filter(pk=instance.pk).update(pixel_sha256=next(pictures))
    for exam in [*exams, twin, copy]:
        factories.make_map(exam)
    studies = []
    for cases in (exams, [twin, copy, exams[2]]):
        study = services.create_study(
            actor=coordinator, name="Tangled", document=protocol.make(washout_mode=mode)
        )
        services.set_cases(actor=coordinator, study=study, exams=cases)
        services.enrol_readers(actor=coordinator, study=study, readers=readers)
        studies.append(services.open_study(actor=coordinator, study=Study.objects.get(pk=study.pk)))
    now = clock.now()
    assignments = list(Assignment.objects.filter(enrolment__study__in=studies))
    for assignment in chance.sample(assignments, len(assignments) // 2):
        read = Read.objects.create(assignment=assignment, opened_at=now)
        for item in ("pixels", "modic-map")[: chance.randint(0, 2)]:
            first = now - timedelta(days=chance.uniform(0, 60))
            Exposure.objects.create(
                **read.seen_by, read=read, item=item, first_at=first, last_at=first + timedelta(hours=1)
            )
    for exam in (exams[3], twin):
        note_sighting(person=chance.choice(readers), exam=exam, occasion=Occasion.TRUTH_MAKING)
    return studies[0]


@pytest.mark.parametrize("mode", WashoutMode)
@pytest.mark.parametrize("seed", range(6))
def test_trust_6_every_moment_of_the_picture_is_the_guards(mode: WashoutMode, seed: int) -> None:
    study = tangled(mode, seed)
    shown = {
        (row.enrolment.index, row.period, cell.case): cell.opens_at
        for row in overview_of(study, now=clock.now())
        for cell in row.cells
    }
    asked = {
        (a.enrolment.index, a.period.number, a.case.number): selectors.washout_of(a, now=clock.now()).opens_at
        for a in Assignment.objects.filter(enrolment__study=study)
    }
    assert shown == asked
    assert any(asked.values())
    exams = Exam.objects.filter(cases__study=study)
    assert known_as_each(exams) == {exam.pk: known_as(exam.pk) for exam in exams}


def queries(study: Study) -> int:
    with CaptureQueriesContext(connection) as asked:
        picture_of(overview_of(study, now=clock.now()))
    return len(asked)


def test_many_readers_and_cases_take_as_many_queries_as_few(study) -> None:
    many = factories.make_study(cases=12)
    for index in (1, 2, 3):
        desk(many, index).read_one()
        desk(study, index).read_one()
    assert queries(many) == queries(study) <= 12


def test_a_case_of_a_second_read_is_done_when_both_answers_are(db) -> None:
    study = factories.make_study(document=protocol.make("second-read"))
    reader = desk(study, 1)
    first = reader.read_one()
    assert sorted(rows_of(study)[1, 1]) == [CellState.OPEN] * 2
    assert reader.read_one()["part"] == first["part"] + 1 == 2
    assert sorted(rows_of(study)[1, 1]) == [CellState.DONE, CellState.OPEN]


def test_of_a_reader_who_has_left_only_what_was_read_is_counted(study) -> None:
    reader = desk(study, 2)
    reader.read_one()
    conduct.withdraw(actor=study.created_by, enrolment=reader.enrolment, reason="Moved away.")
    assert rows_of(study)[2, 1] == [CellState.DONE]
    assert rows_of(study)[2, 2] == []
    page = cast.signed_in(study.created_by).get(f"/studies/{study.pk}/progress/").content.decode()
    assert page.count("has left the study") == 2


def test_a_withdrawn_case_leaves_its_column_out(study) -> None:
    case = study.cases.get(number=1)
    reason = {"reason": WithdrawalReason.OTHER, "words": "x"}
    casework.withdraw_case(actor=study.created_by, study=study, case_id=case.pk, **reason)
    assert rows_of(study)[2, 1] == [CellState.OPEN]


def test_neighbours_that_stand_alike_are_one_rectangle(travel) -> None:
    study = factories.make_study(cases=7)
    desk(study, 2).read_one()
    line = next(line for line in picture_of(overview_of(study, now=clock.now())).lines if line.row.done)
    assert sum(run.count for run in line.runs) == 7
    assert len(line.runs) <= 3
    assert line.runs[0].first == 1
    assert line.runs[-1].last == 7
    widths = sum(run.width for run in line.runs)
    assert 890 < widths <= 900


def test_the_page_shows_the_picture_and_asks_again_while_the_study_is_open(study) -> None:
    client = cast.signed_in(cast.coordinator())
    page = client.get(f"/studies/{study.pk}/").content.decode()
    url = f"/studies/{study.pk}/progress/"
    assert f'data-poll="{url}"' in page
    assert "cases 1 to 2 waiting for the period before it" in page
    assert "style=" not in page
    desk(study, 2).read_one()
    fragment = client.get(url).content.decode()
    assert fragment.lstrip().startswith("<section")
    assert "1 of 2 <progress" in fragment
    services.lock_study(actor=study.created_by, study=study)
    assert "data-poll" not in client.get(url).content.decode()


def test_nobody_else_sees_it(study) -> None:
    url = f"/studies/{study.pk}/progress/"
    for role in (Role.READER, Role.STATISTICIAN, Role.AUDITOR, Role.ADJUDICATOR):
        assert cast.signed_in(cast.person(role)).get(url).status_code == 403
    draft = factories.make_draft()
    assert cast.signed_in(cast.coordinator()).get(f"/studies/{draft.pk}/progress/").status_code == 404
