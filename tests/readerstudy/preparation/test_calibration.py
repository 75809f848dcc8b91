"""Calibration: before the study's own cases, with feedback after each, a rule to pass, outside the seal."""

import json
import re
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from annotations.vocabulary import SITES_12
from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict
from readerstudy.exams.models import Sighting
from readerstudy.preparation import calibrating, policies
from readerstudy.preparation.models import (
    Calibration,
    CalibrationCase,
    CalibrationRead,
    FurtherAttempt,
)
from readerstudy.preparation.policies import Attempt, PassRule, calibration_state, score
from readerstudy.preparation.services import calibration as services
from readerstudy.preparation.services import write_instructions
from readerstudy.preparation.states import CalibrationState, Measure
from readerstudy.reads import selectors as reads
from readerstudy.reads.models import Grade, Read
from readerstudy.reads.serializers import ReadSerializer
from readerstudy.studies import services as studies
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.readerstudy.reads.desk import Desk, answers_to, desk

EXPERT = [
    {
        "level": site.level.value,
        "half": site.half.value,
        "grade": 2 if site.level == "L5" else 0,
        "not_gradable": None,
    }
    for site in SITES_12
]
"""Type 2 in both halves of L5, nothing elsewhere: all zeros agree in 10 of 12 halves."""


def draft_with(cases: int = 2, **rule) -> Study:
    draft = factories.make_draft(cases=2)
    wish = {"measure": Measure.AGREEMENT, "threshold": 0.9, "attempts": 1, **rule}
    services.set_rule(actor=draft.created_by, study=draft, **wish)
    for _ in range(cases):
        add(draft)
    return draft


def add(draft: Study, **changes) -> CalibrationCase:
    wish = {"exam": factories.make_exam(), "answers": EXPERT, "note": "Fat at L5.", **changes}
    return services.add_case(actor=draft.created_by, study=draft, **wish)


@pytest.fixture
def study(db) -> Study:
    draft = draft_with()
    return studies.open_study(actor=draft.created_by, study=draft)


class Trainee(Desk):
    """A reader at the calibration cases."""

    def post_next(self):
        return self.client.post(f"/api/calibrations/{self.enrolment.pk}/next")

    def study_next(self):
        return self.client.post(f"/api/enrolments/{self.enrolment.pk}/next")

    def calibrate(self, *, right: bool) -> dict:
        """One case: look, hand in the expert's answers or all zeros, look at the comparison."""
        read = self.open()
        self.look(read)
        answers = EXPERT if right else answers_to(read)
        assert self.post_submit(read, answers).status_code == 200
        self.page = self.client.get(f"/calibration-reads/{read['id']}/").content.decode()
        return read


@pytest.fixture
def reader(study) -> Trainee:
    return Trainee(study.enrolments.select_related("reader", "study").get(index=2))


def state_of(reader: Desk) -> CalibrationState:
    return calibrating.standing_of(reader.enrolment).state


def test_nobody_reads_a_case_of_the_study_before_having_passed(reader: Trainee) -> None:
    answer = reader.study_next()
    assert (answer.status_code, answer.json()["code"]) == (409, "calibration")
    page = f"/read/{reader.enrolment.pk}/calibration/"
    assert reader.client.get(f"/read/{reader.enrolment.pk}/")["Location"] == page
    assert "Begin" in reader.client.get(page).content.decode()
    reader.calibrate(right=True)
    assert reader.study_next().status_code == 409
    reader.calibrate(right=True)
    assert state_of(reader) is CalibrationState.PASSED
    assert reader.study_next().json()["status"] == "reading"
    assert reader.next()["status"] == "complete"
    assert not Grade.objects.exists()
    assert Read.objects.count() == 1, "calibration leaves no read of the study"


