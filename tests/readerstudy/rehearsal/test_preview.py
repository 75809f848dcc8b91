"""The preview (W6): what a reader of an arm is sent, to the coordinator, leaving nothing in the data."""

import json
import re

import pytest
from django.apps import apps

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.exams.models import Sighting
from readerstudy.reads.models import Read
from readerstudy.studies import protocol, services
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = pytest.mark.django_db
NO_TRACE = ("Sighting", "LastLook", "Event", "Session")


@pytest.fixture(autouse=True)
def _stand_ins(stand_in_images: None, stand_in_maps: None) -> None:
    """Images and maps as other rooms would render them."""


@pytest.fixture
def study() -> Study:
    return factories.make_study(cases=2)


def base(study: Study, arm: str, case: int = 1, part: int = 1) -> str:
    return f"/api/studies/{study.pk}/preview/{arm}/{case}/{part}/"


def opened(study: Study, arm: str, case: int = 1) -> dict:
    client = cast.signed_in(study.created_by)
    answer = client.post(f"{base(study, arm, case)}next")
    assert answer.status_code == 200, answer.content
    return answer.json()["read"]


def submit(study: Study, read: dict):
    body = {"lease": read["lease"], "version": 0, "idempotency_key": "01234567", "answers": answers_to(read)}
    return cast.signed_in(study.created_by).post(read["submit_url"], body, content_type="application/json")


def rows() -> dict[str, int]:
    return {
        model._meta.label: model.objects.count()
        for model in apps.get_models()
        if model.__name__ not in NO_TRACE
    }


def without_addresses(read: dict) -> dict:
    """What a read says but for ids, addresses and its place in an order."""
    told = {key: value for key, value in read.items() if not key.endswith("_url")}
    for key in ("id", "lease", "position", "total", "period", "images"):
        told.pop(key)
    return told | {"shown": [key for key in ("map_url", "reveal_url") if read[key]]}


@pytest.mark.parametrize("template", ["gao-2022", "on-demand", "fully-crossed", "second-read"])
def test_a_preview_says_what_the_readers_room_is_told(template: str) -> None:
    """Arm by arm, against the read of a reader who has the same case in that arm."""
    study = factories.make_study(cases=3, document=protocol.make(template))
    reader = desk(study, 2)
    for _ in range(3):
        read = reader.open()
        assignment = Read.objects.get(pk=read["id"]).assignment
        arm = "second-read" if template == "second-read" else assignment.arm_name
        seen = opened(study, arm, assignment.case.number)
        if read["part"] == 2:
            seen = submit(study, seen).json()["next"]["read"]
        assert without_addresses(seen) == without_addresses(read)
        assert seen["period"]["arm"] == read["period"]["arm"]
        assert seen["images"].keys() == read["images"].keys()
        reader.look(read)
        assert reader.post_submit(read, answers_to(read)).status_code == 200


def test_nothing_but_audit_and_sightings_is_written(study) -> None:
    client, before = cast.signed_in(study.created_by), rows()
    read = opened(study, "assisted")
    client.get(read["images"]["t1"]["metadata_url"])
    assert not Sighting.objects.exists()
    client.get(read["images"]["t1"]["frame_urls"][0])
    client.get(read["map_url"])
    body = {"lease": read["lease"], "version": 0, "answers": answers_to(read)}
    assert client.put(read["draft_url"], body, content_type="application/json").json() == {"version": 1}
    assert submit(study, read).json()["next"]["status"] == "complete"
    assert rows() == before
    assert Read.objects.count() == 0
    exam = study.cases.get(number=1).exam
    sightings = Sighting.objects.all()
    assert {(s.person_id, s.exam_id, s.occasion) for s in sightings} == {
        (study.created_by_id, exam.pk, "preview")
    }
    [event] = Event.objects.filter(action="study.previewed")
    assert (event.actor_id, event.study_id) == (study.created_by_id, str(study.pk))
    assert event.after == {"arm": "assisted", "case": 1, "part": 1}


