"""A reader reports to the coordinator without stopping, and hears back; nothing of it is ever lost."""

import uuid

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.queries.models import Message, Query
from readerstudy.queries.policies import RAISED_BY_READERS
from readerstudy.queries.states import QUERY_TRANSITIONS, QueryState
from readerstudy.studies import services as studies
from tests import cast
from tests.readerstudy.reads.desk import Desk, answers_to, desk

TEXT = "The second series shows another spine."


def send(reader: Desk, read: dict, **changes):
    body = {"kind": "wrong-patient", "text": TEXT, "idempotency_key": str(uuid.uuid4()), **changes}
    return reader.client.post(read["reports_url"], body, content_type="application/json")


@pytest.fixture
def read(reader: Desk) -> dict:
    return reader.open()


@pytest.fixture
def query(reader: Desk, read: dict) -> Query:
    assert send(reader, read).status_code == 201
    return Query.objects.get()


def test_a_report_goes_to_the_coordinator_and_reading_goes_on(
    reader: Desk, read: dict, query: Query, coordinator: Client, study
) -> None:
    assert query.state == QueryState.WITH_COORDINATOR
    assert reader.post_submit(read, answers_to(read)).status_code == 200
    assert "waiting for your answer: 1" in coordinator.get(f"/studies/{study.pk}/").content.decode()
    page = coordinator.get(f"/studies/{study.pk}/queries/").content.decode()
    assert "Wrong patient" in page
    coordinator.post(f"/queries/{query.pk}/say/", {"text": "Thank you, I am looking into it."})
    body = reader.client.get(read["reports_url"]).json()
    assert [kind["value"] for kind in body["kinds"]] == list(RAISED_BY_READERS)
    (report,) = body["reports"]
    assert report["state"] == "with-reader"
    assert [(m["own"], m["text"]) for m in report["messages"]] == [
        (True, TEXT),
        (False, "Thank you, I am looking into it."),
    ]
    reader.client.post(f"/queries/{query.pk}/say/", {"text": "Good."})
    query.refresh_from_db()
    assert query.state == QueryState.WITH_COORDINATOR
    coordinator.post(f"/queries/{query.pk}/close/", {"text": "The exam was excluded."})
    page = reader.client.get(f"/queries/{query.pk}/").content.decode()
    assert "The exam was excluded." in page
    assert "closed</span>" in page
    assert "Wrong patient" in reader.client.get("/read/").content.decode()


def test_a_report_can_be_made_after_the_read_is_handed_in_and_after_the_lock(
    reader: Desk, read: dict, study
) -> None:
    reader.post_submit(read, answers_to(read))
    assert send(reader, read, kind="incidental-finding", text="A mass beside L2.").status_code == 201
    studies.lock_study(actor=study.created_by, study=study)
    assert send(reader, read, kind="incidental-finding", text="Also at L4.").status_code == 201


def test_the_same_report_sent_twice_is_one(reader: Desk, read: dict) -> None:
    key = str(uuid.uuid4())
    first, second = (send(reader, read, idempotency_key=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": "  "}, "few words"),
        ({"text": "x" * 2001}, "at most 2,000"),
        ({"text": "a\0b"}, "can't be"),
        ({"kind": "question"}, "kind"),
        ({"kind": "gossip"}, "kind"),
        ({"idempotency_key": ""}, "idempotency_key"),
    ],
)
def test_what_can_not_be_taken_is_refused(reader: Desk, read: dict, changes: dict, said: str) -> None:
    answer = send(reader, read, **changes)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert not Query.objects.exists()


def test_another_readers_reports_are_not_there(study, read: dict, query: Query) -> None:
    other = desk(study, 3)
    missing = {**read, "reports_url": f"/api/reads/{uuid.uuid4()}/reports/"}
    for asked in (read, missing):
        assert other.client.get(asked["reports_url"]).status_code == 404
        assert send(other, asked).status_code == 404
    assert Event.objects.filter(action="read.refused").count() == 4
    assert other.client.get(f"/queries/{query.pk}/").status_code == 404
    assert other.client.post(f"/queries/{query.pk}/say/", {"text": "x"}).status_code == 404
    assert "Wrong patient" not in other.client.get("/read/").content.decode()
    assert Message.objects.count() == 1


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.ADJUDICATOR, Role.ADMINISTRATOR, Role.AUDITOR])
def test_other_roles_have_no_part_in_it(role: Role, study, query: Query) -> None:
    client = cast.signed_in(cast.person(role))
    for url in (f"/queries/{query.pk}/", f"/studies/{study.pk}/queries/"):
        assert client.get(url).status_code == 403


def test_the_coordinator_asks_one_reader_of_the_study(study, coordinator: Client, reader: Desk) -> None:
    url = f"/studies/{study.pk}/queries/"
    sent = {"reader": str(reader.enrolment.pk), "text": "When do you go on?"}
    assert coordinator.post(url, {**sent, "reader": str(uuid.uuid4())}).status_code == 400
    assert coordinator.post(url, {**sent, "text": ""}).status_code == 400
    assert coordinator.post(url, sent).status_code == 302
    query = Query.objects.get()
    assert query.state == QueryState.WITH_READER
    assert "Question of the coordinator" in reader.client.get("/read/").content.decode()
    reader.client.post(f"/queries/{query.pk}/say/", {"text": "Tomorrow."})
    assert "Tomorrow." in coordinator.get(f"/queries/{query.pk}/").content.decode()


def test_only_the_coordinator_closes_and_only_once(reader: Desk, query: Query, coordinator: Client) -> None:
    url = f"/queries/{query.pk}/close/"
    assert reader.client.post(url, {"text": "Done."}).status_code == 403
    assert coordinator.post(url, {"text": ""}).status_code == 400
    assert coordinator.post(url, {"text": "Done."}).status_code == 302
    assert coordinator.post(url, {"text": "Done."}).status_code == 409
    assert reader.client.post(f"/queries/{query.pk}/say/", {"text": "But"}).status_code == 409
    assert not QUERY_TRANSITIONS[QueryState.CLOSED]


def test_the_trail_tells_of_it_without_repeating_it(reader: Desk, query: Query, coordinator: Client) -> None:
    coordinator.post(f"/queries/{query.pk}/close/", {"text": "Excluded for a reason."})
    events = Event.objects.filter(object_id=str(query.pk))
    assert [event.action for event in events] == ["query.reported", "query.closed"]
    assert TEXT not in str(list(events.values()))


def test_words_are_text_not_markup(reader: Desk, read: dict, coordinator: Client) -> None:
    send(reader, read, text="<script>alert(1)</script>")
    page = coordinator.get(f"/queries/{Query.objects.get().pk}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.both_databases
def test_the_database_keeps_what_was_said(query: Query, coordinator: Client) -> None:
    def refused(change) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    refused(lambda: Message.objects.update(text="other"))
    refused(lambda: Message.objects.all().delete())
    refused(lambda: Query.objects.all().delete())
    refused(lambda: Query.objects.update(kind="other"))
    refused(lambda: Query.objects.update(read=None))
    refused(lambda: Query.objects.update(state="closed"))
    coordinator.post(f"/queries/{query.pk}/close/", {"text": "Done."})
    refused(lambda: Query.objects.update(state="with-reader", closed_at=None))
    refused(lambda: Message.objects.create(query=query, author_id=1, text="late", at=query.raised_at))
    assert Message.objects.count() == 2
