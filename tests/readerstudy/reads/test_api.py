"""Reading, as the browser does it."""

import json
from datetime import timedelta

import pytest

from readerstudy.audit import selectors as audit
from readerstudy.audit.models import Event
from readerstudy.reads.models import Exposure, Grade, Read
from readerstudy.studies import services as studies
from tests import cast, factories
from tests.readerstudy.conftest import CANARY
from tests.readerstudy.reads.desk import Desk, answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_trust_7_the_next_case_is_the_orders_first_and_stays_until_handed_in(study) -> None:
    reader = desk(study, 1)
    first = reader.open()
    row = reader.enrolment.assignments.get(position=1)
    assert Read.objects.get().assignment == row
    assert (first["position"], first["total"]) == (1, 2)
    again = reader.open()
    assert again["id"] == first["id"]
    assert again["lease"] != first["lease"]
    reader.post_submit(again, answers_to(again))
    assert reader.open()["position"] == 2
    assert Read.objects.count() == 2


def test_a_read_says_what_to_grade_and_presets_nothing(study) -> None:
    read = desk(study, 1).open()
    assert read["period"] == {"number": 1, "name": "Initial", "arm": "unaided"}
    assert read["synthetic"] is True
    assert len(read["sites"]) == 12
    assert [grade["value"] for grade in read["grades"]] == [0, 1, 2, 3]
    assert read["answers"] == []
    assert read["map_url"] is None
    assert [level["level"] for level in read["levels"]] == ["L1", "L2", "L3", "L4", "L5", "S1"]
    assert set(read["levels"][0]) == {"level", "point_mm"}
    assert len(read["images"]["t1"]["frame_urls"]) == 2


def test_images_come_uncached_in_their_order_and_count_as_exposure(study, travel) -> None:
    reader = desk(study, 1)
    read = reader.open()
    assert reader.client.get(read["images"]["t1"]["metadata_url"]).status_code == 200
    assert not Exposure.objects.exists(), "metadata are no pixels"
    response = reader.client.get(read["images"]["t2"]["frame_urls"][1])
    assert response.content == b"pixels of t2 1"
    assert response["Content-Type"] == "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
    assert response["Cache-Control"] == "no-store"
    assert "ETag" not in response
    first = Exposure.objects.get()
    travel.shift(timedelta(minutes=5))
    reader.look(read)
    last = Exposure.objects.get()
    assert (last.first_at, last.last_at) == (first.first_at, first.first_at + timedelta(minutes=5))
    assert Event.objects.filter(action="read.exposed").count() == 1


def test_a_viewer_may_ask_for_its_own_media_type(study) -> None:
    reader = desk(study, 1)
    url = reader.open()["images"]["t1"]["frame_urls"][0]
    accept = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
    assert reader.client.get(url, headers={"accept": accept}).status_code == 200


