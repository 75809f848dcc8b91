"""A small locked study whose readers differ in three halves of three cases, and its adjudicators."""

import pytest

from annotations.vocabulary import SITES_12
from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.adjudication import services
from readerstudy.adjudication.models import Adjudication
from readerstudy.reports import services as reports
from readerstudy.reports.policies import MEANINGS
from readerstudy.studies.models import Assignment, Study
from tests import cast, factories
from tests.readerstudy.reads.desk import Desk, answers_to
from tests.readerstudy.reports.conftest import submit

DIFFERING = {("C001", "L4", "lower"), ("C002", "L5", "upper"), ("C003", "S1", "upper")}
SAID = {
    (2, "unaided", 1, "L4", "lower"): 1,
    (3, "assisted", 2, "L5", "upper"): 2,
    (3, "unaided", 3, "S1", "upper"): None,
}
"""Reader, arm, case, level, half: what is said that is not 0; None for not gradable."""


def answer(assignment: Assignment, level: str, half: str) -> dict:
    key = (assignment.enrolment.index, assignment.arm, assignment.case.number, level, half)
    grade = SAID.get(key, 0)
    return {
        "level": level,
        "half": half,
        "grade": grade,
        "not_gradable": "artefact" if grade is None else "",
    }


def read_all(study: Study) -> None:
    """Every assigned read, handed in with what is said above."""
    assignments = Assignment.objects.filter(enrolment__study=study)
    for assignment in assignments.select_related("case", "enrolment__reader", "period"):
        submit(assignment, [answer(assignment, s.level.value, s.half.value) for s in SITES_12])


def lock(study: Study, coordinator: User) -> None:
    wishes = {"password": cast.PASSWORD, "meaning": MEANINGS[0], "reason": "Read to its end."}
    reports.lock_study(study_id=study.pk, person=coordinator, **wishes)


@pytest.fixture
def coordinator(db) -> User:
    return cast.coordinator()


@pytest.fixture
def study(coordinator) -> Study:
    """Four cases, read by all and locked."""
    study = factories.make_study(cases=4, actor=coordinator)
    read_all(study)
    lock(study, coordinator)
    return Study.objects.get(pk=study.pk)


@pytest.fixture
def adjudicators(db) -> list[User]:
    return [cast.person(Role.ADJUDICATOR) for _ in range(2)]


@pytest.fixture
def adjudication(study, coordinator, adjudicators) -> Adjudication:
    """Open, before both adjudicators."""
    return services.open_adjudication(
        actor=coordinator, study_id=study.pk, adjudicators=adjudicators, takes_agreed=False
    )


class Adjudicator(Desk):
    """An adjudicator's browser."""

    def __init__(self, user: User, adjudication: Adjudication) -> None:
        self.user, self.adjudication, self.client = user, adjudication, cast.signed_in(user)
        self.together = False

    def post_next(self):
        end = "next-together" if self.together else "next"
        return self.client.post(f"/api/adjudications/{self.adjudication.pk}/{end}")

    def decide_all(self, *, grade: int) -> list[dict]:
        """Every case that comes, each looked at and given this grade."""
        decided = []
        while (coming := self.next())["status"] == "reading":
            read = coming["read"]
            self.look(read)
            assert self.post_submit(read, answers_to(read, grade=grade)).status_code == 200
            decided.append(read)
        return decided


@pytest.fixture
def desks(adjudication, adjudicators, stand_in_images) -> list[Adjudicator]:
    return [Adjudicator(person, adjudication) for person in adjudicators]
