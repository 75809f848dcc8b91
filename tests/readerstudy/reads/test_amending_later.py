"""An amendment with a later time of effect (line D1): closings, breaks and caps, and nothing else."""

import html
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from readerstudy.audit.models import Event
from readerstudy.common.errors import Conflict
from readerstudy.oversight.facts import facts_of
from readerstudy.studies.models import Protocol, Study
from readerstudy.studies.selectors import document_in_force, protocol_of, protocols_to_come
from tests import cast, factories
from tests.readerstudy.reads.desk import Desk, desk
from tests.readerstudy.reads.test_amending import amend, new_exam, with_washout

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
LATER = datetime(2026, 3, 1, 18, tzinfo=UTC)


@pytest.fixture
def study(travel) -> Study:
    return factories.make_study(cases=3)


def capped(study: Study) -> dict:
    return protocol_of(study).document | {"pacing": {"cases_per_day": 1}}


def test_d1_it_holds_from_its_time_on_and_not_a_moment_before(study, travel) -> None:
    reader = desk(study, 2)
    reader.look(reader.open())
    signed = amend(study, document=capped(study), effective_at=LATER)
    assert (signed.version, signed.in_force_from) == (2, LATER), "no reader need hand in before"
    assert protocol_of(study).version == 1
    assert protocols_to_come(study) == [signed]
    reader.read_one()
    assert reader.next()["status"] == "reading"
    event = Event.objects.get(action="study.amended")
    assert datetime.fromisoformat(event.after["effective_at"]) == LATER
    (stated,) = facts_of(study)["amendments"]
    assert datetime.fromisoformat(stated["effective_at"]) == LATER
    travel.move_to(LATER - timedelta(seconds=1))
    assert "pacing" not in document_in_force(Study.objects.get(pk=study.pk))
    travel.move_to(LATER)
    assert document_in_force(Study.objects.get(pk=study.pk))["pacing"] == {"cases_per_day": 1}
    assert protocol_of(study) == signed
    reader.sign_in_again()
    reader.read_one()
    assert reader.next()["message"].startswith("You have read 2 cases today")


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (lambda s: {"document": capped(s), "effective_at": LATER - timedelta(hours=6)}, "effect in the past"),
        (lambda s: {"document": with_washout(s, 24)}, "A washout is amended at once"),
        (lambda s: {"document": protocol_of(s).document | {"opens_at_local_hour": 7}}, "at once"),
        (lambda s: {"exams": [new_exam()]}, "Cases are added at once"),
        (lambda s: {"readers": [cast.reader()]}, "Readers join at once"),
        (lambda s: {}, "Nothing would change"),
    ],
)
def test_what_could_touch_a_case_under_way_is_amended_at_once_or_not_at_all(study, wishes, said: str) -> None:
    with pytest.raises(Conflict, match=said):
        amend(study, **{"effective_at": LATER, **wishes(study)})
    assert study.protocols.count() == 1


def closing(study: Study, moment: str) -> dict:
    document = protocol_of(study).document
    first, *others = document["periods"]
    return document | {"periods": [first | {"closes_at": moment}, *others]}


def test_a_replacement_joins_while_another_amendment_waits_which_then_holds_for_both(study, travel) -> None:
    """Line D1: what waits is carried over, under the same signature and for the same time."""
    waiting = amend(study, document=capped(study), effective_at=LATER)
    person = cast.reader()
    joined = amend(study, readers=[person], reason="R3 left.")
    assert joined.version == 3
    assert "pacing" not in protocol_of(study).document
    (carried,) = protocols_to_come(study)
    assert (carried.version, carried.in_force_from, carried.reason) == (4, LATER, waiting.reason)
    assert carried.document == joined.document | {"pacing": {"cases_per_day": 1}}
    event = Event.objects.get(action="study.amended", after__version=4)
    assert (event.after["carries"], event.before["version"], event.after["reads_added"]) == (2, 3, 0)
    newcomer = Desk(study.enrolments.select_related("reader", "study").get(reader=person))
    newcomer.read_one()
    assert newcomer.next()["status"] == "reading"
    travel.move_to(LATER)
    assert protocol_of(study) == carried
    newcomer.sign_in_again()
    newcomer.read_one()
    assert newcomer.next()["message"].startswith("You have read 2 cases today")
    third = amend(study, document=with_washout(study, 24))
    assert (third.version, third.document["pacing"]) == (5, {"cases_per_day": 1})