def test_there_is_nothing_beyond_the_last_image(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    url = read["images"]["t1"]["frame_urls"][0]
    assert reader.client.get(url[:-1] + "9").status_code == 404
    assert reader.client.get(url.replace("/t1/", "/t3/")).status_code == 404


def test_an_assisted_read_has_the_frozen_map(study, travel) -> None:
    reader = assisted(study, travel)
    factories.make_map(study.cases.first().exam)
    read = reader.open()
    case = Read.objects.get(pk=read["id"]).assignment.case
    body = reader.client.get(read["map_url"]).json()
    assert body["sha256"] == case.modic_map_sha256
    assert CANARY in json.dumps(body)
    assert Exposure.objects.filter(read=read["id"], item="modic-map").exists()


def test_trust_9_a_map_that_is_not_the_frozen_one_is_never_shown(study, travel) -> None:
    """Even if the row it was frozen from were exchanged by force."""
    from django.db import connection

    from readerstudy.predictions.models import ModicMap
    from tests.databases import triggers_lifted

    reader = assisted(study, travel)
    read = reader.open()
    case = Read.objects.get(pk=read["id"]).assignment.case
    with triggers_lifted(connection):
        ModicMap.objects.filter(pk=case.modic_map_id).update(sha256="0" * 64)
    response = reader.client.get(read["map_url"])
    assert response.status_code == 409
    assert CANARY not in response.content.decode()


def test_trust_9_names_changed_at_intake_later_change_no_open_study(study, travel, monkeypatch) -> None:
    """The exam's names are shifted by one after opening; read and map keep the frozen ones."""
    reader = assisted(study, travel)
    shifted = [{**level, "level": "L5"} for level in factories.LEVELS]
    for case in study.cases.all():
        case.exam.confirmed_levels = shifted
        case.exam.save()
    asked = []

    def map_json(_, levels):
        asked.append(levels)
        return {"slices": [], "labels": []}

    monkeypatch.setattr("readerstudy.predictions.selectors.map_json", map_json)
    read = reader.open()
    assert reader.client.get(read["map_url"]).status_code == 200
    assert asked == [factories.LEVELS]
    assert [level["level"] for level in read["levels"]] == [level["level"] for level in factories.LEVELS]


def assisted(study, travel) -> Desk:
    reader = desk(study, 2)
    reader.read_period()
    travel.shift(timedelta(hours=672))
    reader.sign_in_again()
    return reader


def test_a_draft_is_kept_and_comes_back(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    answers = answers_to(read, grade=2, leave_out=5)
    assert reader.put_draft(read, answers).json() == {"version": 1}
    again = reader.open()
    assert (again["answers"], again["version"], again["state"]) == (answers, 1, "draft")
    assert not Grade.objects.exists(), "a draft is never analysed"


def test_a_draft_may_be_blank_again(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    reader.put_draft(read, answers_to(read))
    blank = [{**answer, "grade": None} for answer in answers_to(read)]
    assert reader.put_draft(read, blank, version=1).status_code == 200
    assert reader.open()["answers"] == []


def test_trust_13_an_old_version_or_lease_is_a_conflict_that_keeps_both_inputs(study) -> None:
    reader = desk(study, 1)
    first = reader.open()
    stored = answers_to(first, grade=1)
    reader.put_draft(first, stored)
    late = reader.put_draft(first, answers_to(first, grade=3))
    assert (late.status_code, late.json()["code"]) == (409, "version")
    current = {"version": 1, "answers": stored, "comment": "", "lease": first["lease"]}
    assert late.json()["current"] == current
    second = reader.open()
    elsewhere = reader.put_draft(first, answers_to(first), version=1)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "lease")
    assert elsewhere.json()["current"]["lease"] == second["lease"]
    assert elsewhere.json()["current"]["answers"] == stored
    assert reader.post_submit(first, answers_to(first), version=1).status_code == 409
    assert not Grade.objects.exists()


def test_gaps_are_refused_and_named(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    response = reader.post_submit(read, answers_to(read, leave_out=2))
    assert response.status_code == 400
    assert response.json()["code"] == "gaps"
    assert response.json()["gaps"] == [{"level": "S1", "half": "upper"}, {"level": "S1", "half": "lower"}]
    assert Read.objects.get().state == "opened"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answers: answers[0].update(level="T12"),
        lambda answers: answers[0].update(grade=7),
        lambda answers: answers[0].update(grade="1; DROP TABLE"),
        lambda answers: answers[0].update(not_gradable="artefact"),
        lambda answers: answers.append(answers[0]),
        lambda answers: answers.extend(answers * 20),
        lambda answers: answers[0].update(grade=1, in_bulk=True),
        lambda answers: answers[0].pop("half"),
    ],
)
def test_what_is_no_answer_is_refused_and_nothing_kept(study, spoil) -> None:
    reader = desk(study, 1)
    read = reader.open()
    answers = answers_to(read)
    spoil(answers)
    assert reader.put_draft(read, answers).status_code == 400
    assert reader.post_submit(read, answers).status_code == 400
    assert (Read.objects.get().draft, Grade.objects.count()) == ([], 0)


def test_what_is_not_the_form_is_refused_in_a_sentence(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    for body in ({}, [], {"lease": 1}, {"answers": "all"}):
        response = reader.client.put(read["draft_url"], body, content_type="application/json")
        assert (response.status_code, response.json()["code"]) == (400, "form")
        assert "reload the page" in response.json()["detail"]
    broken = reader.client.put(read["draft_url"], "{", content_type="application/json")
    assert broken.status_code == 400
    assert broken.json()["detail"]


def test_an_answer_is_not_in_bulk_unless_it_says_so(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    answers = [{key: value for key, value in a.items() if key != "in_bulk"} for a in answers_to(read)]
    assert reader.post_submit(read, answers).status_code == 200
    assert not Grade.objects.filter(in_bulk=True).exists()


def test_submitting_writes_grades_lock_and_event_together(db, travel) -> None:
    reader = desk(factories.make_study(cases=1, bulk_none=True), 1)
    read = reader.open()
    answers = answers_to(read, grade=0)
    answers[0] = {**answers[0], "grade": None, "not_gradable": "artefact"}
    answers[1]["in_bulk"] = True
    assert reader.post_submit(read, answers).json()["status"] == "submitted"
    row = Read.objects.get()
    assert (row.state, row.version) == ("submitted", 1)
    stored = {(g.level, g.half): (g.grade, g.not_gradable, g.in_bulk) for g in row.grades.all()}
    assert stored["L1", "upper"] == (None, "artefact", False)
    assert stored["L1", "lower"] == (0, "", True)
    assert len(stored) == 12
    event = Event.objects.get(action="read.submitted")
    assert (event.after["grades"], event.after["in_bulk"], event.at) == (12, 1, row.submitted_at)
    assert audit.breaks() == []


def test_trust_14_the_same_submission_twice_is_one(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    body = {"idempotency_key": "the-same-key"}
    first = reader.post_submit(read, answers_to(read), **body)
    second = reader.post_submit(read, answers_to(read), **body)
    assert (first.status_code, second.status_code) == (200, 200)
    bodies = [answer.json() for answer in (first, second)]
    assert [body["status"] for body in bodies] == ["submitted"] * 2
    assert bodies[0]["next"]["read"]["id"] == bodies[1]["next"]["read"]["id"]
    assert Grade.objects.count() == 12
    assert Event.objects.filter(action="read.submitted").count() == 1


def test_trust_13_another_submission_after_the_first_is_refused(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    reader.post_submit(read, answers_to(read, grade=1))
    other = reader.post_submit(read, answers_to(read, grade=2))
    assert (other.status_code, other.json()["code"]) == (409, "submitted")
    assert reader.put_draft(read, answers_to(read)).status_code == 409
    assert set(Grade.objects.values_list("grade", flat=True)) == {1}


def test_a_read_that_is_handed_in_is_not_shown_again(study) -> None:
    reader = desk(study, 1)
    read = reader.read_one()
    before = Exposure.objects.get().last_at
    assert reader.client.get(read["images"]["t1"]["frame_urls"][0]).status_code == 409
    assert reader.client.get(read["images"]["t1"]["metadata_url"]).status_code == 409
    assert Exposure.objects.get().last_at == before


def test_a_locked_study_ends_reading(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    studies.lock_study(actor=study.created_by, study=study)
    assert reader.next() == {"status": "complete", "message": "The study is locked."}
    frame = reader.client.get(read["images"]["t1"]["frame_urls"][0])
    assert (frame.status_code, frame.json()["code"]) == (403, "study-locked")
    for late in (reader.put_draft(read, answers_to(read)), reader.post_submit(read, answers_to(read))):
        assert (late.status_code, late.json()["code"]) == (403, "study-locked")
    assert not Grade.objects.exists()


def test_after_the_last_case_there_is_a_word_of_thanks(study) -> None:
    reader = desk(study, 1)
    reader.read_period()
    assert reader.next()["status"] == "complete"


def test_another_readers_read_is_not_there_and_the_attempt_is_kept(study) -> None:
    """The same answer as for one that never was."""
    owner, other = desk(study, 1), desk(study, 2)
    read = owner.open()
    attempts = [read["images"]["t1"]["metadata_url"], read["images"]["t1"]["frame_urls"][0]]
    missing = "00000000-0000-4000-8000-000000000000"
    for url in attempts:
        theirs, nobodys = other.client.get(url), other.client.get(url.replace(read["id"], missing))
        assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
        assert theirs.status_code == 404
    stolen = other.put_draft(read, answers_to(read))
    assert stolen.status_code == 404
    assert other.post_submit(read, answers_to(read)).status_code == 404
    assert other.client.post(f"/api/enrolments/{owner.enrolment.pk}/next").status_code == 404
    refused = Event.objects.filter(action="read.refused", actor_id=other.user.pk)
    assert refused.count() == 7
    assert refused.filter(after__read=read["id"]).count() == 4
    assert not Exposure.objects.exists()


def test_no_other_role_reaches_a_readers_routes(study) -> None:
    read = desk(study, 1).open()
    coordinator = cast.signed_in(study.created_by)
    stranger = Desk(desk(study, 1).enrolment, client=cast.signed_in(cast.reader()))
    for url in (read["images"]["t1"]["frame_urls"][0], read["images"]["t1"]["metadata_url"]):
        assert coordinator.get(url).status_code == 403
        assert stranger.client.get(url).status_code == 404


def test_a_write_without_the_pages_token_is_refused(study) -> None:
    reader = Desk(desk(study, 1).enrolment, client=cast.signed_in(desk(study, 1).user, csrf=True))
    assert reader.post_next().status_code == 403
    assert not Read.objects.exists()


def test_signed_out_is_said_so(study) -> None:
    from django.test import Client

    reader = Desk(desk(study, 1).enrolment, client=Client())
    response = reader.post_next()
    assert response.status_code in (401, 403)
    assert "Sign in again" in response.json()["detail"]


def test_a_mixed_lesion_keeps_its_secondary_type_and_a_case_its_comment(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    answers = answers_to(read, grade=2)
    answers[3]["secondary"] = 1
    comment = "Scoliosis;\nL5/S1 hard to see"
    assert reader.put_draft(read, answers, comment=comment).status_code == 200
    again = reader.open()
    assert (again["answers"], again["comment"]) == (answers, comment)
    assert reader.post_submit(again, answers, comment=comment).status_code == 200
    row = Read.objects.get(pk=read["id"])
    assert row.comment == comment
    assert [g.secondary for g in row.grades.filter(level="L2", half="lower")] == [1]
    assert row.grades.filter(secondary=None).count() == 11


@pytest.mark.parametrize(
    ("change", "asks"),
    [
        ({"secondary": 2}, True),
        ({"secondary": 0}, True),
        ({"confidence": 4}, True),
        ({"confidence": 2}, False),
        ({"grade": 0, "secondary": 1}, True),
    ],
)
def test_what_does_not_go_with_a_grade_is_refused(db, change, asks) -> None:
    reader = desk(factories.make_study(cases=1, confidence=asks), 1)
    read = reader.open()
    assert read["asks_confidence"] is asks
    answers = answers_to(read, grade=2)
    answers[0].update(change)
    assert reader.put_draft(read, answers).status_code == 400


def test_confidence_is_kept_where_the_protocol_asks(db) -> None:
    reader = desk(factories.make_study(cases=1, confidence=True), 1)
    read = reader.open()
    answers = answers_to(read)
    answers[0]["confidence"] = 3
    assert reader.post_submit(read, answers).status_code == 200
    assert list(Grade.objects.exclude(confidence=None).values_list("level", "confidence")) == [("L1", 3)]


def test_another_reason_needs_a_comment(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    answers = answers_to(read)
    answers[0].update(grade=None, not_gradable="other")
    refused = reader.post_submit(read, answers, comment="  ")
    assert (refused.status_code, refused.json()["code"]) == (400, "comment")
    assert reader.post_submit(read, answers, comment="Transitional vertebra").status_code == 200
