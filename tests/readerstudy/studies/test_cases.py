"""Cases in bulk for a draft, and a case that leaves an open study."""

import pytest
from django.db import DatabaseError, transaction

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.studies import selectors, services
from readerstudy.studies.models import Case, CaseWithdrawal, Study
from readerstudy.studies.policies import stratum_of
from readerstudy.studies.services import casework
from readerstudy.studies.states import Stratify, WithdrawalReason
from tests import cast, factories

pytestmark = pytest.mark.django_db
REASON = WithdrawalReason.WRONG_PATIENT


@pytest.fixture
def coordinator():
    return cast.coordinator()


@pytest.fixture
def client(coordinator):
    return cast.signed_in(coordinator)


@pytest.fixture
def draft(coordinator) -> Study:
    return services.create_study(actor=coordinator, name="In bulk")


def exams(*ages: int, sex: str = "F") -> list:
    return [factories.make_exam(age_years=age, sex=sex) for age in ages]


def withdraw(study: Study, number: int = 1, **changes) -> CaseWithdrawal:
    case = study.cases.get(number=number)
    wish = {"reason": REASON, "words": "Another spine on T2.", **changes}
    return casework.withdraw_case(actor=study.created_by, study=study, case_id=case.pk, **wish)


def test_all_that_fit_a_filter_are_added_at_once(client, draft) -> None:
    young, old = exams(30, 35), exams(70)
    exams(32, sex="M")
    factories.make_exam(released=False, age_years=33, sex="F")
    url = f"/studies/{draft.pk}/cases/"
    page = client.get(url, {"sex": "F", "oldest": "40"}).content.decode()
    assert "Add all 2 that fit" in page
    assert old[0].pseudonym not in page
    client.post(f"{url}add/?sex=F&oldest=40", {"all": "1"})
    assert {case.exam for case in draft.cases.all()} == set(young)
    page = client.get(url, {"sex": "F", "oldest": "40"}).content.decode()
    assert "No other released exam fits" in page
    client.post(f"{url}add/", {"exams": [str(old[0].pk)]})
    assert [case.number for case in draft.cases.order_by("number")] == [1, 2, 3]


def test_what_a_filter_can_not_mean_is_said_and_filters_nothing(client, draft) -> None:
    exams(30)
    page = client.get(f"/studies/{draft.pk}/cases/", {"oldest": "old"}).content.decode()
    assert "Enter a whole number" in page
    assert "Add all 1 that fit" in page


def test_cases_are_stratified_and_keep_their_strata_when_others_come_and_go(client, draft) -> None:
    casework.add_cases(actor=draft.created_by, study=draft, exams=exams(30, 45, 70))
    url = f"/studies/{draft.pk}/cases/"
    client.post(f"{url}stratify/", {"cases": ["1", "2", "3"], "by": "age"})
    assert selectors.strata_of(draft.cases.all()) == [("40 to 59", 1), ("60 and over", 1), ("under 40", 1)]
    client.post(f"{url}stratify/", {"cases": ["1", "3"], "by": "label", "label": "many lesions"})
    page = client.get(url).content.decode()
    assert "many lesions: 2" in page
    casework.add_cases(actor=draft.created_by, study=draft, exams=exams(50))
    client.post(f"{url}remove/", {"cases": ["1"]})
    assert selectors.strata_of(draft.cases.all()) == [("", 1), ("40 to 59", 1), ("many lesions", 1)]
    event = Event.objects.filter(action="study.cases-stratified").last()
    assert sorted(event.after["strata"].values()) == ["many lesions", "many lesions"]


@pytest.mark.parametrize(
    ("by", "sex", "age", "stratum"),
    [
        (Stratify.LABEL, "F", 30, "mine"),
        (Stratify.SEX, "F", None, "female"),
        (Stratify.SEX, "M", None, "male"),
        (Stratify.SEX, "", None, "unknown"),
        (Stratify.AGE, "", 39, "under 40"),
        (Stratify.AGE, "", 40, "40 to 59"),
        (Stratify.AGE, "", 60, "60 and over"),
        (Stratify.AGE, "", None, "unknown"),
    ],
)
def test_what_a_stratum_is_taken_from(by: Stratify, sex: str, age: int | None, stratum: str) -> None:
    assert stratum_of(by, label=" mine ", sex=sex, age=age) == stratum


