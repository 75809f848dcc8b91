"""The washout where data leave: nothing is sent early, whatever a client says (W1 to W7, trust 5, 6)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from readerstudy.audit.models import Event
from readerstudy.reads.models import Exposure, Read
from readerstudy.reads.states import Item
from readerstudy.studies import protocol
from readerstudy.studies import services as studies
from readerstudy.studies.states import WashoutMode
from tests import cast, factories
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
WASHOUT = timedelta(hours=672)
SECOND = timedelta(seconds=1)


def last_exposure() -> datetime:
    return max(Exposure.objects.values_list("last_at", flat=True))


def test_trust_6_the_second_period_opens_at_the_exact_second(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_one()
    travel.shift(timedelta(hours=3))
    reader.read_one()
    opens = last_exposure() + WASHOUT
    travel.move_to(opens - SECOND)
    reader.sign_in_again()
    answer = reader.next()
    assert (answer["status"], datetime.fromisoformat(answer["opens_at"])) == ("waiting", opens)
    assert set(answer) == {"status", "opens_at", "message"}, "no case is named ahead"
    travel.move_to(opens)
    assert reader.next()["status"] == "reading"


def test_trust_6_a_refused_opening_is_kept(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_period()
    reader.next()
    event = Event.objects.get(action="read.refused")
    assert (event.actor_id, event.after["rule"]) == (reader.user.pk, "washout")
    assert Read.objects.count() == 2, "nothing was opened"


def test_trust_6_opening_and_abandoning_a_case_counts(study, travel) -> None:
    """The images of the last case were sent again an hour before it was handed in."""
    reader = desk(study, 2)
    reader.read_one()
    read = reader.open()
    reader.look(read)
    travel.shift(timedelta(hours=5))
    read = reader.open()
    reader.look(read)
    travel.shift(timedelta(hours=1))
    reader.post_submit(read, answers_to(read))
    assert datetime.fromisoformat(reader.next()["opens_at"]) == last_exposure() + WASHOUT
    assert last_exposure() == datetime(2026, 3, 1, 17, tzinfo=UTC)


def test_trust_6_every_route_refuses_while_the_clock_stands_back(study, travel) -> None:
    """A server clock that steps back reopens nothing and closes what it had opened."""
    reader = desk(study, 2)
    reader.read_period()
    opens = last_exposure() + WASHOUT
    travel.move_to(opens)
    reader.sign_in_again()
    read = reader.open()
    travel.move_to(opens - SECOND)
    urls = [read["images"]["t1"]["frame_urls"][0], read["images"]["t1"]["metadata_url"], read["map_url"]]
    before = Exposure.objects.count()
    for response in [
        *(reader.client.get(url) for url in urls),
        reader.put_draft(read, answers_to(read)),
        reader.post_submit(read, answers_to(read)),
    ]:
        assert (response.status_code, response.json()["code"]) == (403, "washout")
        assert datetime.fromisoformat(response.json()["opens_at"]) == opens
        assert b"pixels" not in response.content
    assert Exposure.objects.count() == before
    assert reader.next()["status"] == "waiting"
    travel.move_to(opens)
    assert reader.client.get(urls[0]).status_code == 200


def test_trust_6_a_clock_that_steps_back_never_shortens_a_washout(study, travel) -> None:
    """What is sent while the clock is wrong counts from the latest time known, not from the wrong one."""
    reader = desk(study, 2)
    reader.read_one()
    known = last_exposure()
    travel.shift(timedelta(days=-10))
    reader.read_one()
    assert set(Exposure.objects.values_list("last_at", flat=True)) == {known}


def test_trust_5_what_the_client_claims_changes_nothing(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_period()
    later = (last_exposure() + 2 * WASHOUT).isoformat()
    claims = {
        "now": later,
        "arm": "assisted",
        "period": 2,
        "opens_at": later,
        "washout_hours": 0,
        "override": True,
        "time_zone": "Pacific/Kiritimati",
    }
    headers = {"date": later, "x-now": later, "x-forwarded-for": "127.0.0.1", "x-arm": "assisted"}
    url = f"/api/enrolments/{reader.enrolment.pk}/next"
    for query in ("", "?arm=assisted&period=2&now=2030-01-01"):
        answer = reader.client.post(url + query, claims, content_type="application/json", headers=headers)
        assert answer.json()["status"] == "waiting"
    reader.user.time_zone = "Pacific/Kiritimati"
    reader.user.save()
    assert reader.next()["status"] == "waiting"


def test_trust_5_forged_fields_of_an_answer_change_nothing(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    other = cast.reader()
    forged = [
        {**answer, "reader": other.pk, "at": "2020-01-01T00:00:00Z", "read": 1, "id": 7}
        for answer in answers_to(read, grade=1)
    ]
    response = reader.post_submit(
        read,
        forged,
        state="opened",
        submitted_at="2020-01-01T00:00:00Z",
        reader=other.pk,
        arm="assisted",
        assignment=99,
        map_url="/x",
    )
    assert response.status_code == 200
    row = Read.objects.get(pk=read["id"])
    assert (row.state, row.assignment.arm) == ("submitted", "unaided")
    assert row.submitted_at.year >= 2026
    assert {grade.reader_id for grade in row.grades.all()} == {reader.user.pk}
    assert {grade.at for grade in row.grades.all()} == {row.submitted_at}


def test_the_baseline_reader_has_no_second_period(study, travel) -> None:
    reader = desk(study, 1)
    reader.read_period()
    travel.shift(2 * WASHOUT)
    reader.sign_in_again()
    assert reader.next()["status"] == "complete"


def test_the_second_period_waits_for_the_first_to_be_complete(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_one()
    travel.shift(2 * WASHOUT)
    reader.sign_in_again()
    assert reader.open()["period"]["number"] == 1


def test_per_case_each_case_opens_by_itself(db, travel) -> None:
    study = factories.make_draft(cases=2)
    studies.set_protocol(
        actor=study.created_by,
        study=study,
        document=protocol.make(washout_mode=WashoutMode.PER_CASE),
    )
    study = studies.open_study(actor=study.created_by, study=study)
    reader = desk(study, 2)
    seen: dict[int, datetime] = {}
    for _ in range(2):
        reader.sign_in_again()
        read = reader.read_one()
        seen[Read.objects.get(pk=read["id"]).assignment.case_id] = last_exposure()
        travel.shift(timedelta(days=2))
    reader.sign_in_again()
    coming = reader.enrolment.assignments.get(period__number=2, position=1)
    assert datetime.fromisoformat(reader.next()["opens_at"]) == seen[coming.case_id] + WASHOUT


def second_study_of_the_coming_case(study, reader):
    """Another study of the same readers, whose one case is the next one here."""
    again = factories.make_draft(cases=1, readers=[e.reader for e in study.enrolments.order_by("index")])
    coming = reader.enrolment.assignments.get(period__number=2, position=1).case.exam
    studies.set_cases(actor=again.created_by, study=again, exams=[coming])
    return studies.open_study(actor=again.created_by, study=again)


def test_trust_6_a_case_known_from_another_study_waits_in_the_first_period_too(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_period()
    ends = last_exposure()
    again = second_study_of_the_coming_case(study, reader)
    other = desk(again, 2)
    seen = Exposure.objects.filter(read__assignment__case__exam=again.cases.get().exam)
    expected = max(exposure.last_at for exposure in seen) + WASHOUT
    travel.shift(timedelta(days=27))
    other.sign_in_again()
    assert datetime.fromisoformat(other.next()["opens_at"]) == expected <= ends + WASHOUT
    assert "opens on" in other.client.get("/read/").content.decode()
    travel.move_to(expected)
    other.sign_in_again()
    assert other.next()["status"] == "reading"


def test_the_same_patient_in_another_study_counts(study, travel) -> None:
    """Seen in a second study after the first period of this one."""
    reader = desk(study, 2)
    reader.read_period()
    again = second_study_of_the_coming_case(study, reader)
    travel.shift(WASHOUT)
    other = desk(again, 2)
    other.read_one()
    seen_again = last_exposure()
    travel.shift(timedelta(days=10))
    reader.sign_in_again()
    assert datetime.fromisoformat(reader.next()["opens_at"]) == seen_again + WASHOUT


def test_trust_21_what_was_shown_of_a_map_is_kept_with_its_time(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_period()
    travel.shift(WASHOUT)
    reader.sign_in_again()
    read = reader.open()
    assert reader.client.get(read["map_url"]).status_code == 200
    shown = Exposure.objects.get(read=read["id"], item=Item.MODIC_MAP)
    told = Event.objects.get(action="read.exposed", after__item=Item.MODIC_MAP)
    assert (told.object_id, told.after["at"]) == (read["id"], shown.first_at.isoformat())


def test_trust_3_addresses_of_an_assisted_read_open_for_nobody_else_and_not_afterwards(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_period()
    travel.shift(WASHOUT)
    reader.sign_in_again()
    read = reader.open()
    t1 = read["images"]["t1"]
    captured = [read["map_url"], t1["metadata_url"], t1["frame_urls"][0]]
    assert [reader.client.get(url).status_code for url in captured] == [200, 200, 200]
    assert [desk(study, 3).client.get(url).status_code for url in captured] == [404, 404, 404]
    assert {Client().get(url).status_code for url in captured} <= {302, 401, 403}
    assert reader.post_submit(read, answers_to(read)).status_code == 200
    assert {reader.client.get(url).status_code for url in captured} == {409}