def test_after_each_case_the_reader_sees_how_it_compares(reader: Trainee) -> None:
    read = reader.open()
    comparison = f"/calibration-reads/{read['id']}/"
    assert reader.client.get(comparison).status_code == 404, "not before it is handed in"
    artefact = {**EXPERT[0], "grade": None, "not_gradable": "artefact"}
    assert reader.post_submit(read, [artefact, *answers_to(read)[1:]]).status_code == 200
    waiting = reader.next()
    assert waiting["status"] == "complete"
    assert "See how it compares" in waiting["message"], "the next case comes after the comparison"
    assert (
        "See how case 1 compares"
        in reader.client.get(f"/read/{reader.enrolment.pk}/calibration/").content.decode()
    )
    page = reader.client.get(comparison).content.decode()
    assert "9 of 12 halves agree" in page
    assert page.count("✗ differs") == 3
    assert "not gradable: " in page
    assert "Fat at L5." in page
    assert reader.open()["position"] == 2


def test_the_reading_room_gets_what_it_knows_and_no_map(reader: Trainee) -> None:
    read = reader.open()
    assert set(read) == set(ReadSerializer().fields)
    assert read["map_url"] is None
    assert read["period"]["arm"] == "unaided"
    assert len(read["levels"]) == 6
    assert reader.client.get(read["images"]["t2"]["metadata_url"]).status_code == 200
    assert reader.client.get(f"/read/{reader.enrolment.pk}/calibration/room/").status_code == 200
    saved = reader.put_draft(read, answers_to(read, leave_out=3))
    assert saved.json() == {"version": 1}
    again = reader.open()
    assert (again["id"], again["version"], len(again["answers"])) == (read["id"], 1, 9)
    stale = reader.put_draft(read, answers_to(read))
    assert (stale.status_code, stale.json()["code"]) == (409, "lease")


def test_a_comment_is_kept_shown_with_the_comparison_and_stays(reader: Trainee) -> None:
    read = reader.open()
    assert read["comment"] == ""
    assert reader.put_draft(read, EXPERT, comment="Scoliosis;\nL5 hard to see").status_code == 200
    again = reader.open()
    assert again["comment"] == "Scoliosis;\nL5 hard to see"
    stale = reader.put_draft(read, EXPERT, comment="Other words")
    assert stale.json()["current"]["comment"] == again["comment"]
    assert reader.post_submit(again, EXPERT, comment="A limbus vertebra").status_code == 200
    with pytest.raises(DatabaseError, match="comment stays"), transaction.atomic():
        CalibrationRead.objects.filter(pk=read["id"]).update(comment="Never said")
    page = reader.client.get(f"/calibration-reads/{read['id']}/").content.decode()
    assert "A limbus vertebra" in page


def test_not_gradable_for_another_reason_needs_its_words_as_in_a_read(reader: Trainee) -> None:
    read, other = reader.open(), {**EXPERT[0], "grade": None, "not_gradable": "other"}
    for comment in ("", "  "):
        refused = reader.post_submit(read, [other, *EXPERT[1:]], comment=comment)
        assert (refused.status_code, refused.json()["code"]) == (400, "comment")
    assert reader.post_submit(read, [other, *EXPERT[1:]], comment="A Schmorl node").status_code == 200


def test_how_sure_a_reader_is_is_asked_as_in_the_study(db) -> None:
    draft = factories.make_draft(cases=2)
    document = draft.protocols.get().document
    document["question"]["confidence"] = True
    studies.set_protocol(actor=draft.created_by, study=draft, document=document)
    wish = {"measure": Measure.AGREEMENT, "threshold": 0.9, "attempts": 1}
    services.set_rule(actor=draft.created_by, study=draft, **wish)
    add(draft)
    open_study = studies.open_study(actor=draft.created_by, study=draft)
    reader = Trainee(open_study.enrolments.select_related("reader", "study").get(index=2))
    read = reader.open()
    assert read["asks_confidence"] is True
    assert reader.post_submit(read, [{**answer, "confidence": 3} for answer in EXPERT]).status_code == 200
    assert {answer["confidence"] for answer in CalibrationRead.objects.get().draft} == {3}


