"""Practice: phantoms in the reading room, for any reader at any time, and nothing of it is kept."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from django.apps import apps
from django.conf import settings

from readerstudy.accounts.states import Role
from readerstudy.exams.models import Sighting
from readerstudy.reads.serializers import ReadSerializer
from readerstudy.rehearsal import phantoms
from readerstudy.rehearsal.policies import PRACTICE, practice_case
from readerstudy.studies.states import Arm
from tests import cast
from tests.readerstudy.reads.desk import answers_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, scope="module")
def _drawn_quickly() -> None:
    """One phantom stands for all three: what is drawn is the phantom's own tests' matter."""
    with pytest.MonkeyPatch.context() as patch:
        draw, seeds = phantoms.make_phantom, {case.seed for case in PRACTICE}
        kept: list = []

        def once(seed: int):
            assert seed in seeds
            kept.append(kept[0] if kept else draw(seed))
            return kept[-1]

        patch.setattr(phantoms, "make_phantom", once)
        yield


@pytest.fixture
def client():
    return cast.signed_in(cast.reader())


def rows() -> dict[str, int]:
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


def handed_in(read: dict, answers: list[dict]) -> dict:
    return {
        "lease": read["lease"],
        "version": read["version"],
        "idempotency_key": "0123456789",
        "answers": answers,
    }


def test_a_reader_of_no_study_goes_through_all_cases_and_no_row_is_written(client) -> None:
    client.get("/practice/")
    before = rows()
    answer, arms = client.post("/api/practice/next").json(), []
    while answer["status"] == "reading":
        read = answer["read"]
        assert set(read) == set(ReadSerializer().fields)
        arms.append(
            (read["position"], read["period"]["arm"], bool(read["map_url"]), bool(read["reveal_url"]))
        )
        for kind in ("t1", "t2"):
            images = read["images"][kind]
            assert len(client.get(images["metadata_url"]).json()) == len(images["frame_urls"])
            assert client.get(images["frame_urls"][-1]).status_code == 200
        answers = answers_to(read)
        saved = client.put(read["draft_url"], handed_in(read, answers), content_type="application/json")
        assert saved.json() == {"version": 1}
        sent = client.post(read["submit_url"], handed_in(read, answers), content_type="application/json")
        answer = sent.json()["next"]
    assert arms == [(1, "unaided", False, False), (2, "assisted", True, False), (3, "on-demand", False, True)]
    assert answer == {
        "status": "complete",
        "message": "These were all practice cases. Nothing of it was kept.",
    }
    assert rows() == before
    assert not Sighting.objects.exists()


def test_a_frame_is_the_phantoms_picture(client) -> None:
    exam = phantoms.practice_exam(PRACTICE[0].seed)
    metadata = client.get("/api/practice/1/images/t1/metadata").json()
    size = (metadata[3]["00280010"]["Value"][0], metadata[3]["00280011"]["Value"][0])
    pixels = client.get("/api/practice/1/images/t1/frames/3").content
    assert (np.frombuffer(pixels, "<u2").reshape(size) == exam.frames["t1"][3]).all()
    assert client.get("/api/practice/1/images/t1/frames/99").status_code == 404
    kept = Path(settings.DATA_DIR) / "practice"
    assert sorted(path.name for path in next(kept.glob("1-*")).iterdir()) == ["exam.json", "t1.npy", "t2.npy"]


def test_gaps_and_nonsense_are_refused_as_in_a_read(client) -> None:
    read = client.post("/api/practice/next").json()["read"]
    gap = client.post(
        read["submit_url"], handed_in(read, answers_to(read, leave_out=1)), content_type="application/json"
    )
    assert (gap.status_code, gap.json()["code"]) == (400, "gaps")
    wrong = answers_to(read)
    wrong[0]["grade"] = 9
    refused = client.put(read["draft_url"], handed_in(read, wrong), content_type="application/json")
    assert refused.status_code == 400


@pytest.mark.parametrize("case", PRACTICE)
def test_a_case_shows_its_map_only_as_its_arm_does(client, case) -> None:
    got = {
        "map": client.get(f"/api/practice/{case.number}/map").status_code,
        "reveal": client.post(f"/api/practice/{case.number}/reveal").status_code,
    }
    expected = {Arm.UNAIDED: (404, 404), Arm.ASSISTED: (200, 404), Arm.ON_DEMAND: (404, 200)}[case.arm]
    assert tuple(got.values()) == expected


def test_the_map_is_what_was_drawn_and_says_so() -> None:
    drawn = phantoms.practice_exam(PRACTICE[1].seed).map
    assert drawn["remarks"] == ["This map is what was drawn into a synthetic exam; no model made it."]
    phantom = phantoms.make_phantom(PRACTICE[1].seed)
    suggested = {(label["level"], label["half"]): label["suggestion"] for label in drawn["labels"]}
    assert suggested == {(s.level.value, s.half.value): int(k) for s, k in phantom.truth.labels.items()}


def test_practice_is_offered_on_a_readers_page_and_is_readers_own(client) -> None:
    assert 'href="/practice/"' in client.get("/read/").content.decode()
    config = json.loads(
        re.search(r'"reading-config"[^>]*>(.*?)</script>', client.get("/practice/").content.decode())[1]
    )
    assert config["rehearsal"] == "Practice: nothing is kept"
    for role in Role:
        other = cast.signed_in(cast.person(role))
        assert (other.get("/practice/").status_code == 200) is (role is Role.READER)
        assert (other.post("/api/practice/next").status_code == 200) is (role is Role.READER)


def test_there_is_no_case_beyond_the_last(client) -> None:
    assert practice_case(4) is None
    for url in ("/api/practice/4/map", "/api/practice/0/images/t1/metadata"):
        assert client.get(url).status_code == 404
