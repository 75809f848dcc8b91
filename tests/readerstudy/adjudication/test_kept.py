"""What an adjudicator enters and the rules refuse is kept beside the case (R2, as of reads)."""

import uuid

import pytest
from django.db import DatabaseError, transaction

from readerstudy.adjudication import services
from readerstudy.adjudication.models import Adjudication, KeptInput, Opinion
from readerstudy.audit.models import Event
from readerstudy.oversight.facts import facts_of
from readerstudy.reads.states import Kept
from tests import cast
from tests.readerstudy.reads.desk import answers_to

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_r2_what_a_window_that_lost_the_case_sends_is_refused_and_kept_once(desks, study) -> None:
    first, _ = desks
    lost = first.open()
    held = first.open()
    for _ in range(2):
        answer = first.put_draft(lost, answers_to(lost, grade=2), comment="A clip.")
        assert (answer.status_code, answer.json()["code"], answer.json()["kept"]) == (409, "lease", True)
    row = KeptInput.objects.get()
    assert (row.why, row.person, row.comment) == (Kept.OPENED_ELSEWHERE, first.user, "A clip.")
    assert {given["grade"] for given in row.answers} == {2}
    assert first.put_draft(held, answers_to(held, grade=1)).status_code == 200
    event = Event.objects.get(action="adjudication.input-kept")
    assert (event.after["why"], event.after["kept"]) == ("opened-elsewhere", row.pk)
    assert "grade" not in str(event.after)


def test_r2_what_comes_after_the_handing_in_or_the_end_is_kept(desks, coordinator, study) -> None:
    first, second = desks
    done, late = first.open(), second.open()
    assert first.post_submit(done, answers_to(done, grade=1)).status_code == 200
    again = first.post_submit(done, answers_to(done, grade=3), idempotency_key=str(uuid.uuid4()))
    assert (again.status_code, again.json()["code"], again.json()["kept"]) == (409, "submitted", True)
    adjudication = Adjudication.objects.get()
    services.stop(actor=coordinator, adjudication=adjudication, reason="It takes too long.")
    assert second.put_draft(late, answers_to(late, grade=2)).json()["kept"] is True
    assert set(KeptInput.objects.values_list("why", flat=True)) == {Kept.HANDED_IN}
    page = cast.signed_in(coordinator).get(f"/adjudications/{adjudication.pk}/").content.decode()
    assert "Input that came and did not count" in page
    assert page.count("or the adjudication had ended") == 2
    told = facts_of(study)["adjudications"][0]["kept_inputs"]
    assert [(row["seat"], row["why"]) for row in told] == [(1, "handed-in"), (2, "handed-in")]
    assert set(told[0]) == {"seat", "position", "why", "at"}, "never what it says"
    assert not Opinion.objects.get(place__seat__index=2).draft


def test_r2_the_same_as_is_stored_and_what_its_own_window_sends_again_is_not_kept(desks) -> None:
    first, _ = desks
    read = first.open()
    assert first.put_draft(read, answers_to(read)).status_code == 200
    stale = first.put_draft(read, answers_to(read, grade=1))
    assert (stale.status_code, stale.json()["code"]) == (409, "version")
    assert first.put_draft(read, answers_to(read), lease=str(uuid.uuid4())).json().get("kept") is not True
    assert first.put_draft(read, [], lease=str(uuid.uuid4())).status_code == 409
    assert not KeptInput.objects.exists()


def test_r2_what_was_kept_stays(desks) -> None:
    first, _ = desks
    read = first.open()
    first.put_draft(read, answers_to(read), lease=str(uuid.uuid4()))
    for change in (
        lambda: KeptInput.objects.update(why=Kept.HANDED_IN),
        lambda: KeptInput.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
