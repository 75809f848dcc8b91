"""Overrides: two persons, a reason, a scope, an end; the read is flagged for ever (W8)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.conduct import services
from readerstudy.conduct.models import NotedDeviation, Override, OverrideDecision
from readerstudy.conduct.states import Deviation
from readerstudy.reads.models import Exposure, Read
from readerstudy.studies.models import Study
from tests import cast
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
REASON = "The reader leaves the country tomorrow."


def ask(study: Study, *, case=None, hours: int = 24, period: int = 2, reader: int = 2) -> Override:
    return services.request_override(
        actor=study.created_by,
        enrolment=study.enrolments.get(index=reader),
        period=study.periods.get(number=period),
        case=case,
        reason=REASON,
        expires_at=clock.now() + timedelta(hours=hours),
    )


def approve(override: Override, **wishes) -> OverrideDecision:
    wishes = {"actor": cast.coordinator(), "approve": True, "reason": "Agreed with the sponsor.", **wishes}
    return services.decide_override(override=override, **wishes)


@pytest.fixture
def waiting(study, travel):
    """Reader 2, done with the first period, ten days later."""
    reader = desk(study, 2)
    reader.read_period()
    travel.shift(timedelta(days=10))
    reader.sign_in_again()
    return reader


def test_w8_nothing_opens_until_a_second_person_agrees(study, waiting) -> None:
    override = ask(study)
    assert waiting.next()["status"] == "waiting"
    with pytest.raises(Refused, match="two persons"):
        approve(override, actor=study.created_by)
    assert waiting.next()["status"] == "waiting"
    approve(override)
    assert waiting.next()["status"] == "reading"


def test_w8_the_database_holds_that_it_is_a_second_person(study, waiting) -> None:
    override = ask(study)
    with pytest.raises(DatabaseError, match="two persons"), transaction.atomic():
        OverrideDecision.objects.create(
            override=override, approved=True, reason=REASON, by=study.created_by, at=override.requested_at
        )


def test_w8_the_read_is_flagged_for_ever_and_the_record_is_whole(study, waiting) -> None:
    override = ask(study)
    approve(override)
    read = waiting.read_one()
    row = Read.objects.get(pk=read["id"])
    noted = NotedDeviation.objects.get(assignment=row.assignment, kind=Deviation.OVERRIDE)
    assert str(override.pk) in noted.detail
    events = {event.action: event for event in Event.objects.filter(action__startswith="override")}
    assert set(events) == {"override.requested", "override.approved"}
    assert events["override.requested"].reason == REASON
    assert events["override.requested"].actor_id != events["override.approved"].actor_id
    with pytest.raises(DatabaseError), transaction.atomic():
        NotedDeviation.objects.all().delete()


def test_w8_an_override_ends_to_the_second_and_closes_what_it_opened(study, waiting, travel) -> None:
    override = ask(study, hours=1)
    approve(override)
    read = waiting.open()
    travel.move_to(override.expires_at - timedelta(seconds=1))
    assert waiting.client.get(read["images"]["t1"]["frame_urls"][0]).status_code == 200
    travel.move_to(override.expires_at)
    late = waiting.post_submit(read, answers_to(read))
    assert (late.status_code, late.json()["code"]) == (403, "washout")


def test_w8_the_scope_is_one_reader_one_period_and_the_case_it_names(study, waiting, travel) -> None:
    order = list(waiting.enrolment.assignments.filter(period__number=2).order_by("position"))
    approve(ask(study, case=order[1].case))
    assert waiting.next()["status"] == "waiting", "the order gives the other case first"
    approve(ask(study, case=order[0].case))
    assert waiting.read_one()["position"] == 1
    assert waiting.read_one()["position"] == 2
    other = desk(study, 3)
    other.read_period()
    assert other.next()["status"] == "waiting"


def test_w8_declined_or_decided_twice_it_opens_nothing_more(study, waiting) -> None:
    override = ask(study)
    approve(override, approve=False)
    assert waiting.next()["status"] == "waiting"
    with pytest.raises(Conflict, match="declined"):
        approve(override)


def test_w8_what_can_not_be_overridden_is_refused(study, waiting) -> None:
    with pytest.raises(BadInput, match="no such case"):
        ask(study, reader=1)
    with pytest.raises(BadInput, match="within 14 days"):
        ask(study, hours=400)
    with pytest.raises(Refused, match="coordinator or an administrator"):
        approve(ask(study), actor=cast.person(Role.STATISTICIAN))
    approve(ask(study), actor=cast.person(Role.ADMINISTRATOR))


def test_a_read_that_needed_no_override_bears_no_flag(study, waiting, travel) -> None:
    approve(ask(study, hours=300))
    travel.shift(timedelta(hours=10))
    waiting.sign_in_again()
    read = waiting.open()
    assert NotedDeviation.objects.filter(kind=Deviation.OVERRIDE).count() == 1
    travel.shift(timedelta(days=13) - timedelta(hours=10))
    waiting.sign_in_again()
    assert waiting.next()["status"] == "waiting"
    travel.shift(timedelta(days=6))
    waiting.sign_in_again()
    waiting.look(read)
    waiting.post_submit(waiting.open(), answers_to(read))
    waiting.read_one()
    assert NotedDeviation.objects.filter(kind=Deviation.OVERRIDE).count() == 1, "the first alone"


def test_w8_what_is_shown_at_the_very_moment_is_stamped_later_than_what_it_follows(study, travel) -> None:
    """While the clock stands still, too: nobody can take the first period for the later one."""
    reader = desk(study, 2)
    reader.read_period()
    approve(ask(study))
    again = reader.read_one()
    case = Read.objects.get(pk=again["id"]).assignment.case
    first, second = Exposure.objects.filter(item="pixels", exam=case.exam).order_by("period__number")
    assert (first.period.number, second.period.number) == (1, 2)
    assert first.last_at < second.first_at <= clock.now() + timedelta(seconds=1)
