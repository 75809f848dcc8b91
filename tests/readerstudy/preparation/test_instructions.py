"""Written instructions: acknowledged before the first case, and again when they or the protocol change."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.preparation import selectors, services
from readerstudy.preparation.models import Acknowledgement, Instructions
from readerstudy.preparation.policies import Block, blocks
from readerstudy.reads.models import Read
from readerstudy.studies import services as studies
from readerstudy.studies.models import Protocol
from tests import cast, factories
from tests.readerstudy.reads.desk import Desk, desk

TEXT = "Read every slice.\n\n- Upper halves\n- Lower halves"


@pytest.fixture
def written(study) -> Instructions:
    return services.write_instructions(actor=study.created_by, study=study, text=TEXT)


def page_of(reader: Desk) -> str:
    return f"/read/{reader.enrolment.pk}/instructions/"


def acknowledge(reader: Desk, number: int = 1, version: int = 1):
    return reader.client.post(page_of(reader), {"number": number, "protocol_version": version})


def test_no_case_is_opened_before_the_instructions_are_acknowledged(reader: Desk, written) -> None:
    answer = reader.post_next()
    assert answer.status_code == 409
    assert answer.json()["code"] == "instructions"
    assert answer.json()["url"] == page_of(reader)
    assert not Read.objects.exists()
    assert Event.objects.filter(action="read.refused", after__rule="instructions").count() == 1
    assert reader.client.get(f"/read/{reader.enrolment.pk}/")["Location"] == page_of(reader)
    page = reader.client.get(page_of(reader)).content.decode()
    assert "<li>Upper halves</li>" in page
    assert "to be acknowledged" in reader.client.get("/read/").content.decode()
    assert acknowledge(reader).status_code == 302
    assert reader.open()["position"] == 1
    assert reader.client.get(f"/read/{reader.enrolment.pk}/").status_code == 200
    assert "You acknowledged them on" in reader.client.get(page_of(reader)).content.decode()


def test_a_new_version_asks_every_reader_again_before_the_next_case(reader: Desk, written, study) -> None:
    acknowledge(reader)
    reader.read_one()
    services.write_instructions(actor=study.created_by, study=study, text="Other words.", reason="Unclear.")
    assert reader.post_next().status_code == 409
    assert acknowledge(reader, number=1).status_code == 409, "a page of before acknowledges nothing"
    assert "Changed: Unclear." in reader.client.get(page_of(reader)).content.decode()
    assert acknowledge(reader, number=2).status_code == 302
    assert reader.open()["position"] == 2
    assert Acknowledgement.objects.count() == 2


def test_a_new_version_of_the_protocol_asks_again(reader: Desk, written, monkeypatch) -> None:
    acknowledge(reader)
    first = Protocol.objects.get(study=reader.enrolment.study)
    draft = factories.make_draft()
    amended = draft.protocols.get()
    monkeypatch.setattr(selectors, "protocol_of", lambda study: amended)
    assert reader.post_next().status_code == 409
    monkeypatch.setattr(selectors, "protocol_of", lambda study: first)
    assert reader.open()


def test_a_study_without_instructions_stands_open(reader: Desk) -> None:
    assert reader.open()
    assert reader.client.get(page_of(reader)).status_code == 404
    assert "to be acknowledged" not in reader.client.get("/read/").content.decode()


def test_acknowledging_twice_is_once(reader: Desk, written) -> None:
    acknowledge(reader)
    acknowledge(reader)
    assert Acknowledgement.objects.count() == 1
    assert Event.objects.filter(action="instructions.acknowledged").count() == 1


@pytest.mark.parametrize("sent", [{}, {"number": "9" * 5000}, {"number": "x", "protocol_version": "1"}])
def test_a_form_that_names_no_version_acknowledges_nothing(reader: Desk, written, sent: dict) -> None:
    assert reader.client.post(page_of(reader), sent).status_code == 409
    assert not Acknowledgement.objects.exists()


def test_nobody_acknowledges_for_another(study, reader: Desk, written) -> None:
    other = desk(study, 3)
    assert other.client.get(page_of(reader)).status_code == 404
    assert other.client.post(page_of(reader), {"number": 1, "protocol_version": 1}).status_code == 404
    assert not Acknowledgement.objects.exists()


def test_the_coordinator_writes_and_sees_who_has_read(study, coordinator: Client, reader: Desk) -> None:
    url = f"/studies/{study.pk}/instructions/"
    assert "readers begin without" in coordinator.get(f"/studies/{study.pk}/").content.decode()
    assert "less than 5 mm" in coordinator.get(url).content.decode(), "where to begin"
    assert coordinator.post(url, {"text": TEXT}).status_code == 302
    acknowledge(reader)
    page = coordinator.get(f"/studies/{study.pk}/").content.decode()
    assert page.count("not yet acknowledged") == 2
    answer = coordinator.post(url, {"text": "Others."})
    assert answer.status_code == 400
    assert "Say why" in answer.content.decode()
    assert coordinator.post(url, {"text": TEXT, "reason": ""}).status_code == 302, (
        "the same text is no change"
    )
    assert coordinator.post(url, {"text": "Others.", "reason": "Unclear."}).status_code == 302
    assert [one.number for one in Instructions.objects.all()] == [1, 2]
    assert Event.objects.filter(action="instructions.written").last().reason == "Unclear."


def test_what_can_not_be_instructions_is_said(study, coordinator: Client) -> None:
    for text in ("", "  ", "x" * 20_001):
        assert coordinator.post(f"/studies/{study.pk}/instructions/", {"text": text}).status_code == 400
    studies.lock_study(actor=study.created_by, study=study)
    answer = coordinator.post(f"/studies/{study.pk}/instructions/", {"text": TEXT})
    assert answer.status_code == 409
    assert not Instructions.objects.exists()


@pytest.mark.parametrize("role", [Role.READER, Role.STATISTICIAN, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_the_coordinator_writes(study, role: Role) -> None:
    client = cast.signed_in(cast.person(role))
    assert client.post(f"/studies/{study.pk}/instructions/", {"text": TEXT}).status_code == 403


def test_words_are_text_not_markup(reader: Desk, study) -> None:
    services.write_instructions(actor=study.created_by, study=study, text="- <b>bold</b>\n\n<i>i</i>")
    page = reader.client.get(page_of(reader)).content.decode()
    assert "<b>bold" not in page
    assert "&lt;b&gt;bold" in page


@pytest.mark.parametrize(
    ("text", "laid_out"),
    [
        ("one\ntwo", [Block(False, ("one\ntwo",))]),
        ("one\n\ntwo", [Block(False, ("one",)), Block(False, ("two",))]),
        ("head\n- a\n- b\nfoot", [Block(False, ("head",)), Block(True, ("a", "b")), Block(False, ("foot",))]),
        ("\n\n\n- \n", [Block(True, ("",))]),
    ],
)
def test_how_plain_text_is_laid_out(text: str, laid_out: list[Block]) -> None:
    assert list(blocks(text)) == laid_out


def test_who_has_read_takes_as_many_queries_however_many_readers(study, written) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(selectors.standings_of(study)) == 3
    assert len(asked) <= 5


@pytest.mark.both_databases
def test_the_database_keeps_instructions_and_acknowledgements(reader: Desk, written) -> None:
    acknowledge(reader)
    for model, change in ((Instructions, {"text": "other"}), (Acknowledgement, {"at": written.written_at})):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()
