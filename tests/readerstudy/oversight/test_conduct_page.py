"""The coordinator's page of a study's conduct."""

import pytest

from readerstudy.accounts.states import Role
from readerstudy.conduct.models import (
    DeviationDecision,
    NotedDeviation,
    Override,
    OverrideDecision,
    Reopening,
    Withdrawal,
)
from readerstudy.oversight.selectors import reads_handed_in
from tests import cast, factories
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = pytest.mark.django_db
REASON = "It was agreed upon by the board."


@pytest.fixture
def conduct(study):
    client = cast.signed_in(study.created_by)
    return lambda path="", data=None, by=client: (
        by.post(f"/studies/{study.pk}/conduct/{path}", data, follow=True)
        if path
        else by.get(f"/studies/{study.pk}/conduct/")
    )


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("role", Role)
def test_it_is_for_coordinators_and_administrators(role, study) -> None:
    expected = 200 if role in (Role.COORDINATOR, Role.ADMINISTRATOR) else 403
    client = cast.signed_in(cast.person(role))
    assert client.get(f"/studies/{study.pk}/conduct/").status_code == expected


def test_a_draft_has_no_conduct_yet(db) -> None:
    draft = factories.make_draft()
    assert cast.signed_in(draft.created_by).get(f"/studies/{draft.pk}/conduct/").status_code == 404


def test_deviations_are_decided_on_it(study, conduct) -> None:
    reader = desk(study, 1)
    read = reader.open()
    reader.post_submit(read, answers_to(read))
    noted = NotedDeviation.objects.get()
    assert "Images of the case were never sent" in text(conduct())
    assert "1 deviation" in text(cast.signed_in(study.created_by).get(f"/studies/{study.pk}/"))
    refused = conduct(f"deviations/{noted.pk}/", {"verdict": "exclude", "reason": "no"})
    assert refused.status_code == 400
    assert 'value="no"' in text(refused), "what was typed is still there"
    done = conduct(f"deviations/{noted.pk}/", {"verdict": "exclude", "reason": REASON})
    assert f"<strong>exclude</strong>: {REASON}" in text(done)
    assert DeviationDecision.objects.count() == 1


def test_overrides_are_asked_for_by_one_and_approved_by_another(study, conduct) -> None:
    enrolment, period = study.enrolments.get(index=2), study.periods.get(number=2)
    asked = conduct(
        "override/", {"enrolment": enrolment.pk, "period": period.pk, "hours": 24, "reason": REASON}
    )
    override = Override.objects.get()
    assert "someone other than" in text(asked)
    alone = conduct(f"overrides/{override.pk}/", {"approve": "yes", "reason": REASON})
    assert alone.status_code == 403
    assert not OverrideDecision.objects.exists()
    second = cast.signed_in(cast.coordinator())
    done = conduct(f"overrides/{override.pk}/", {"approve": "yes", "reason": REASON}, by=second)
    assert "<strong>approved</strong>" in text(done)
    assert OverrideDecision.objects.get().approved


def test_what_is_wrong_with_an_override_is_said_and_kept_in_the_form(study, conduct) -> None:
    enrolment, period = study.enrolments.get(index=1), study.periods.get(number=2)
    refused = conduct(
        "override/", {"enrolment": enrolment.pk, "period": period.pk, "hours": 24, "reason": REASON}
    )
    assert refused.status_code == 400
    assert "no such case in this period" in text(refused)
    assert REASON in text(refused)


def test_a_read_is_reopened_from_it(study, conduct) -> None:
    reader = desk(study, 1)
    reader.read_one()
    assignment = reader.enrolment.assignments.get(position=1)
    assert list(reads_handed_in(study)) == [assignment]
    done = conduct("reopen/", {"assignment": assignment.pk, "reason": REASON})
    assert "read 2: pending" in text(done)
    assert list(reads_handed_in(study)) == []
    assert REASON in text(reader.client.get("/read/")), "the reader is told why"
    reader.read_one()
    assert "read 2: locked" in text(conduct())
    assert Reopening.objects.count() == 1


def test_a_reader_who_leaves_is_taken_out_on_it(study, conduct) -> None:
    done = conduct("withdraw-reader/", {"enrolment": study.enrolments.get(index=3).pk, "reason": REASON})
    assert f"R3, by {study.created_by.username}" in text(done)
    assert Withdrawal.objects.get().reason == REASON


def test_no_answer_shows_on_it(study, conduct) -> None:
    reader = desk(study, 1)
    read = reader.open()
    answers = answers_to(read, grade=3)
    reader.post_submit(read, answers)
    assert "Modic" not in text(conduct()).replace("Modic reader study", "").replace("Modic map", "")
