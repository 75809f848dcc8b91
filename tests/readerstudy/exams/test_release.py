"""The step between intake and study: names, contact sheet, exclusions."""

import json
import re

import pytest
from django.urls import reverse

from readerstudy.audit.models import Event
from readerstudy.common.errors import BadInput, Conflict
from readerstudy.exams import policies, services
from readerstudy.exams.models import Exam
from readerstudy.exams.states import EXAM_TRANSITIONS, ExamState
from tests import cast, factories

pytestmark = pytest.mark.django_db

LEVELS = [
    {"level": level, "body": None, "point_mm": [0.0, -10.0, 60.0 - 35.0 * number]}
    for number, level in enumerate(("L1", "L2", "L3", "L4", "L5", "S1"))
]


@pytest.fixture
def exam(db) -> Exam:
    return factories.make_exam(released=False)


def release(exam, actor, **changes):
    wishes = {"levels": LEVELS, "exclusions": [], "looked_at_all": True, **changes}
    return services.release_exam(actor=actor, exam_id=exam.pk, **wishes)


def test_a_released_exam_keeps_who_when_and_the_names(exam, coordinator):
    released = release(exam, coordinator)
    assert released.state == ExamState.RELEASED
    assert released.released_by == coordinator
    assert released.released_at is not None
    assert released.confirmed_levels == LEVELS
    event = Event.objects.get(action="exam.released")
    assert event.before == {"state": "received"}
    assert event.after["levels"] == ["L1", "L2", "L3", "L4", "L5", "S1"]