def test_a_calibration_case_counts_as_exposure(reader: Trainee, travel) -> None:
    read = reader.calibrate(right=True)
    exam = CalibrationRead.objects.get(pk=read["id"]).case.exam
    seen = Sighting.objects.get(exam=exam)
    assert (seen.person, seen.occasion) == (reader.user, "calibration")
    other = factories.make_draft(cases=1, readers=[reader.user, cast.reader(), cast.reader()])
    factories.make_map(exam)
    studies.set_cases(actor=other.created_by, study=other, exams=[exam])
    other = studies.open_study(actor=other.created_by, study=other)
    assignment = other.enrolments.get(reader=reader.user).assignments.first()
    assert reads.washout_of(assignment, now=clock.now()).opens_at == seen.at + timedelta(days=28)


def test_what_is_handed_in_shows_its_pictures_beside_the_comparison_only_and_stays(study, travel) -> None:
    reader = Trainee(study.enrolments.select_related("reader", "study").get(index=2))
    read = reader.open()
    reader.look(read)
    assert reader.post_submit(read, EXPERT).status_code == 200
    frame = read["images"]["t1"]["frame_urls"][0]
    assert reader.client.get(frame).status_code == 409, "not before the comparison is looked at"
    before = Sighting.objects.latest("at").at
    travel.shift(timedelta(minutes=30))
    page = reader.client.get(f"/calibration-reads/{read['id']}/").content.decode()
    config = json.loads(re.search(r'id="exam-config"[^>]*>(.*?)</script>', page)[1])
    assert (config["images"], config["map_url"]) == (read["images"], None)
    assert [level["level"] for level in config["levels"]] == ["L1", "L2", "L3", "L4", "L5", "S1"]
    assert reader.client.get(config["images"]["t2"]["metadata_url"]).status_code == 200
    assert reader.client.get(frame).status_code == 200
    assert Sighting.objects.latest("at").at > before, "a look at the comparison is a look"
    assert desk(study, 3).client.get(frame).status_code == 404
    assert reader.post_submit(read, answers_to(read), version=1).status_code == 409
    assert reader.put_draft(read, answers_to(read), version=1).status_code == 409


def test_the_same_submission_twice_is_one(reader: Trainee) -> None:
    read, key = reader.open(), str(uuid.uuid4())
    for _ in range(2):
        assert reader.post_submit(read, EXPERT, idempotency_key=key).status_code == 200
    assert Event.objects.filter(action="calibration.submitted").count() == 1
    assert reader.post_submit(read, EXPERT).status_code == 409


def test_gaps_are_named(reader: Trainee) -> None:
    read = reader.open()
    answer = reader.post_submit(read, answers_to(read, leave_out=2))
    assert answer.status_code == 400
    assert len(answer.json()["gaps"]) == 2


def test_who_fails_waits_for_the_coordinator_to_allow_another_attempt(reader: Trainee, study) -> None:
    reader.calibrate(right=False)
    reader.calibrate(right=False)
    assert state_of(reader) is CalibrationState.FAILED
    assert reader.next()["status"] == "complete"
    assert "was not passed" in reader.study_next().json()["detail"]
    page = reader.client.get(f"/read/{reader.enrolment.pk}/calibration/").content.decode()
    assert "not passed" in page
    coordinator = cast.signed_in(study.created_by)
    page = coordinator.get(f"/studies/{study.pk}/").content.decode()
    assert "1: 2 of 2, 0.83" in page
    url = f"/studies/{study.pk}/calibration/readers/{reader.enrolment.pk}/again/"
    assert coordinator.post(url, {"reason": " "}).status_code == 400
    assert coordinator.post(url, {"reason": "Talked it through."}).status_code == 302
    assert coordinator.post(url, {"reason": "Again."}).status_code == 409
    for _ in range(2):
        reader.calibrate(right=True)
    assert state_of(reader) is CalibrationState.PASSED
    assert reader.study_next().json()["status"] == "reading"
    assert CalibrationRead.objects.count() == 4, "the first attempt is kept"


