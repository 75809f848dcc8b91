"""A draft can be deleted, by name; what has opened is kept, by the database too."""

import pytest
from django.db import DatabaseError, transaction

from readerstudy.accounts.states import Role
from readerstudy.audit import selectors as audit
from readerstudy.audit.models import Event
from readerstudy.exams.models import Exam
from readerstudy.preparation.models import CalibrationCase, Instructions
from readerstudy.preparation.services import write_instructions
from readerstudy.studies import protocol
from readerstudy.studies.models import Study
from tests import cast, factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def draft() -> Study:
    """With everything a draft can have."""
    document = protocol.make("calibration-main")
    document["calibration"]["cases"] = 1
    made = factories.make_draft(document=document)
    for text in ("Read.", "Read slowly."):
        write_instructions(actor=made.created_by, study=made, text=text)
    return made


def test_a_draft_is_deleted_by_who_writes_its_name(draft) -> None:
    client, address = cast.signed_in(draft.created_by), f"/studies/{draft.pk}/delete/"
    assert address in client.get(f"/studies/{draft.pk}/").content.decode()
    assert "2 cases, its 3 readers" in client.get(address).content.decode()
    for name in ("", "Another study"):
        refused = client.post(address, {"name": name})
        assert (refused.status_code, Study.objects.count()) == (400, 1)
        assert "nothing was deleted" in refused.content.decode()
    exams = Exam.objects.count()
    assert client.post(address, {"name": draft.name}).status_code == 302
    assert not Study.objects.exists()
    assert not CalibrationCase.objects.exists()
    assert not Instructions.objects.exists()
    assert Exam.objects.count() == exams
    event = Event.objects.get(action="study.deleted")
    assert (event.study_id, event.before["cases"], event.before["readers"]) == (str(draft.pk), 2, 3)
    assert audit.breaks() == []


def test_what_has_reads_is_kept_and_the_rule_named() -> None:
    study = factories.make_study()
    client = cast.signed_in(study.created_by)
    for answer in (
        client.get(f"/studies/{study.pk}/delete/"),
        client.post(f"/studies/{study.pk}/delete/", {"name": study.name}),
    ):
        assert answer.status_code == 409
        said = answer.content.decode()
        assert "reads are kept for ever" in said
        assert "End its reading by a lock instead" in said
    assert "Delete …" not in client.get(f"/studies/{study.pk}/").content.decode()
    write_instructions(actor=study.created_by, study=study, text="Read.")
    for rows in (Study, Instructions):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.objects.all()._raw_delete(rows.objects.db)
    with pytest.raises(DatabaseError), transaction.atomic():
        Instructions.objects.update(text="Changed")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_nobody_but_the_coordinator_deletes(draft, role: Role) -> None:
    client = cast.signed_in(cast.person(role))
    assert client.post(f"/studies/{draft.pk}/delete/", {"name": draft.name}).status_code == 403
    assert Study.objects.count() == 1
