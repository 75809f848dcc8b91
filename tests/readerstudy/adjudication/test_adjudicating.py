"""Adjudication of a lock's disagreements: shuffled, alone and then together, a truth in the end (D5)."""

import json
import uuid

import pytest
from django.db import DatabaseError, transaction

from annotations.agreement.explore import Question as Asked
from readerstudy.accounts.states import Role
from readerstudy.adjudication import selectors, services
from readerstudy.adjudication.models import Adjudication, Opinion, Place, Question
from readerstudy.adjudication.states import TABLE
from readerstudy.audit.models import Event
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.exams.models import Sighting
from readerstudy.reads.models import Grade, Read
from readerstudy.reads.serializers import ReadSerializer
from readerstudy.reports.models import Truth
from readerstudy.reports.policies import UNLOCK_MEANING
from readerstudy.reports.services import exploring, unlocking
from readerstudy.reports.truth import parse_truth
from readerstudy.studies.order import case_order
from tests import cast
from tests.readerstudy.adjudication.conftest import DIFFERING, Adjudicator, lock
from tests.readerstudy.reads.desk import answers_to

pytestmark = pytest.mark.django_db


def test_d5_what_readers_differ_in_is_gathered_from_the_lock(adjudication, study) -> None:
    assert set(selectors.questions_of(adjudication)) == DIFFERING
    assert Question.objects.count() == 3
    agreed = selectors.disagreements(adjudication.lock).agreed
    assert set(agreed.values()) == {0}
    assert len(agreed) == 4 * 12 - 3


def test_d5_nobody_learns_how_many_there_are_before_the_lock(coordinator, adjudicators, study) -> None:
    unlock(study, coordinator)
    page = f"/studies/{study.pk}/adjudication/"
    assert cast.signed_in(coordinator).get(page).status_code == 403
    with pytest.raises(Conflict, match="is a result"):
        services.open_adjudication(
            actor=coordinator, study_id=study.pk, adjudicators=adjudicators, takes_agreed=False
        )


def test_d5_each_order_is_stored_and_can_be_derived_again(adjudication) -> None:
    orders = {}
    for seat in adjudication.seats.all():
        stored = list(seat.places.order_by("position").values_list("case__number", flat=True))
        key = selectors.order_key(adjudication, seat.index)
        assert stored == list(case_order(key, period=1, cases=[1, 2, 3]))
        orders[seat.index] = stored
    assert len(orders) == 2
    opened = Event.objects.get(action="adjudication.opened")
    assert opened.after["seed_commitment"] == adjudication.seed_commitment
    assert adjudication.seed not in json.dumps(opened.after), "the seed is committed, not told"


def test_only_the_halves_in_question_are_asked(desks) -> None:
    asked = set()
    first, _ = desks
    for read in first.decide_all(grade=0):
        assert set(read) == set(ReadSerializer().fields)
        assert read["map_url"] is None
        assert read["period"]["arm"] == "unaided"
        asked |= {(site["level"], site["half"]) for site in read["sites"]}
        assert read["total"] == 3
    assert asked == {(level, half) for _, level, half in DIFFERING}
    assert first.next()["status"] == "complete"


def test_adjudicators_who_agree_decide_and_the_coordinator_states_it(desks, coordinator, study) -> None:
    for desk in desks:
        assert len(desk.decide_all(grade=2)) == 3
    adjudication = Adjudication.objects.get()
    assert (adjudication.state, adjudication.truth) == ("decided", None)
    browser = cast.signed_in(coordinator)
    page = f"/adjudications/{adjudication.pk}/"
    assert "State the outcome as truth" in browser.get(page).content.decode()
    assert browser.post(f"{page}state/").status_code == 302
    truth = Truth.objects.get()
    assert parse_truth(truth.table) == dict.fromkeys(DIFFERING, 2)
    assert truth.after_lock
    assert f"Adjudication 1 of lock 1 (data set SHA-256 {adjudication.lock.dataset_sha256})" in truth.source
    assert "2 adjudicators" in truth.source
    assert Grade.objects.filter(grade=2).count() == 1, "an outcome is never a read"
    again = browser.post(f"{page}state/")
    assert again.status_code == 409
    assert truth.source in browser.get(page).content.decode().replace("&#x27;", "'")


def test_where_they_differ_they_decide_together(desks, coordinator, study) -> None:
    first, second = desks
    first.decide_all(grade=1)
    for read in decide_one_otherwise(second):
        assert read["period"]["name"] == "Adjudication"
    adjudication = Adjudication.objects.get()
    assert adjudication.state == "discussion"
    home = first.client.get("/adjudicate/").content.decode()
    assert "differ in 1 half of 1 case." in home
    assert "A1: 1, A2: 3" in home
    assert second.next()["status"] == "complete", "alone there is nothing left"
    first.together = second.together = True
    (read,) = first.decide_all(grade=3)
    assert read["period"]["name"] == "Adjudication, together"
    assert [(s["level"], s["half"]) for s in read["sites"]] == [("S1", "upper")]
    adjudication.refresh_from_db()
    assert adjudication.state == "decided"
    table = adjudication.seats.get(index=TABLE).places.get().opinion
    assert table.submitted_by == first.user
    services.state_outcome(actor=coordinator, adjudication=adjudication)
    told = parse_truth(Truth.objects.get().table)
    assert sorted(told.values()) == [1, 1, 3]
    assert told["C003", "S1", "upper"] == 3
    assert "together on the 1 halves" in Truth.objects.get().source
    said = cast.signed_in(coordinator).get(f"/adjudications/{adjudication.pk}/decisions.csv").content.decode()
    assert said.count("\r\n") == 1 + 3 + 3 + 1
    assert "C003,S1,upper,together,3" in said
    assert first.user.username not in said


