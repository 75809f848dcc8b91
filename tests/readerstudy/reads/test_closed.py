"""A case opened and never looked at when its period closed: no longer given at any address (line R1)."""

from datetime import timedelta
from typing import Any

import pytest

from readerstudy.audit.models import Event
from readerstudy.conduct.models import NotedDeviation
from readerstudy.conduct.states import Deviation
from readerstudy.reads.models import Exposure, Grade, KeptInput, Read
from readerstudy.reads.states import Kept
from readerstudy.studies import protocol
from readerstudy.studies.selectors import protocol_of
from tests import factories
from tests.readerstudy.reads.desk import Desk, answers_to, desk
from tests.readerstudy.reads.test_amending import amend

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def reader(travel) -> Desk:
    document = protocol.make()
    document["periods"][0]["closes_at"] = "2026-03-01T13:00:00Z"
    return desk(factories.make_study(cases=2, document=document), 2)


def closed(reader: Desk, travel) -> None:
    travel.move_to("2026-03-01T13:00:00+00:00")
    reader.sign_in_again()


def addresses(read: dict[str, Any]) -> list[str]:
    images = [url for kind in ("t1", "t2") for url in read["images"][kind]["frame_urls"]]
    return [*images, *(read["images"][kind]["metadata_url"] for kind in ("t1", "t2"))]


def test_r1_nothing_of_it_leaves_after_the_closing_and_the_refusal_says_why(reader, travel) -> None:
    read = reader.open()
    travel.move_to("2026-03-01T12:59:59+00:00")
    closed(reader, travel)
    for address in addresses(read):
        answer = reader.client.get(address)
        assert answer.status_code == 409, address
        assert answer.json()["code"] == "closed"
        assert "closed before this case was looked at" in answer.json()["detail"]
    assert not Exposure.objects.exists()
    assert set(Event.objects.filter(action="read.refused").values_list("after__rule", flat=True)) == {
        "closed"
    }
    assert reader.open()["period"]["number"] == 2, "none of the first is given any more"


def test_r3_what_is_entered_for_it_is_refused_and_kept(reader, travel) -> None:
    read = reader.open()
    closed(reader, travel)
    for answer in (reader.put_draft(read, answers_to(read)), reader.post_submit(read, answers_to(read))):
        assert (answer.status_code, answer.json()["code"], answer.json()["kept"]) == (409, "closed", True)
    assert KeptInput.objects.get().why == Kept.PERIOD_CLOSED
    assert not Grade.objects.exists()
    assert Read.objects.get().state == "opened"


def test_r8_a_case_that_was_looked_at_is_finished_late_and_noted(reader, travel) -> None:
    read = reader.open()
    reader.look(read)
    closed(reader, travel)
    again = reader.open()
    assert again["id"] == read["id"]
    assert {reader.client.get(address).status_code for address in addresses(again)} == {200}
    assert reader.post_submit(again, answers_to(again)).status_code == 200
    assert NotedDeviation.objects.get().kind == Deviation.LATE


def test_it_is_given_again_once_the_period_closes_later(reader, travel) -> None:
    read = reader.open()
    closed(reader, travel)
    assert reader.client.get(addresses(read)[0]).status_code == 409
    longer = protocol_of(reader.enrolment.study).document
    longer["periods"][0]["closes_at"] = "2026-06-01T13:00:00Z"
    amend(reader.enrolment.study, document=longer)
    travel.shift(timedelta(minutes=1))
    assert reader.read_one()["id"] == read["id"]
    assert not NotedDeviation.objects.filter(kind=Deviation.LATE).exists()