def test_instructions_come_before_calibration(study, reader: Trainee) -> None:
    write_instructions(actor=study.created_by, study=study, text="Read me.")
    assert reader.study_next().json()["code"] == "instructions"
    assert "acknowledge them first" in reader.next()["message"]


def test_another_readers_calibration_is_not_there(study, reader: Trainee) -> None:
    read = reader.open()
    reader.post_submit(read, EXPERT)
    other = desk(study, 3)
    for url in (
        read["images"]["t1"]["frame_urls"][0],
        read["images"]["t1"]["metadata_url"],
        f"/calibration-reads/{read['id']}/",
        f"/read/{reader.enrolment.pk}/calibration/",
        f"/read/{reader.enrolment.pk}/calibration/room/",
    ):
        assert other.client.get(url).status_code == 404
    assert other.put_draft(read, EXPERT).status_code == 404
    assert other.post_submit(read, EXPERT).status_code == 404
    assert other.client.post(f"/api/calibrations/{reader.enrolment.pk}/next").status_code == 404


def test_a_study_without_calibration_stands_open(db) -> None:
    study = factories.make_study()
    reader = Trainee(study.enrolments.select_related("reader", "study").get(index=2))
    assert reader.study_next().json()["status"] == "reading"
    assert reader.post_next().status_code == 404
    assert reader.client.get(f"/read/{reader.enrolment.pk}/calibration/").status_code == 404


def test_the_coordinator_sets_it_up_and_sees_what_is_wrong(db) -> None:
    draft = factories.make_draft(cases=1)
    client = cast.signed_in(draft.created_by)
    url = f"/studies/{draft.pk}/calibration/"
    assert "Ask for calibration" in client.get(url).content.decode()
    rule = {"measure": "agreement", "threshold": "0.8", "attempts": "2"}
    for wrong in ({"threshold": "0"}, {"threshold": "1.1"}, {"attempts": "11"}, {"measure": "mood"}):
        answer = client.post(f"{url}rule/", {**rule, **wrong})
        assert answer.status_code == 400
        assert "text-danger" in answer.content.decode()
    assert client.post(f"{url}rule/", rule).status_code == 302
    exam = factories.make_exam()
    answers = {f"{site.level}-{site.half}": "0" for site in SITES_12}
    answer = client.post(f"{url}cases/", {"exam": str(exam.pk), **answers, "L5-lower": ""})
    assert answer.status_code == 400
    assert "L5 inferior: the expert&#x27;s answer is missing" in answer.content.decode()
    case = {"exam": str(exam.pk), **answers, "L5-lower": "fracture", "L4-upper": "3", "note": "A fracture."}
    assert client.post(f"{url}cases/", case).status_code == 302
    page = client.get(url).content.decode()
    assert "L4 superior: 3" in page
    assert "L5 inferior: not gradable" in page
    assert client.post(f"{url}cases/1/remove/").status_code == 302
    assert client.post(f"{url}cases/1/remove/").status_code == 404
    assert not CalibrationCase.objects.exists()


def test_what_is_in_the_study_under_any_id_can_not_be_calibration(db) -> None:
    draft = draft_with(cases=1)
    taken = draft.cases.first().exam
    twin = factories.make_exam(patient_key=taken.patient_key)
    known = CalibrationCase.objects.get().exam
    for exam in (taken, twin, known):
        with pytest.raises(BadInput, match="in the study already"):
            add(draft, exam=exam)
    with pytest.raises(BadInput, match="not released"):
        add(draft, exam=factories.make_exam(released=False))
    with pytest.raises(BadInput, match="S1 lower"):
        add(draft, answers=EXPERT[:-1])
    with pytest.raises(BadInput, match="answered twice"):
        add(draft, answers=[*EXPERT, EXPERT[0]])