def decide_one_otherwise(desk: Adjudicator) -> list[dict]:
    """Grade 1 throughout, 3 in S1."""
    decided = []
    while (coming := desk.next())["status"] == "reading":
        read = coming["read"]
        desk.look(read)
        answers = [{**a, "grade": 3 if a["level"] == "S1" else 1} for a in answers_to(read)]
        assert desk.post_submit(read, answers).status_code == 200
        decided.append(read)
    return decided


def test_its_truth_serves_explorations_and_the_next_lock_like_one_from_a_file(
    desks, coordinator, study
) -> None:
    for desk in desks:
        desk.decide_all(grade=1)
    services.state_outcome(actor=coordinator, adjudication=Adjudication.objects.get())
    made = exploring.make_exploration(
        study_id=study.pk,
        person=coordinator,
        question=Asked((("R1", "R2"),), accuracy=True),
        reason="How accurate are readers where they differ?",
    )
    assert made.truth == Truth.objects.get()
    unlock(study, coordinator)
    lock(study, coordinator)
    latest = study.locks.latest("number")
    assert json.loads(latest.analysis.result)["truth"]["sha256"] == Truth.objects.get().sha256
    assert json.loads(latest.analysis.result)["lock"]["seen_before"]


def unlock(study, coordinator) -> None:
    wishes = {"password": cast.PASSWORD, "meaning": UNLOCK_MEANING, "reason": "A case was read wrongly."}
    unlocking.unlock_study(study_id=study.pk, person=coordinator, **wishes)


def test_agreed_halves_enter_only_where_that_was_chosen_and_the_source_says_so(
    study, coordinator, adjudicators, stand_in_images
) -> None:
    chosen = services.open_adjudication(
        actor=coordinator, study_id=study.pk, adjudicators=adjudicators[:1], takes_agreed=True
    )
    Adjudicator(adjudicators[0], chosen).decide_all(grade=1)
    services.state_outcome(actor=coordinator, adjudication=chosen)
    truth = Truth.objects.get()
    assert truth.halves == 48
    assert "The 45 halves on which all readers agreed are taken at their grade" in truth.source
    assert "one adjudicator" in truth.source


def test_unlocking_ends_what_runs_and_keeps_the_reason(desks, study, coordinator) -> None:
    first, _ = desks
    read = first.open()
    unlock(study, coordinator)
    adjudication = Adjudication.objects.get()
    assert adjudication.state == "stopped"
    assert adjudication.reason == "The study was opened again: A case was read wrongly."
    assert first.client.get(read["images"]["t1"]["frame_urls"][0]).status_code == 409
    assert first.post_submit(read, answers_to(read)).status_code == 409
    assert first.next()["status"] == "complete"
    stopped = Event.objects.get(action="adjudication.stopped")
    assert stopped.reason == adjudication.reason


def test_looking_counts_as_exposure_and_every_step_has_its_event(desks, study) -> None:
    first, _ = desks
    read = first.open()
    assert not Sighting.objects.exists()
    first.look(read)
    seen = Sighting.objects.get()
    assert (seen.person, seen.occasion) == (first.user, "adjudication")
    assert first.put_draft(read, answers_to(read)).json() == {"version": 1}
    assert first.open()["answers"], "a draft is still there after a reload"
    read = first.open()
    key = str(uuid.uuid4())
    for _ in range(2):
        assert first.post_submit(read, answers_to(read), idempotency_key=key).status_code == 200
    actions = list(
        Event.objects.filter(actor_id=first.user.pk, action__startswith="adjudication.").values_list(
            "action", flat=True
        )
    )
    assert actions.count("adjudication.case-handed-in") == 1
    assert actions.count("adjudication.draft-saved") == 1
    assert not Read.objects.filter(assignment__enrolment__reader=first.user).exists()


def test_what_is_sent_wrongly_is_refused_with_the_remedy(desks) -> None:
    first, second = desks
    read = first.open()
    stale = first.put_draft(read, answers_to(read), lease=str(uuid.uuid4()))
    assert (stale.status_code, stale.json()["code"]) == (409, "lease")
    gaps = first.post_submit(read, [])
    assert (gaps.status_code, gaps.json()["code"]) == (400, "gaps")
    other = [{**a, "grade": None, "not_gradable": "other"} for a in answers_to(read)]
    assert first.post_submit(read, other).json()["code"] == "comment"
    assert first.post_submit(read, other, comment="A clip lies over it.").status_code == 200
    assert second.client.get(read["images"]["t1"]["frame_urls"][0]).status_code == 404
    assert second.put_draft(read, answers_to(read)).status_code == 404