def test_an_unaided_preview_is_sent_nothing_of_the_map(study) -> None:
    client, read = cast.signed_in(study.created_by), opened(study, "unaided")
    assert (read["map_url"], read["reveal_url"]) == (None, None)
    assert client.get(f"{base(study, 'unaided')}map").status_code == 404
    assert client.post(f"{base(study, 'unaided')}reveal").status_code == 404
    assert client.get(f"{base(study, 'assisted')}map").status_code == 200


def test_a_second_read_goes_on_to_its_second_part_with_the_answers() -> None:
    study = factories.make_study(cases=2, document=protocol.make("second-read"))
    first = opened(study, "second-read")
    assert (first["part"], first["map_follows"], first["map_url"]) == (1, True, None)
    second = submit(study, first).json()["next"]["read"]
    assert (second["part"], second["map_follows"], bool(second["map_url"])) == (2, False, True)
    assert [answer["grade"] for answer in second["answers"]] == [0] * len(second["sites"])
    assert submit(study, second).json()["next"]["status"] == "complete"


def test_a_sham_arm_has_no_preview() -> None:
    """Which map is a sham is told by the locked export alone."""
    draft = factories.make_draft(cases=1, document=protocol.make("sham"))
    client = cast.signed_in(draft.created_by)
    assert client.post(f"{base(draft, 'sham')}next").status_code == 404
    page = client.get(f"/studies/{draft.pk}/preview/").content.decode()
    assert 'value="assisted"' in page
    assert 'value="sham"' not in page


def test_a_draft_shows_what_opening_would_freeze() -> None:
    draft = factories.make_draft(cases=1)
    case = draft.cases.get()
    read = opened(draft, "assisted")
    assert [level["level"] for level in read["levels"]] == [
        level["level"] for level in case.exam.confirmed_levels
    ]
    assert cast.signed_in(draft.created_by).get(read["map_url"]).status_code == 200
    case.refresh_from_db()
    assert (case.modic_map, case.levels) == (None, [])


def test_once_the_study_is_locked_there_is_no_preview(study) -> None:
    client, read = cast.signed_in(study.created_by), opened(study, "assisted")
    services.lock_study(actor=study.created_by, study=study)
    for url in (read["map_url"], read["images"]["t1"]["frame_urls"][0], f"/studies/{study.pk}/preview/"):
        assert client.get(url).status_code == 409
    assert client.post(f"{base(study, 'assisted')}next").status_code == 409
    assert "Preview the reading room" not in client.get(f"/studies/{study.pk}/").content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_a_preview_is_the_coordinators_alone(study, role: Role) -> None:
    client = cast.signed_in(cast.person(role))
    assert client.post(f"{base(study, 'assisted')}next").status_code == 403
    assert client.get(f"{base(study, 'assisted')}map").status_code == 403
    assert client.get(f"/studies/{study.pk}/preview/").status_code == 403
    assert client.get(f"/studies/{study.pk}/preview/assisted/1/1/").status_code == 403


@pytest.mark.parametrize("what", ["nowhere/1/1/", "assisted/9/1/", "assisted/1/2/", "assisted/1/0/"])
def test_what_is_not_in_the_study_has_no_preview(study, what: str) -> None:
    client = cast.signed_in(study.created_by)
    assert client.post(f"/api/studies/{study.pk}/preview/{what}next").status_code == 404
    assert client.get(f"/studies/{study.pk}/preview/{what}").status_code == 404


def test_the_coordinator_chooses_arm_and_case_and_the_room_says_what_it_is(study) -> None:
    client = cast.signed_in(study.created_by)
    assert f'href="/studies/{study.pk}/preview/"' in client.get(f"/studies/{study.pk}/").content.decode()
    case = study.cases.get(number=2)
    chosen = client.get(f"/studies/{study.pk}/preview/", {"arm": "assisted", "case": case.pk})
    assert chosen["Location"] == f"/studies/{study.pk}/preview/assisted/2/1/"
    room = client.get(chosen["Location"]).content.decode()
    config = json.loads(re.search(r'"reading-config"[^>]*>(.*?)</script>', room)[1])
    assert config["rehearsal"] == "Preview: nothing is kept"
    assert client.get(f"/studies/{study.pk}/preview/", {"arm": "odd", "case": 0}).status_code == 400
