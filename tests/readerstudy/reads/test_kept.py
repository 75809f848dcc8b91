"""Input that can't become answers is kept, told to the coordinator, and changes nothing."""

import base64
import json

import pytest

from readerstudy.audit import selectors as audit
from readerstudy.audit.models import Event
from readerstudy.reads.models import Grade, KeptInput, Read
from readerstudy.studies import services as studies
from tests import cast
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def grades_of(kept: KeptInput) -> set[int]:
    return {answer["grade"] for answer in kept.answers}


def test_trust_13_what_a_window_that_lost_the_case_sends_is_kept(study) -> None:
    reader = desk(study, 1)
    lost = reader.open()
    held = reader.open()
    reader.put_draft(held, answers_to(held, grade=1))
    late = reader.put_draft(lost, answers_to(lost, grade=3), entered_at="2026-03-01T10:00:00Z")
    assert (late.status_code, late.json()["code"], late.json()["kept"]) == (409, "lease", True)
    kept = KeptInput.objects.get()
    assert (kept.why, grades_of(kept), len(kept.answers)) == ("opened-elsewhere", {3}, 12)
    assert kept.entered_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert kept.at > kept.entered_at
    assert {answer["grade"] for answer in Read.objects.get().draft} == {1}
    assert Event.objects.get(action="read.input-kept").after["why"] == "opened-elsewhere"
    assert audit.breaks() == []


def test_the_same_input_is_kept_once_however_often_it_comes(study) -> None:
    reader = desk(study, 1)
    lost = reader.open()
    reader.open()
    answers = answers_to(lost, grade=2)
    for sent in (answers, answers, list(reversed(answers))):
        assert reader.put_draft(lost, sent).json()["kept"] is True
    reader.post_submit(lost, answers)
    assert KeptInput.objects.count() == 1
    assert Event.objects.filter(action="read.input-kept").count() == 1


@pytest.mark.parametrize("sent", ["the same", "nothing"])
def test_what_says_nothing_new_is_not_kept(study, sent) -> None:
    reader = desk(study, 1)
    lost = reader.open()
    answers = answers_to(lost, grade=2)
    reader.put_draft(lost, answers)
    reader.open()
    late = reader.put_draft(lost, answers if sent == "the same" else [])
    assert late.status_code == 409
    assert "kept" not in late.json()
    assert not KeptInput.objects.exists()


def test_an_old_version_of_the_window_that_has_the_case_is_its_own_affair(study) -> None:
    """It goes on from what is stored, with its newer input, by itself."""
    reader = desk(study, 1)
    read = reader.open()
    reader.put_draft(read, answers_to(read, grade=1))
    assert reader.put_draft(read, answers_to(read, grade=2)).json()["code"] == "version"
    assert not KeptInput.objects.exists()


def test_trust_16_what_comes_after_the_case_was_handed_in_is_kept(study) -> None:
    reader = desk(study, 1)
    read = reader.read_one(grade=1)
    draft = reader.put_draft(read, answers_to(read, grade=2))
    submission = reader.post_submit(read, answers_to(read, grade=3))
    assert [draft.json()["kept"], submission.json()["kept"]] == [True, True]
    assert [(kept.why, grades_of(kept)) for kept in KeptInput.objects.all()] == [
        ("handed-in", {2}),
        ("handed-in", {3}),
    ]
    assert set(Grade.objects.values_list("grade", flat=True)) == {1}
    assert "kept" not in reader.post_submit(read, answers_to(read, grade=1)).json()


def test_what_comes_after_the_study_was_locked_is_kept(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    studies.lock_study(actor=study.created_by, study=study)
    late = reader.put_draft(read, answers_to(read, grade=2))
    assert (late.status_code, late.json()["kept"]) == (403, True)
    assert KeptInput.objects.get().why == "study-locked"


def test_a_stored_draft_that_is_replaced_knowingly_is_kept(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    reader.put_draft(read, answers_to(read, grade=1))
    again = reader.open()
    reader.put_draft(again, answers_to(again, grade=3), replaces=True)
    kept = KeptInput.objects.get()
    assert (kept.why, grades_of(kept)) == ("replaced", {1})
    assert {answer["grade"] for answer in Read.objects.get().draft} == {3}
    reader.put_draft(again, answers_to(again, grade=3), version=2, replaces=True)
    assert KeptInput.objects.count() == 1


def test_another_readers_input_for_a_case_is_nowhere(study) -> None:
    read = desk(study, 1).read_one()
    assert desk(study, 2).put_draft(read, answers_to(read, grade=3)).status_code == 404
    assert not KeptInput.objects.exists()


def test_the_coordinator_sees_that_it_came_and_not_what_it_says(study) -> None:
    reader = desk(study, 1)
    read = reader.read_one(grade=1)
    answers = answers_to(read, grade=1)
    answers[0] = {**answers[0], "grade": None, "not_gradable": "hardware"}
    reader.put_draft(read, answers)
    page = cast.signed_in(study.created_by).get(f"/studies/{study.pk}/").content.decode()
    assert "Input that did not count" in page
    assert "It came after the case was handed in." in page
    assert reader.user.username in page
    assert "hardware" not in page.lower()


def test_a_journal_key_is_its_readers_alone_and_stays(study, settings) -> None:
    first, other = desk(study, 1), desk(study, 2)
    [key] = first.client.get("/api/journal-keys").json()["keys"]
    assert len(base64.b64decode(key["key"])) == 32
    first.sign_in_again()
    assert first.client.get("/api/journal-keys").json()["keys"] == [key]
    assert other.client.get("/api/journal-keys").json()["keys"] != [key]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret" * 5
    first.sign_in_again()
    keys = first.client.get("/api/journal-keys").json()["keys"]
    assert keys[0] != key
    assert keys[1] == key


def test_a_journal_key_goes_to_readers_only(study) -> None:
    assert cast.signed_in(study.created_by).get("/api/journal-keys").status_code == 403
    events = json.dumps(list(Event.objects.values_list("after", flat=True)))
    [key] = desk(study, 1).client.get("/api/journal-keys").json()["keys"]
    assert key["key"] not in events