def test_cases_are_added_and_washouts_changed_while_another_amendment_waits(study) -> None:
    amend(study, document=capped(study), effective_at=LATER)
    amend(study, document=with_washout(study, 24), exams=[new_exam()])
    (carried,) = protocols_to_come(study)
    assert [case.get("added_by") for case in carried.document["cases"]] == [None, None, None, 3]
    assert carried.document["periods"][1]["washout_hours"] == 24
    assert carried.document["pacing"] == {"cases_per_day": 1}


def test_amendments_take_effect_in_the_order_of_their_times_whenever_they_were_signed(study, travel) -> None:
    last, middle = LATER + timedelta(days=2), LATER + timedelta(days=1)
    amend(study, document=closing(study, "2026-06-01T00:00:00Z"), effective_at=last)
    amend(study, document=capped(study), effective_at=middle)
    amend(study, document=with_washout(study, 240))
    held = [(one.in_force_from, one.version) for one in protocols_to_come(study)]
    assert held == [(middle, 6), (last, 7)]
    seen = []
    for moment in (LATER, middle, last):
        travel.move_to(moment)
        document = protocol_of(study).document
        seen.append(("pacing" in document, "closes_at" in document["periods"][0]))
        assert document["periods"][1]["washout_hours"] == 240
    assert seen == [(False, False), (True, False), (True, True)]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (
            lambda s: {"document": protocol_of(s).document | {"pacing": {"cases_per_day": 9}}},
            "Version 2 changes breaks and caps too and takes effect on 1 March 2026, 18:00 UTC: leave it as",
        ),
        (
            lambda s: {"document": closing(s, "2026-06-01T00:00:00Z"), "effective_at": LATER},
            "Version 2 takes effect at the same moment: name another one",
        ),
        (
            lambda s: {"document": with_washout(s, 24), "seen_version": 2},
            "Version 1 has come into force since you opened this page",
        ),
    ],
)
def test_what_a_waiting_amendment_states_is_not_amended_beside_it(study, wishes, said: str) -> None:
    amend(study, document=capped(study), effective_at=LATER)
    with pytest.raises(Conflict, match=said):
        amend(study, **wishes(study))
    assert study.protocols.count() == 2


def test_what_would_leave_a_waiting_amendment_without_its_ground_is_refused_and_says_which(study) -> None:
    first, second = protocol_of(study).document["periods"]
    late = protocol_of(study).document | {"periods": [first, second | {"closes_at": "2026-04-15T00:00:00Z"}]}
    amend(study, document=late, effective_at=LATER)
    with pytest.raises(
        Conflict, match="Version 2, which waits, could no longer take effect: .*Period 2 closes before"
    ):
        amend(study, document=closing(study, "2026-05-01T00:00:00Z"))
    assert study.protocols.count() == 2
    assert amend(study, document=closing(study, "2026-03-10T00:00:00Z")).version == 3


def test_the_database_holds_that_nothing_takes_effect_before_it_is_signed(study) -> None:
    first = study.protocols.get()
    made = Protocol(
        study=study,
        version=2,
        document={},
        reason="Slow",
        signed_by=study.created_by,
        effective_at=LATER - timedelta(days=9),
    )
    with transaction.atomic():
        made.save()
        made.frozen_at = first.frozen_at
        with pytest.raises(DatabaseError, match="effective after signing"), transaction.atomic():
            made.save()


def test_the_page_asks_for_it_and_says_what_is_wrong(study) -> None:
    client, address = cast.signed_in(study.created_by), f"/studies/{study.pk}/amend/"
    form = {"washout_2": "28", "reason": "Readers tire.", "password": cast.PASSWORD}
    wrong = client.post(
        address, {**form, "pacing-cases_per_day": "many", "effective_at": "2026-02-31T00:00:00Z"}
    )
    assert wrong.status_code == 400
    said = html.unescape(wrong.content.decode())
    assert "“many” is no whole number" in said
    assert "no such moment" in said
    form |= {"pacing-break_after_cases": "10", "pacing-break_minutes": "15"}
    form |= {"effective_at": "2026-03-01T18:00:00Z"}
    looked = html.unescape(client.post(address, {**form, "do": "look"}).content.decode())
    assert "Breaks and caps: now break after cases 10, break minutes 15." in looked
    assert client.post(address, {**form, "do": "sign"}).status_code == 302
    (waiting,) = protocols_to_come(study)
    assert waiting.document["pacing"] == {"break_after_cases": 10, "break_minutes": 15}