@pytest.mark.parametrize("what", ["remove", "stratify", "add"])
@pytest.mark.parametrize("sent", [{}, {"cases": ["7"]}, {"cases": ["x"], "exams": ["x"]}])
def test_nothing_ticked_or_nothing_known_is_refused(client, draft, what: str, sent: dict) -> None:
    answer = client.post(f"/studies/{draft.pk}/cases/{what}/", sent)
    assert answer.status_code == 400


def test_the_cases_of_an_open_study_stay_and_the_rule_is_named(client) -> None:
    study = factories.make_study()
    exam = factories.make_exam()
    url = f"/studies/{study.pk}/cases/"
    for what, sent in (
        ("remove", {"cases": ["1"]}),
        ("stratify", {"cases": ["1"], "by": "sex"}),
        ("add", {"exams": [str(exam.pk)]}),
    ):
        answer = client.post(f"{url}{what}/", sent)
        assert answer.status_code == 409
        assert "never deleted" in answer.content.decode()
    assert study.cases.count() == 2
    assert "Add all" not in client.get(url).content.decode()


def test_a_case_is_withdrawn_with_a_reason_and_once(client) -> None:
    study = factories.make_study()
    url = f"/studies/{study.pk}/cases/1/withdraw/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": "", "words": "x"}).status_code == 400
    assert client.post(url, {"reason": REASON, "words": " "}).status_code == 400
    assert client.post(url, {"reason": REASON, "words": "Another spine on T2."}).status_code == 302
    page = client.get(f"/studies/{study.pk}/cases/").content.decode()
    assert "withdrawn</span> wrong patient" in page
    assert client.post(url, {"reason": REASON, "words": "Again."}).status_code == 409
    event = Event.objects.get(action="case.withdrawn")
    assert (event.after["case"], event.reason) == (1, "Another spine on T2.")
    assert client.get(f"/studies/{study.pk}/cases/9/withdraw/").status_code == 404


def test_only_an_open_study_has_cases_to_withdraw(client) -> None:
    draft = factories.make_draft()
    wish = {"reason": REASON, "words": "x"}
    assert client.post(f"/studies/{draft.pk}/cases/1/withdraw/", wish).status_code == 409
    study = factories.make_study()
    services.lock_study(actor=study.created_by, study=study)
    assert client.post(f"/studies/{study.pk}/cases/1/withdraw/", wish).status_code == 409


@pytest.mark.parametrize("role", [Role.READER, Role.STATISTICIAN, Role.AUDITOR, Role.ADJUDICATOR])
def test_no_other_role_sees_or_changes_cases(role: Role) -> None:
    study = factories.make_study()
    client = cast.signed_in(cast.person(role))
    assert client.get(f"/studies/{study.pk}/cases/").status_code == 403
    assert client.post(f"/studies/{study.pk}/cases/1/withdraw/", {"words": "x"}).status_code == 403


def test_an_administrator_looks_and_changes_nothing() -> None:
    draft = factories.make_draft()
    client = cast.signed_in(cast.person(Role.ADMINISTRATOR))
    page = client.get(f"/studies/{draft.pk}/cases/").content.decode()
    assert "Take the ticked out" not in page
    assert client.post(f"/studies/{draft.pk}/cases/remove/", {"cases": ["1"]}).status_code == 403


def test_a_thousand_exams_take_as_many_queries_as_ten(client, draft, django_assert_max_num_queries) -> None:
    exams(*range(20, 80))
    casework.add_cases(actor=draft.created_by, study=draft, exams=exams(*range(20, 60)))
    with django_assert_max_num_queries(12):
        client.get(f"/studies/{draft.pk}/cases/")


@pytest.mark.both_databases
def test_the_database_keeps_a_withdrawal_and_takes_none_from_a_draft() -> None:
    study = factories.make_study()
    withdraw(study)
    for change in (lambda rows: rows.update(words="other"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(CaseWithdrawal.objects.all())
    draft = factories.make_draft()
    late = {"case": Case.objects.get(study=draft, number=1), "by": draft.created_by, "at": study.opened_at}
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseWithdrawal.objects.create(reason=REASON, words="x", **late)
    with pytest.raises(DatabaseError), transaction.atomic():
        Case.objects.filter(study=study).update(stratum="late")
