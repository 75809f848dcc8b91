"""The recall probe: lures in the last period, asked once a case is locked, kept, and analysed (W10)."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from readerstudy.audit.models import Event
from readerstudy.reads import gates, services
from readerstudy.reads.models import Grade, Read, Recall
from readerstudy.reports import dataset, documents
from readerstudy.reports import services as reports
from readerstudy.reports.policies import MEANINGS
from readerstudy.studies import protocol
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.readerstudy.reads.desk import Desk, answers_to, desk

pytestmark = pytest.mark.django_db
CASES, LURES = 6, 2


def probing(template: str = protocol.PAPER, share: float = 1 / 3) -> protocol.Document:
    document = protocol.make(template, washout_mode="per-session")
    document["recall_probe"] = {"lure_share": share}
    return document


def in_two_parts(document: protocol.Document) -> protocol.Document:
    """The same, its last period read unaided and at once with the map."""
    document["arms"].append(
        {"name": "second", "kind": "second-read", "first": "unaided", "shows": ["map", "labels"]}
    )
    document["design"]["sequences"] = [[["assisted"], ["second"]]]
    document["statistics"]["arms"] = ["assisted", "second"]
    return document


@pytest.fixture
def images(stand_in_images, stand_in_maps) -> None:
    """Images and maps of exams that have rows but no files."""


@pytest.fixture
def study(db) -> Study:
    return factories.make_study(cases=CASES, document=probing())


def submit(reader: Desk, read: dict) -> dict:
    response = reader.post_submit(read, answers_to(read))
    assert response.status_code == 200, response.content
    return response.json()["next"]


def answer(reader: Desk, asked: dict, value: object):
    return reader.client.post(asked["answer_url"], {"answer": value}, content_type="application/json")


def read_period(reader: Desk, *, seen: int = 4) -> int:
    """Every case that is open, each looked at with its map; what is asked is answered with `seen`."""
    reader.sign_in_again()
    count, coming = 0, reader.next()
    while coming["status"] == "reading":
        reader.look(coming["read"])
        if coming["read"]["map_url"]:
            assert reader.client.get(coming["read"]["map_url"]).status_code == 200
        coming, count = submit(reader, coming["read"]), count + 1
        if coming["status"] == "recall":
            coming = answer(reader, coming, seen).json()
    return count


def test_w10_lures_are_drawn_at_opening_and_read_in_the_last_period_alone(study) -> None:
    frozen = study.protocols.get()
    lures = protocol.lures_of(frozen.document)
    assert len(lures) == LURES
    assert [case.get("lure") for case in frozen.document["cases"]].count(True) == LURES
    for enrolment in study.enrolments.all():
        given = {
            period.number: set(
                enrolment.assignments.filter(period=period).values_list("case__number", flat=True)
            )
            for period in enrolment.periods.all()
        }
        assert not given[1] & lures
        assert len(given[1]) == CASES - LURES
        if 2 in given:
            assert given[2] == given[1] | lures


def test_w10_the_question_comes_after_the_answer_is_locked_and_before_the_next_case(
    study, travel, images
) -> None:
    reader = desk(study, 2)
    assert read_period(reader) == CASES - LURES
    assert not Recall.objects.exists(), "nothing is asked in a period that is not the last"
    travel.shift(timedelta(days=29))
    reader.sign_in_again()
    read = reader.open()
    reader.look(read)
    early = reader.client.post(
        f"/api/reads/{read['id']}/recall", {"answer": 3}, content_type="application/json"
    )
    assert early.status_code == 404, "never before it is handed in"
    asked = submit(reader, read)
    assert (asked["status"], len(asked["choices"])) == ("recall", 4)
    assert Read.objects.get(pk=read["id"]).state == "submitted"
    assert reader.next() == asked, "no case comes before the answer"
    assert ">Answer</a>" in reader.client.get("/read/").content.decode()
    for wrong in (0, 5, None):
        assert answer(reader, asked, wrong).status_code == 400
    grades = list(Grade.objects.filter(read=read["id"]).values())
    coming = answer(reader, asked, 3)
    assert coming.json()["status"] == "reading"
    assert coming.json()["read"]["id"] != read["id"]
    assert answer(reader, asked, 3).status_code == 200, "said twice is once"
    assert ">Answer</a>" not in reader.client.get("/read/").content.decode()
    assert answer(reader, asked, 1).status_code == 409
    assert Recall.objects.get().answer == 3
    assert list(Grade.objects.filter(read=read["id"]).values()) == grades
    assert Event.objects.filter(action="read.recall-answered").count() == 1


def test_w10_who_reads_once_is_never_asked_and_another_reader_finds_nothing(study, travel, images) -> None:
    baseline, other = desk(study, 1), desk(study, 3)
    assert read_period(baseline) == CASES - LURES
    read = Read.objects.filter(assignment__enrolment=baseline.enrolment).first()
    for who in (baseline, other):
        sent = who.client.post(f"/api/reads/{read.pk}/recall", {"answer": 1}, content_type="application/json")
        assert sent.status_code == 404
    assert not Recall.objects.exists()


def test_w10_lures_enter_no_agreement_and_the_report_has_d_prime_and_the_sensitivity(
    study, travel, images
) -> None:
    for index in (1, 2, 3):
        read_period(desk(study, index))
    travel.shift(timedelta(days=29))
    read_period(desk(study, 2), seen=4)
    read_period(desk(study, 3), seen=2)
    analysis = reports.lock_study(
        study_id=study.pk, person=study.created_by, password=cast.PASSWORD, meaning=MEANINGS[0]
    )
    lures = {f"C{number:03d}" for number in protocol.lures_of(study.protocols.get().document)}
    assert lures <= {line.split(",")[0] for line in analysis.lock.dataset.splitlines()}
    assert not lures & set(dataset.parse(analysis.lock.dataset)["exam"])
    told = json.loads(analysis.result)
    assert told["agreement"]["dataset"]["exams"] == CASES - LURES
    second, third = told["recall"]["readers"]
    assert (second["reader"], second["hits"], second["cases"]) == ("R2", CASES - LURES, CASES - LURES)
    assert (second["false_alarms"], second["lures"]) == (LURES, LURES)
    assert (third["hits"], third["false_alarms"]) == (0, 0)
    assert third["d_prime"]["estimate"] is not None
    without = {tuple(row["readers"]): row["n_units"] for row in told["recall"]["without"]}
    assert without == {("R1", "R2"): 0, ("R1", "R3"): 12 * (CASES - LURES), ("R2", "R3"): 0}
    names = [table.name for table in documents.document(analysis.result).tables]
    assert {"recall", "without-recalled"} <= set(names)


def test_a_report_without_a_probe_says_nothing_of_it(images) -> None:
    plain = factories.make_study(cases=2)
    for index in (1, 2, 3):
        read_period(desk(plain, index))
    wishes = {"password": cast.PASSWORD, "meaning": MEANINGS[0], "reason": "Only one period."}
    analysis = reports.lock_study(study_id=plain.pk, person=plain.created_by, **wishes)
    assert json.loads(analysis.result)["recall"] is None
    assert "recall" not in [table.name for table in documents.document(analysis.result).tables]


@pytest.mark.both_databases
def test_w10_what_was_not_seen_in_an_earlier_period_is_not_asked_about_unless_it_is_a_lure(
    travel, images
) -> None:
    """The first period closes with a case handed in, one seen and not handed in, one never opened."""
    document = probing(share=0.25)
    document["periods"][0]["closes_at"] = "2026-03-01T13:00:00Z"
    reader = desk(factories.make_study(cases=4, document=document), 2)
    reader.read_one()
    begun = reader.open()
    reader.look(begun)
    travel.shift(timedelta(days=29))
    reader.sign_in_again()
    assert reader.post_submit(begun, answers_to(begun)).status_code == 200
    travel.shift(timedelta(days=29))
    reader.sign_in_again()
    given, asked, coming = [], [], reader.next()
    while coming["status"] == "reading":
        case = Read.objects.get(pk=coming["read"]["id"]).assignment.case
        reader.look(coming["read"])
        given.append(case.number)
        read, coming = coming["read"], submit(reader, coming["read"])
        if coming["status"] == "recall":
            asked.append(case.number)
            coming = answer(reader, coming, 4).json()
        else:
            unasked = reader.client.post(
                f"/api/reads/{read['id']}/recall", {"answer": 4}, content_type="application/json"
            )
            assert unasked.status_code == 404
    assert coming["status"] == "complete"
    in_first = reader.enrolment.assignments.filter(period__number=1).order_by("position")
    *seen, never = in_first.values_list("case__number", flat=True)
    lures = protocol.lures_of(reader.enrolment.study.protocols.get().document)
    assert set(given) == {*seen, never, *lures}
    assert set(asked) == {*seen, *lures}


@pytest.mark.both_databases
@pytest.mark.parametrize("second_read", [False, True])
def test_w10_asking_takes_as_many_queries_however_much_was_read(travel, images, second_read: bool) -> None:
    def asked(cases: int) -> int:
        document = probing(share=0.2)
        document = in_two_parts(document) if second_read else document
        reader = desk(factories.make_study(cases=cases, document=document), 2)
        read_period(reader)
        travel.shift(timedelta(days=29))
        reader.sign_in_again()
        coming = reader.next()
        while Read.objects.filter(assignment__enrolment=reader.enrolment, state="submitted").count() < (
            reader.enrolment.assignments.count() - 1
        ):
            reader.look(coming["read"])
            coming = submit(reader, coming["read"])
            if coming["status"] == "recall":
                coming = answer(reader, coming, 2).json()
        with CaptureQueriesContext(connection) as queries:
            found = services.next_case(reader=reader.user, enrolment_id=reader.enrolment.pk)
        assert isinstance(found, Read)
        return len(queries)

    assert asked(4) == asked(8)


def test_w10_an_answer_is_kept_and_told_so_where_something_stands_before_the_next_case(
    study, travel, images, monkeypatch
) -> None:
    reader = desk(study, 2)
    read_period(reader)
    travel.shift(timedelta(days=29))
    reader.sign_in_again()
    read = reader.open()
    reader.look(read)
    asked = submit(reader, read)
    closed = gates.Closed("Acknowledge the instructions first.", "instructions", "/read/instructions/")
    monkeypatch.setattr(gates, "_gates", [(1, lambda _: closed)])
    said = answer(reader, asked, 3)
    assert said.status_code == 200
    assert said.json() == {
        "status": "gate",
        "message": closed.detail,
        "code": closed.code,
        "url": closed.url,
    }
    assert Recall.objects.get().answer == 3
    assert reader.post_next().status_code == 409


@pytest.mark.both_databases
def test_what_was_said_stays(study, travel, images) -> None:
    reader = desk(study, 2)
    read_period(reader)
    first = Read.objects.filter(assignment__enrolment=reader.enrolment).first()
    travel.shift(timedelta(days=29))
    reader.sign_in_again()
    read = reader.open()

    def refused(statement) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            statement()

    refused(lambda: Recall.objects.create(read_id=read["id"], answer=1, at=first.submitted_at))
    refused(lambda: Recall.objects.create(read=first, answer=5, at=first.submitted_at))
    reader.look(read)
    answer(reader, submit(reader, read), 1)
    refused(lambda: Recall.objects.update(answer=2))
    refused(lambda: Recall.objects.all().delete())


def test_w10_a_second_read_is_asked_about_once_its_second_part_is_locked(travel, images) -> None:
    """The question would tell the reader of a map to come, or come between, if it were asked before."""
    document = in_two_parts(probing())
    reader = desk(factories.make_study(cases=3, document=document), 2)
    assert {row.part for row in reader.enrolment.assignments.all()} == {1, 2}
    last = reader.enrolment.periods.latest("number").number
    asked, coming = [], reader.next()
    while coming["status"] != "complete":
        if coming["status"] == "waiting":
            travel.shift(timedelta(days=29))
            reader.sign_in_again()
            coming = reader.next()
            continue
        read = coming["read"]
        reader.look(read)
        coming = submit(reader, read)
        if coming["status"] == "recall":
            asked.append((read["period"]["number"], read["part"]))
            coming = answer(reader, coming, 2).json()
    assert asked == [(last, 2)] * 3