def test_an_open_study_keeps_its_calibration(study) -> None:
    with pytest.raises(Conflict):
        add(study)
    with pytest.raises(Conflict):
        services.set_rule(
            actor=study.created_by, study=study, measure=Measure.KAPPA, threshold=0.1, attempts=9
        )
    with pytest.raises(Conflict):
        services.remove_case(actor=study.created_by, study=study, number=1)


@pytest.mark.parametrize("role", [Role.READER, Role.STATISTICIAN, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_the_coordinator_sees_the_experts_answers(study, role: Role) -> None:
    client = cast.signed_in(cast.person(role))
    assert client.get(f"/studies/{study.pk}/calibration/").status_code == 403
    assert client.post(f"/studies/{study.pk}/calibration/rule/").status_code == 403


def test_many_readers_take_as_many_queries_as_one(study, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(7):
        assert len(calibrating.standings_of(study)) == 3


def test_agreement_and_kappa_of_pairs() -> None:
    pairs = [(0, 0), (0, 0), (2, 2), (2, 0), (None, None), (None, 1)]
    assert score(Measure.AGREEMENT, pairs) == pytest.approx(4 / 6)
    po, pe = 3 / 4, (2 / 4) * (3 / 4) + (2 / 4) * (1 / 4)
    assert score(Measure.KAPPA, pairs) == pytest.approx((po - pe) / (1 - pe))
    assert score(Measure.KAPPA, [(0, 0), (0, 0)]) == 1.0
    assert score(Measure.KAPPA, [(None, 0)]) is None
    assert score(Measure.AGREEMENT, []) is None


@pytest.mark.parametrize(
    ("scores", "granted", "state"),
    [
        ([], 0, CalibrationState.TO_DO),
        ([0.79], 0, CalibrationState.TO_DO),
        ([0.79, 0.8], 0, CalibrationState.PASSED),
        ([0.79, 0.1], 0, CalibrationState.FAILED),
        ([0.79, 0.1], 1, CalibrationState.TO_DO),
        ([0.79, 0.1, 0.2], 1, CalibrationState.FAILED),
        ([None, None], 0, CalibrationState.FAILED),
    ],
)
def test_where_a_reader_stands(scores: list, granted: int, state: CalibrationState) -> None:
    rule = PassRule(Measure.AGREEMENT, 0.8, attempts=2)
    attempts = [Attempt(number, 5, 5, value) for number, value in enumerate(scores, start=1)]
    assert calibration_state(rule, attempts, granted=granted) is state
    assert not policies.passes(rule, Attempt(9, 4, 5, 1.0)), "an attempt that is not complete passes nothing"


@pytest.mark.both_databases
def test_the_database_keeps_calibration(reader: Trainee, study) -> None:
    def refused(change) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    refused(lambda: Calibration.objects.update(threshold=0.1))
    refused(lambda: CalibrationCase.objects.update(answers=[]))
    refused(lambda: CalibrationCase.objects.all().delete())
    read = reader.open()
    refused(lambda: CalibrationRead.objects.all().delete())
    refused(lambda: CalibrationRead.objects.update(attempt=2))
    reader.post_submit(read, EXPERT)
    refused(lambda: CalibrationRead.objects.update(draft=[]))
    refused(lambda: CalibrationRead.objects.update(state="draft", submitted_at=None))
    reader.client.get(f"/calibration-reads/{read['id']}/")
    refused(lambda: CalibrationRead.objects.update(feedback_at=study.opened_at))
    of_a_draft = Calibration.objects.filter(study=draft_with(cases=0))
    refused(lambda: of_a_draft.update(threshold=1.5))
    FurtherAttempt.objects.create(
        enrolment=reader.enrolment, reason="x", by=study.created_by, at=study.opened_at
    )
    refused(lambda: FurtherAttempt.objects.update(reason="y"))