def test_the_coordinator_opens_and_stops_on_pages(study, coordinator, adjudicators) -> None:
    browser = cast.signed_in(coordinator)
    assert "Open an adjudication" in browser.get(f"/studies/{study.pk}/").content.decode()
    page = f"/studies/{study.pk}/adjudication/"
    shown = browser.get(page).content.decode()
    assert "<strong>3 halves of 3 cases</strong>" in shown
    assert Event.objects.filter(action="disagreements.seen").count() == 1
    assert browser.post(page, {"agreed": "no"}).status_code == 400
    sent = {"agreed": "no", "adjudicators": [person.pk for person in adjudicators]}
    made = browser.post(page, sent)
    assert made.status_code == 302
    again = browser.post(page, sent)
    assert (again.status_code, "under way" in again.content.decode()) == (409, True)
    own = made.headers["Location"]
    assert browser.post(f"{own}stop/", {"reason": ""}).status_code == 400
    assert browser.post(f"{own}stop/", {"reason": "Another panel is asked."}).status_code == 302
    assert "Another panel is asked." in browser.get(own).content.decode()
    assert "1 of lock 1" in browser.get(f"/studies/{study.pk}/").content.decode()
    assert (
        "Nothing is left to do here" in cast.signed_in(adjudicators[0]).get("/adjudicate/").content.decode()
    )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_only_coordinators_organise(role, adjudication, study) -> None:
    browser = cast.signed_in(cast.person(role))
    for url in (f"/studies/{study.pk}/adjudication/", f"/adjudications/{adjudication.pk}/stop/"):
        assert browser.post(url, {"reason": "Because I can."}).status_code == 403
    looks_on = role in (Role.STATISTICIAN, Role.ADMINISTRATOR, Role.AUDITOR)
    assert browser.get(f"/adjudications/{adjudication.pk}/").status_code == (200 if looks_on else 403)
    assert browser.get(f"/adjudications/{adjudication.pk}/decisions.csv").status_code == (
        404 if looks_on else 403
    )


def test_an_adjudicator_without_a_seat_finds_nothing(adjudication) -> None:
    stranger = Adjudicator(cast.person(Role.ADJUDICATOR), adjudication)
    assert stranger.post_next().status_code == 404
    assert stranger.client.get(f"/adjudicate/{adjudication.pk}/room/").status_code == 404
    assert "Nothing is put before you" in stranger.client.get("/adjudicate/").content.decode()


def test_who_has_read_does_not_adjudicate(study, coordinator) -> None:
    reader = study.enrolments.get(index=2).reader
    with pytest.raises(BadInput, match="does not adjudicate"):
        services.open_adjudication(
            actor=coordinator, study_id=study.pk, adjudicators=[reader], takes_agreed=False
        )
    with pytest.raises(Refused):
        services.open_adjudication(actor=reader, study_id=study.pk, adjudicators=[reader], takes_agreed=False)


def refused(statement) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        statement()


@pytest.mark.both_databases
def test_the_database_keeps_what_was_decided(desks, study, coordinator) -> None:
    first, second = desks
    first.decide_all(grade=1)
    own = Opinion.objects.filter(place__seat__person=first.user)
    refused(lambda: own.update(draft=[]))
    refused(lambda: own.delete())
    refused(lambda: Question.objects.all().delete())
    refused(lambda: Place.objects.update(position=9))
    found = Adjudication.objects.all()
    refused(lambda: found.update(seed="0" * 64))
    refused(lambda: found.update(takes_agreed=True))
    refused(lambda: found.update(state="stated"))
    refused(lambda: found.update(state="stopped"))
    refused(lambda: found.delete())
    second.decide_all(grade=1)
    services.state_outcome(actor=coordinator, adjudication=found.get())
    refused(lambda: found.update(state="open", truth=None, ended_at=None))


@pytest.mark.both_databases
def test_the_database_knows_when_there_may_be_one(desks, study, coordinator) -> None:
    adjudication = Adjudication.objects.get()
    copy = {
        "lock": adjudication.lock,
        "takes_agreed": False,
        "seed": "1",
        "seed_commitment": "2",
        "opened_by": coordinator,
        "opened_at": adjudication.opened_at,
    }
    refused(lambda: Adjudication.objects.create(number=2, **copy))
    from readerstudy.reports.models import Unlock

    by_hand = {"lock": adjudication.lock, "reason": "x", "meaning": "x", "seen": {}, "by": coordinator}
    refused(lambda: Unlock.objects.create(at=adjudication.opened_at, **by_hand))
    first, _ = desks
    place = Place.objects.filter(seat__person=first.user).latest("position")
    unlock(study, coordinator)
    refused(lambda: Opinion.objects.create(place=place, opened_at=adjudication.opened_at))
    refused(lambda: Adjudication.objects.create(number=2, **copy))
