"""Arms beyond unaided and concurrent: second read and map on demand (line D2, trust 1 and 9)."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from readerstudy.audit.models import Event
from readerstudy.common.errors import Conflict
from readerstudy.reads.models import Exposure, Grade, Read, Reveal
from readerstudy.reports.selectors import dataset_rows
from readerstudy.studies import protocol
from readerstudy.studies import services as studies
from readerstudy.studies.models import Assignment
from tests import cast, factories
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def second():
    """Two cases, three readers, second reads."""
    return factories.make_study(document=protocol.make("second-read"))


@pytest.fixture
def on_demand(travel):
    """Two cases, two readers; reader 2 begins with the map on demand."""
    return factories.make_study(document=protocol.make("on-demand", readers=2))


def get(reader, url: str):
    return reader.client.get(url)


def test_trust_1_in_a_second_read_the_map_comes_only_after_the_unaided_answer_is_locked(second) -> None:
    reader = desk(second, 1)
    first = reader.open()
    assert (first["part"], first["map_follows"], first["period"]["arm"]) == (1, True, "unaided")
    assert (first["map_url"], first["reveal_url"], first["position"], first["total"]) == (None, None, 1, 2)
    assert get(reader, f"/api/reads/{first['id']}/map").status_code == 404
    assert reader.client.post(f"/api/reads/{first['id']}/reveal").status_code == 404
    reader.look(first)
    again = reader.open()
    assert again["id"] == first["id"], "there is no way to the second part but through the first"
    assert reader.post_submit(again, answers_to(again, grade=1)).status_code == 200
    later = reader.open()
    assert (later["part"], later["map_follows"], later["period"]["arm"]) == (2, False, "second-read")
    assert (later["position"], later["total"], later["images"].keys()) == (1, 2, first["images"].keys())
    assert later["answers"] == answers_to(later, grade=1), "the reader's own answers, to be reconsidered"
    assert get(reader, later["map_url"]).status_code == 200
    assert get(reader, f"/api/reads/{first['id']}/map").status_code == 404
    assert reader.post_submit(later, answers_to(later, grade=2)).status_code == 200
    assert reader.open()["position"] == 2


def test_both_answers_of_a_second_read_stand_in_the_data_each_in_its_arm(second) -> None:
    reader = desk(second, 1)
    for _ in range(4):
        read = reader.open()
        reader.look(read)
        reader.post_submit(read, answers_to(read, grade=read["part"]))
    assert reader.next()["status"] == "complete"
    rows = list(dataset_rows(second, second.protocols.get().document))
    given = {(row[0], row[5], row[8]) for row in rows if row[3] == "R1"}
    assert given == {(c, arm, g) for c in ("C001", "C002") for arm, g in (("unaided", 1), ("second-read", 2))}


@pytest.mark.both_databases
def test_trust_1_the_database_itself_wants_the_unaided_answer_first(second) -> None:
    later = Assignment.objects.filter(part=2).first()
    assert later is not None
    with pytest.raises(DatabaseError), transaction.atomic():
        Read.objects.create(assignment=later, opened_at=factories.LONG_AGO)
    unaided = Assignment.objects.get(enrolment=later.enrolment, case=later.case, part=1)
    read = Read.objects.create(assignment=unaided, opened_at=factories.LONG_AGO)
    with pytest.raises(DatabaseError), transaction.atomic():
        Read.objects.create(assignment=later, opened_at=factories.LONG_AGO)
    read.state, read.submitted_at = "submitted", factories.LONG_AGO
    read.save()
    Read.objects.create(assignment=later, opened_at=factories.LONG_AGO)


def test_trust_1_a_map_on_demand_leaves_only_when_asked_for_and_every_time_is_kept(on_demand, travel) -> None:
    reader = desk(on_demand, 2)
    read = reader.open()
    assert (read["period"]["arm"], read["map_url"]) == ("on-demand", None)
    assert get(reader, f"/api/reads/{read['id']}/map").status_code == 404
    reader.look(read)
    assert not Exposure.objects.filter(item="asked-map").exists()
    moments = []
    for _ in range(2):
        travel.shift(timedelta(seconds=30))
        answer = reader.client.post(read["reveal_url"])
        assert answer.status_code == 200
        assert answer.json()["sha256"]
        moments.append(Reveal.objects.last().at)
    assert (moments[1] - moments[0]).total_seconds() == 30
    assert Exposure.objects.filter(item="asked-map").exists()
    assert [e.after["times"] for e in Event.objects.filter(action="read.map-revealed")] == [1, 2]
    assert reader.post_submit(read, answers_to(read)).status_code == 200
    assert reader.client.post(read["reveal_url"]).status_code == 409
    assert Reveal.objects.count() == 2


def test_trust_1_nobody_reveals_a_map_in_another_arm_or_of_another_reader(on_demand) -> None:
    unaided, other = desk(on_demand, 1), desk(on_demand, 2)
    read, asked = unaided.open(), other.open()
    assert (read["period"]["arm"], read["reveal_url"]) == ("unaided", None)
    refused = [
        unaided.client.post(f"/api/reads/{read['id']}/reveal"),
        unaided.client.post(asked["reveal_url"]),
        unaided.client.post("/api/reads/00000000-0000-4000-8000-000000000000/reveal"),
    ]
    assert {answer.status_code for answer in refused} == {404}
    assert len({answer.content for answer in refused}) == 1
    assert not Reveal.objects.exists()


@pytest.mark.both_databases
def test_a_reveal_is_there_for_good(on_demand) -> None:
    reader = desk(on_demand, 2)
    reader.client.post(reader.open()["reveal_url"])
    for change in (
        lambda: Reveal.objects.update(at=factories.LONG_AGO),
        lambda: Reveal.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


LABEL = {"level": "L4", "half": "upper", "suggestion": 2, "probability": 0.87}


@pytest.mark.parametrize(
    ("shows", "label"),
    [
        (["map", "labels"], {**LABEL, "probability": None}),
        (["map", "labels", "confidence"], LABEL),
    ],
)
def test_an_arm_shows_as_much_of_the_map_as_its_protocol_says(travel, monkeypatch, shows, label) -> None:
    monkeypatch.setattr(
        "readerstudy.predictions.selectors.map_json",
        lambda *_: {"slices": ["contour"], "labels": [LABEL], "sha256": "", "model": {}},
    )
    document = protocol.make("fully-crossed", readers=2)
    document["arms"][2]["shows"] = shows
    study = factories.make_study(cases=6, document=document)
    reader, seen = desk(study, 1), {}
    for _ in range(6):
        read = reader.open()
        name = Read.objects.get(pk=read["id"]).assignment.arm_name
        if read["map_url"]:
            seen[name] = get(reader, read["map_url"]).json()
        reader.post_submit(read, answers_to(read))
    assert Grade.objects.count() == 66
    assert (seen["map-only"]["slices"], seen["map-only"]["labels"]) == (["contour"], [])
    assert (seen["assisted"]["slices"], seen["assisted"]["labels"]) == (["contour"], [label])
    assert "unaided" not in seen


def test_trust_6_a_protocol_may_round_openings_up_to_the_readers_morning(travel) -> None:
    document = {**protocol.make(), "opens_at_local_hour": 7}
    reader = desk(factories.make_study(cases=1, document=document), 2)
    reader.user.time_zone = "Europe/Berlin"
    reader.user.save()
    reader.read_one()
    assert reader.next()["opens_at"] == "2026-03-30T05:00:00+00:00", "one day after 28 days to noon UTC"


@pytest.fixture
def sham(travel):
    """Six cases with sham maps, two readers, each case once with either map."""
    study = factories.make_draft(cases=6, document=protocol.make("sham", readers=2))
    for case in study.cases.select_related("exam"):
        factories.make_sham(case.exam.modic_maps.get())
    return studies.open_study(actor=study.created_by, study=study)


def test_trust_9_a_sham_can_not_be_told_from_a_map_until_the_lock(sham) -> None:
    reader, shown = desk(sham, 1), []
    for _ in range(6):
        read = reader.open()
        stored = Read.objects.get(pk=read["id"]).assignment
        content = get(reader, read["map_url"]).json()
        shown.append((stored.arm, content["sha256"], sorted(content), read["period"], sorted(read)))
        held = stored.case.sham_map if stored.arm == "sham" else stored.case.modic_map
        assert content["sha256"] == held.sha256
        reader.post_submit(read, answers_to(read))
    assert sorted(arm for arm, *_ in shown) == ["assisted"] * 3 + ["sham"] * 3
    assert len({str(rest) for _, _, *rest in shown}) == 1, "everything but the map's content is the same"
    coordinator = cast.signed_in(sham.created_by)
    address = f"/studies/{sham.pk}/protocol.json"
    frozen = json.loads(coordinator.get(address).content)
    assert "sham_maps" not in frozen
    for case, stated in zip(sham.cases.order_by("number"), frozen["protocol"]["cases"], strict=True):
        assert stated["map_sha256s"] == sorted([case.modic_map_sha256, case.sham_map_sha256])
        assert "modic_map_sha256" not in stated
    assert "sham" not in reader.client.get("/read/").content.decode()
    studies.lock_study(actor=sham.created_by, study=sham)
    told = json.loads(coordinator.get(address).content)["sham_maps"]
    assert [row["sham_map_sha256"] for row in told] == [
        case.sham_map_sha256 for case in sham.cases.order_by("number")
    ]
    assert "had been moved to other endplates" in reader.client.get("/read/").content.decode()


def test_a_study_with_shams_opens_only_once_they_are_made(monkeypatch) -> None:
    study = factories.make_draft(document=protocol.make("sham"))
    asked = []
    monkeypatch.setattr(
        "readerstudy.predictions.shams.outbox.publish_on_commit", lambda _, pk: asked.append(pk)
    )
    coordinator = cast.signed_in(study.created_by)
    page = coordinator.get(f"/studies/{study.pk}/").content.decode()
    assert "has no sham map" in page
    assert "Make the 2 sham maps" in page
    coordinator.post(f"/studies/{study.pk}/shams/")
    assert len(asked) == 2
    with pytest.raises(Conflict, match="no sham map"):
        studies.open_study(actor=study.created_by, study=study)
