"""Analyses beyond the plan: after the lock, kept whatever comes out, never in place of the frozen report."""

import hashlib
import json

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from annotations.agreement.explore import Question
from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.common.errors import BadInput, NotThere, Refused
from readerstudy.reports import selectors
from readerstudy.reports.models import Exploration
from readerstudy.reports.policies import EXPLORES, SEES_REPORTS
from readerstudy.reports.services import exploring
from tests import cast
from tests.readerstudy.reports.test_truth import SOURCE, state

QUESTION = Question((("R1", "R3"),), keep={"level": ("L4", "L5")})
SENT = {
    "reason": "Is it the lower levels?",
    "pairs": ["R1+R3", "R2+R3"],
    "coefficient": "gwet_ac",
    "weights": "linear",
    "group": "all",
    "level": ["L4", "L5"],
    "half": ["upper"],
}


def make(analysis, person, question=QUESTION, reason="Is it the lower levels?"):
    return exploring.make_exploration(
        study_id=analysis.lock.study_id, person=person, question=question, reason=reason
    )


def address(name, analysis, *more):
    return reverse(f"reports:{name}", args=[analysis.lock.study_id, *more])


def test_it_is_kept_hashed_numbered_and_logged_beside_the_frozen_report(analysis, coordinator):
    before = analysis.result
    first, second = make(analysis, coordinator), make(analysis, cast.person(Role.STATISTICIAN))
    assert (first.number, second.number) == (1, 2)
    assert first.sha256 == hashlib.sha256(first.result.encode()).hexdigest()
    told = json.loads(first.result)
    assert told["exploration"]["exploratory"] is True
    assert told["exploration"]["question"]["keep"] == {"level": ["L4", "L5"]}
    assert told["dataset_sha256"] == analysis.lock.dataset_sha256
    assert told["exploration"]["rows"][0]["n_units"] == 20 * 4
    assert selectors.analysis_for(coordinator, analysis.lock.study_id).result == before
    event = Event.objects.filter(action="study.explored").first()
    assert event.after["sha256"] == first.sha256
    assert event.reason == "Is it the lower levels?"


def test_the_plans_own_question_has_the_frozen_figures(analysis, coordinator):
    row = json.loads(make(analysis, coordinator, Question((("R1", "R3"),))).result)["exploration"]["rows"][0]
    values = json.loads(analysis.result)["agreement"]["values"]["R1-R3"]
    assert row["change"]["estimate"] == pytest.approx(values["delta"], abs=1e-12)


def test_nothing_can_be_explored_before_the_lock_nor_by_others(finished_study, coordinator):
    with pytest.raises(Refused, match="sealed"):
        exploring.make_exploration(
            study_id=finished_study.pk, person=coordinator, question=QUESTION, reason="curious"
        )
    assert (
        cast.signed_in(coordinator).get(reverse("reports:explore", args=[finished_study.pk])).status_code
        == 403
    )


def test_roles(analysis):
    for role in Role:
        person = cast.person(role)
        browser = cast.signed_in(person)
        status = 200 if role in SEES_REPORTS else 403
        assert browser.get(address("explore", analysis)).status_code == status, role
        sent = browser.post(address("explore", analysis), SENT)
        assert sent.status_code == (302 if role in EXPLORES else 403), role
        if role not in EXPLORES:
            with pytest.raises((Refused, NotThere)):
                make(analysis, person)
    assert Exploration.objects.count() == len(EXPLORES)


@pytest.mark.parametrize(
    ("question", "reason", "said"),
    [
        (Question(()), "curious", "at least one pair"),
        (Question((("R1", "R3"),), keep={"level": ("T12",)}), "curious", "No unit is left"),
        (QUESTION, "", "Say what you want to know"),
    ],
)
def test_a_question_that_cannot_be_asked_leaves_nothing_behind(analysis, coordinator, question, reason, said):
    with pytest.raises(BadInput, match=said):
        make(analysis, coordinator, question, reason)
    assert not Exploration.objects.exists()


def test_truth_stated_after_the_lock_serves_explorations_and_says_so(analysis, coordinator):
    state(analysis.lock.study, coordinator)
    made = make(analysis, coordinator, Question((("R1", "R2"),), accuracy=True))
    rows = json.loads(made.result)["exploration"]["accuracy"]["rows"]
    assert {row["who"] for row in rows} >= {"R1", "R2", "R3"}
    page = cast.signed_in(coordinator).get(address("explored", analysis, made.number)).content.decode()
    assert "stated after the lock" in page
    assert SOURCE in page


def test_the_pages_ask_show_and_hand_out(analysis):
    browser = cast.signed_in(cast.person(Role.STATISTICIAN, username="a-statistician"))
    asked = browser.get(address("explore", analysis)).content.decode()
    for words in ("R1\N{EN DASH}R3", "Gwet", "quadratic", "grade 3 against the rest", "superior", "S1"):
        assert words.lower() in asked.lower()
    assert browser.post(address("explore", analysis), SENT).headers["Location"] == address(
        "explored", analysis, 1
    )
    page = browser.get(address("explored", analysis, 1)).content.decode()
    for words in (
        "Exploratory analysis 1 of 1",
        "p, unadjusted",
        "half superior; level L4, L5",
        "linear weights",
        "Statistician",
    ):
        assert words in page
    assert "style=" not in page
    made = Exploration.objects.get()
    assert browser.get(address("explored-json", analysis, 1)).content.decode() == made.result
    listed = browser.get(address("explore", analysis)).content.decode()
    assert "Made so far: 1" in listed
    assert [event.action for event in Event.objects.filter(action__startswith="exploration.")] == [
        "exploration.seen",
        "exploration.exported",
    ]
    wrong = browser.post(address("explore", analysis), SENT | {"pairs": []})
    assert wrong.status_code == 400
    assert "Choose at least one pair" in wrong.content.decode()
    assert browser.get(address("explored", analysis, 7)).status_code == 404


def test_nobody_learns_who_a_reader_is(analysis):
    browser = cast.signed_in(cast.person(Role.STATISTICIAN))
    browser.post(address("explore", analysis), SENT)
    names = [enrolment.reader.username for enrolment in analysis.lock.study.enrolments.all()]
    for where in (
        address("explore", analysis),
        address("explored", analysis, 1),
        address("explored-json", analysis, 1),
    ):
        content = browser.get(where).content.decode()
        assert not [name for name in names if name in content]


@pytest.mark.both_databases
def test_an_exploration_can_neither_be_changed_nor_removed(analysis, coordinator):
    made = make(analysis, coordinator)
    for write in (lambda: Exploration.objects.update(reason="another"), lambda: made.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            write()
