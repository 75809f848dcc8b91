"""The audit trail: written with the change, chained, and honest about tampering (trust 19 and 20)."""

import logging
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from readerstudy.audit import selectors, services
from readerstudy.audit.models import Change, Event
from readerstudy.audit.policies import Break, verify_chain
from readerstudy.reads.models import Grade, Read
from readerstudy.reads.services import answers_digest
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.databases import triggers_lifted
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases,
    pytest.mark.usefixtures("stand_in_images"),
]


def test_trust_19_an_event_needs_its_changes_transaction(transactional_db) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        services.record(actor=None, action="x", target=cast.coordinator())


def test_trust_19_a_change_that_is_taken_back_leaves_no_event() -> None:
    study = factories.make_draft()
    before = (Event.objects.count(), Change.objects.count())
    with transaction.atomic():
        Study.objects.filter(pk=study.pk).update(name="Another name")
        services.record(actor=None, action="study.renamed", target=study)
        assert Event.objects.filter(action="study.renamed").exists()
        transaction.set_rollback(True)
    assert (Event.objects.count(), Change.objects.count()) == before


def test_trust_19_a_submission_without_its_event_is_no_submission(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = desk(factories.make_study(cases=1), 1)
    read = reader.open()
    reader.client.raise_request_exception = False

    def fail(**_: Any) -> None:
        raise OSError("no room left")

    monkeypatch.setattr("readerstudy.audit.services.record", fail)
    assert reader.post_submit(read, answers_to(read)).status_code == 500
    monkeypatch.undo()
    assert (Grade.objects.count(), Read.objects.get().state) == (0, "opened")
    assert reader.post_submit(read, answers_to(read)).status_code == 200


def test_trust_19_raw_sql_is_captured_by_the_database() -> None:
    reader = desk(factories.make_study(cases=1), 1)
    reader.open()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reads_read SET state = 'draft'")
    change = Change.objects.order_by("-id").first()
    assert change is not None
    assert (change.table_name, change.verb) == ("reads_read", "update")
    assert (plain(change.before)["state"], plain(change.after)["state"]) == ("opened", "draft")


def plain(value: Any) -> dict[str, Any]:
    return dict(value)


def test_trust_19_changes_keep_no_answers() -> None:
    desk(factories.make_study(cases=1), 1).read_one(grade=3)
    for change in Change.objects.filter(table_name__in=["reads_read", "reads_grade"]):
        for side in (change.before, change.after):
            assert not {"grade", "draft", "not_gradable"} & set(side or {})


def test_trust_19_the_event_binds_the_answers_that_were_handed_in() -> None:
    desk(factories.make_study(cases=1), 1).read_one(grade=3)
    event = Event.objects.get(action="read.submitted")
    assert event.after["answers_sha256"] == answers_digest(Read.objects.get())
    assert "grade" not in str(event.after["answers_sha256"])


def test_trust_21_an_event_says_who_when_where_and_what() -> None:
    reader = desk(factories.make_study(cases=1), 1)
    said = {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "198.51.100.9"}
    reader.client.post(f"/api/enrolments/{reader.enrolment.pk}/next", **said)
    event = Event.objects.get(action="read.opened")
    assert (event.actor_id, event.actor, event.role) == (reader.user.pk, reader.user.username, "reader")
    assert event.address == "192.0.2.7"
    assert len(event.session) == 64
    assert event.session != reader.client.session.session_key
    assert event.at.utcoffset() is not None


def test_trust_22_no_log_holds_what_was_answered_or_who_it_was_of(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    study = factories.make_study(cases=1)
    reader = desk(study, 1)
    read = reader.open()
    reader.put_draft(read, answers_to(read, grade=3), comment="canary-of-a-comment")
    reader.post_submit(read, answers_to(read, grade=3)[:1], comment="canary-of-a-comment")
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert logged
    for secret in ("canary-of-a-comment", '"grade"', study.cases.get().exam.pseudonym):
        assert secret not in logged


def story() -> tuple[int, str]:
    """Some events, and the head as it was exported then."""
    desk(factories.make_study(cases=1), 1).read_one()
    head = selectors.head()
    assert head is not None
    assert selectors.breaks(head) == []
    return head


@pytest.mark.parametrize(
    "edit",
    [
        {"actor": "somebody-else"},
        {"after": {"grades": 1}},
        {"reason": "because"},
        {"action": "study.deleted"},
        {"at": factories.LONG_AGO},
        {"hash": "0" * 64},
        {"previous_hash": "0" * 64},
    ],
)
def test_trust_20_an_edit_is_found(edit: dict[str, Any]) -> None:
    story()
    with triggers_lifted(connection):
        Event.objects.filter(seq=3).update(**edit)
    assert {found.seq for found in selectors.breaks()} & {3, 4}
    with pytest.raises(CommandError, match="broken"):
        call_command("verify_audit", stdout=StringIO(), stderr=StringIO())


def test_trust_20_a_deletion_is_found() -> None:
    story()
    with triggers_lifted(connection):
        Event.objects.filter(seq=3).delete()
    assert selectors.breaks()[0] == Break(3, "event 3 is missing; 4 follows")


def test_trust_20_a_deletion_with_the_rest_moved_up_is_found() -> None:
    story()
    with triggers_lifted(connection):
        Event.objects.filter(seq=3).delete()
        for event in Event.objects.filter(seq__gt=3).order_by("seq"):
            Event.objects.filter(pk=event.pk).update(seq=event.seq - 1)
    assert selectors.breaks()


def test_trust_20_an_exchange_of_two_events_is_found() -> None:
    story()
    with triggers_lifted(connection):
        Event.objects.filter(seq=3).update(seq=1000)
        Event.objects.filter(seq=4).update(seq=3)
        Event.objects.filter(seq=1000).update(seq=4)
    assert {found.seq for found in selectors.breaks()} >= {3, 4}


def test_trust_20_a_cut_off_tail_is_found_with_the_exported_head() -> None:
    head = story()
    with triggers_lifted(connection):
        Event.objects.filter(seq__gte=head[0] - 1).delete()
    assert selectors.breaks() == [], "nothing inside the chain can tell"
    assert "tail was cut off" in selectors.breaks(head)[0].what
    with pytest.raises(CommandError):
        call_command("verify_audit", head=f"{head[0]}:{head[1]}", stdout=StringIO(), stderr=StringIO())


def test_trust_20_a_chain_written_anew_is_found_with_the_exported_head() -> None:
    head = story()
    with triggers_lifted(connection):
        Event.objects.all().delete()
    with transaction.atomic():
        for _ in range(head[0] + 3):
            services.record(actor=None, action="nothing.happened", target=cast.coordinator())
    assert selectors.breaks() == []
    assert selectors.breaks(head)


def test_trust_20_a_whole_trail_is_said_to_hold_and_grows_from_its_head() -> None:
    head = story()
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert f"Head: {head[0]}:{head[1]}" in out.getvalue()
    desk(factories.make_study(cases=1), 1).open()
    assert selectors.breaks(head) == []
    assert list(verify_chain([])) == []