WRONG = {
    "not looked": ({"looked_at_all": False}, "contact-sheet"),
    "no names": ({"levels": []}, "levels"),
    "S1 missing": ({"levels": LEVELS[:-1]}, "levels"),
    "upside down": ({"levels": [{**e, "point_mm": [0, 0, -e["point_mm"][2]]} for e in LEVELS]}, "levels"),
    "twice": ({"levels": [*LEVELS, LEVELS[0]]}, "levels"),
    "no number": ({"levels": [{**LEVELS[0], "point_mm": [0, 0, float("nan")]}, *LEVELS[1:]]}, "levels"),
    "unknown level": ({"levels": [{**LEVELS[0], "level": "L6"}, *LEVELS[1:]]}, "levels"),
    "not a list": ({"levels": {"L1": 3}}, "levels"),
    "unknown exclusion": ({"exclusions": ["headache"]}, "exclusions"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_missing_or_wrong_is_refused_and_changes_nothing(case, exam, coordinator):
    changes, code = WRONG[case]
    with pytest.raises(BadInput) as caught:
        release(exam, coordinator, **changes)
    assert caught.value.code == code
    exam.refresh_from_db()
    assert (exam.state, exam.confirmed_levels) == (ExamState.RECEIVED, [])
    assert not Event.objects.filter(action__startswith="exam.").exists()


def test_upper_levels_may_lie_outside_the_field(exam, coordinator):
    assert len(release(exam, coordinator, levels=LEVELS[2:]).confirmed_levels) == 4


def test_names_are_stored_head_to_foot_however_they_come(exam, coordinator):
    released = release(exam, coordinator, levels=LEVELS[::-1])
    assert [e["level"] for e in released.confirmed_levels] == ["L1", "L2", "L3", "L4", "L5", "S1"]


def test_an_exclusion_keeps_the_exam_out_and_can_be_taken_back(exam, coordinator):
    excluded = release(
        exam, coordinator, exclusions=["infection", "fracture"], levels=[], looked_at_all=False
    )
    assert excluded.state == ExamState.EXCLUDED
    assert excluded.exclusions == ["fracture", "infection"]
    back = services.reconsider_exam(actor=coordinator, exam_id=exam.pk)
    assert (back.state, back.exclusions) == (ExamState.RECEIVED, [])
    assert release(exam, coordinator).state == ExamState.RELEASED


def test_a_released_exam_is_not_released_again(exam, coordinator):
    release(exam, coordinator)
    with pytest.raises(Conflict):
        release(exam, coordinator)
    with pytest.raises(Conflict):
        services.reconsider_exam(actor=coordinator, exam_id=exam.pk)


@pytest.mark.parametrize("before", list(ExamState))
@pytest.mark.parametrize("after", list(ExamState))
def test_only_the_table_moves_an_exam(before, after):
    if after in EXAM_TRANSITIONS[before]:
        policies.check_transition(now_is=before, to=after)
    else:
        with pytest.raises(Conflict):
            policies.check_transition(now_is=before, to=after)


def test_proposals_are_kept_until_a_person_has_confirmed(exam, coordinator):
    proposals = [{**e, "body": n, "evidence": "lowest"} for n, e in enumerate(LEVELS, 1)]
    services.propose_levels(exam_id=exam.pk, proposals=proposals)
    exam.refresh_from_db()
    assert exam.proposed_levels == proposals
    release(exam, coordinator)
    with pytest.raises(Conflict):
        services.propose_levels(exam_id=exam.pk, proposals=[])


def test_trust_46_nothing_leaves_before_a_person_has_looked(exam, coordinator):
    """Quarantine: until release an exam can't be a case, whatever its header says of burned-in text."""
    from readerstudy.studies.selectors import released_exams

    Exam.objects.filter(pk=exam.pk).update(needs_check=True)
    assert not released_exams().filter(pk=exam.pk).exists()
    with pytest.raises(BadInput):
        release(exam, coordinator, looked_at_all=False)
    release(exam, coordinator)
    assert released_exams().filter(pk=exam.pk).exists()


def test_the_page_says_what_is_missing_and_keeps_what_was_ticked(exam, coordinator):
    client = cast.signed_in(coordinator)
    address = reverse("exams:release", args=[exam.pk])
    refused = client.post(address, {"levels": json.dumps(LEVELS)})
    assert refused.status_code == 400
    assert b"Look at every image of the contact sheet" in refused.content
    broken = client.post(address, {"levels": "{", "looked_at_all": "yes"})
    assert broken.status_code == 400
    done = client.post(address, {"levels": json.dumps(LEVELS), "looked_at_all": "yes"})
    assert (done.status_code, done.url) == (302, reverse("exams:detail", args=[exam.pk]))
    exam.refresh_from_db()
    assert exam.state == ExamState.RELEASED


def test_the_page_hands_proposals_and_every_found_body_to_the_viewer(exam, coordinator):
    page = cast.signed_in(coordinator).get(reverse("exams:release", args=[exam.pk]))
    config = page.context["config"]
    assert [e["level"] for e in config["levels"]] == ["L1", "L2", "L3", "L4", "L5", "S1"]
    assert [b["body"] for b in config["bodies"]] == [1, 2, 3, 4, 5, 6]
    assert b'id="levels-config"' in page.content
    assert page.content.count(b"<figure") == 4


def test_the_page_shows_the_evidence_of_every_name_and_marks_the_unsure_in_words(exam, coordinator):
    agrees = "The lowest body is S1, and the S1 channel agrees (90%)."
    wide = "A body may be missing below it: the step from the next lower one is too wide."
    proposals = [
        {**e, "body": n, "evidence": agrees, "sure": True}
        for n, e in zip(range(6, 0, -1), LEVELS, strict=True)
    ]
    proposals[0] |= {"evidence": f"{agrees} {wide}", "sure": False}
    above = {"level": None, "body": 7, "point_mm": [0, 0, 90], "evidence": f"{agrees} {wide}", "sure": False}
    services.propose_levels(exam_id=exam.pk, proposals=[above, *proposals])
    page = cast.signed_in(coordinator).get(reverse("exams:release", args=[exam.pk]))
    rows = re.findall(r'<tr>\s*<th scope="row">(.*?)</tr>', page.content.decode(), re.S)
    told = [(row.split("<")[0], agrees in row, wide in row, "unsure, please check" in row) for row in rows]
    assert told == [
        ("no name", True, True, True),
        ("L1", True, True, True),
        *((name, True, False, False) for name in ("L2", "L3", "L4", "L5", "S1")),
    ]
