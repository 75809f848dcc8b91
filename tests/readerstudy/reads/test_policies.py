"""Blinding as one table: person by arm by phase by item."""

from itertools import product

import pytest

from annotations.vocabulary import SITES_12
from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput
from readerstudy.reads.policies import (
    Sent,
    answers_of,
    is_missed,
    may_go_ahead,
    missing,
    phase_of,
    stale,
    viewer_of,
    what_may_be_seen,
)
from readerstudy.reads.states import Item, Phase, ReadState, Viewer
from readerstudy.studies.states import Arm, StudyState

IMAGES = {Item.METADATA, Item.PIXELS, Item.LEVELS}
SEALED = {Item.OTHERS_ANSWERS, Item.RESULTS}
MAPS = {Item.MODIC_MAP, Item.MAP_ON_DEMAND}
EVERY = tuple(Arm)
LOCKED = (Phase.STUDY_LOCKED, Phase.ADJUDICATION)
BEFORE_LOCK = (
    Phase.WAITING,
    Phase.AHEAD,
    Phase.READING,
    Phase.SUBMITTED,
    Phase.WITHDRAWN,
    Phase.CLOSED,
    Phase.COMPARING,
)

TABLE: list[tuple[Viewer, tuple[Arm, ...], tuple[Phase, ...], set[Item]]] = [
    (Viewer.ITS_READER, EVERY, (Phase.WAITING,), set()),
    (Viewer.ITS_READER, EVERY, (Phase.AHEAD,), {Item.METADATA, Item.PIXELS}),
    (Viewer.ITS_READER, (Arm.UNAIDED,), (Phase.READING,), IMAGES | {Item.OWN_ANSWERS}),
    (
        Viewer.ITS_READER,
        (Arm.ASSISTED, Arm.SECOND_READ, Arm.SHAM),
        (Phase.READING,),
        IMAGES | {Item.OWN_ANSWERS, Item.MODIC_MAP},
    ),
    (Viewer.ITS_READER, (Arm.ON_DEMAND,), (Phase.READING,), IMAGES | {Item.OWN_ANSWERS, Item.MAP_ON_DEMAND}),
    (Viewer.ITS_READER, EVERY, (Phase.SUBMITTED, Phase.WITHDRAWN, Phase.CLOSED, Phase.ADJUDICATION), set()),
    (Viewer.ITS_READER, EVERY, (Phase.COMPARING,), IMAGES | {Item.OWN_ANSWERS}),
    (Viewer.ITS_READER, EVERY, (Phase.STUDY_LOCKED,), {Item.OWN_ANSWERS}),
    (Viewer.COORDINATOR, (Arm.UNAIDED,), (Phase.PREVIEW,), IMAGES),
    (
        Viewer.COORDINATOR,
        (Arm.ASSISTED, Arm.SECOND_READ),
        (Phase.PREVIEW,),
        IMAGES | {Item.MODIC_MAP},
    ),
    (Viewer.COORDINATOR, (Arm.SHAM,), (Phase.PREVIEW,), set()),
    (Viewer.COORDINATOR, (Arm.ON_DEMAND,), (Phase.PREVIEW,), IMAGES | {Item.MAP_ON_DEMAND}),
    *[
        (viewer, EVERY, (Phase.PREVIEW,), set())
        for viewer in Viewer
        if viewer not in (Viewer.COORDINATOR, Viewer.STRANGER)
    ],
    (Viewer.STRANGER, EVERY, tuple(Phase), set()),
    (Viewer.COORDINATOR, EVERY, BEFORE_LOCK, IMAGES | MAPS),
    (Viewer.COORDINATOR, EVERY, LOCKED, IMAGES | MAPS | SEALED),
    (Viewer.STATISTICIAN, EVERY, BEFORE_LOCK, set()),
    (Viewer.STATISTICIAN, EVERY, LOCKED, SEALED),
    (Viewer.ADJUDICATOR, EVERY, (*BEFORE_LOCK, Phase.STUDY_LOCKED), set()),
    (Viewer.ADJUDICATOR, EVERY, (Phase.ADJUDICATION,), IMAGES | {Item.OWN_ANSWERS}),
    (Viewer.ADMINISTRATOR, EVERY, BEFORE_LOCK, set()),
    (Viewer.ADMINISTRATOR, EVERY, LOCKED, SEALED),
    (Viewer.AUDITOR, EVERY, BEFORE_LOCK, set()),
    (Viewer.AUDITOR, EVERY, LOCKED, SEALED),
]
CELLS = [
    (viewer, arm, phase, item, item in seen)
    for viewer, arms, phases, seen in TABLE
    for arm, phase, item in product(arms, phases, Item)
]


def test_trust_1_the_table_names_every_combination_once() -> None:
    assert sorted(cell[:4] for cell in CELLS) == sorted(product(Viewer, Arm, Phase, Item))


@pytest.mark.parametrize(("viewer", "arm", "phase", "item", "expected"), CELLS)
def test_trust_1_what_may_be_seen(viewer: Viewer, arm: Arm, phase: Phase, item: Item, expected: bool) -> None:
    assert (item in what_may_be_seen(viewer=viewer, arm=arm, phase=phase)) is expected


@pytest.mark.parametrize("role", list(Role))
def test_a_role_never_becomes_the_reader_of_anothers_read(role: Role) -> None:
    assert viewer_of(role=role, is_its_reader=False) is not Viewer.ITS_READER


@pytest.mark.parametrize(
    ("study", "read", "washed_out", "expected"),
    [
        (StudyState.OPEN, ReadState.AHEAD, True, Phase.AHEAD),
        (StudyState.OPEN, ReadState.AHEAD, False, Phase.WAITING),
        (StudyState.LOCKED, ReadState.AHEAD, True, Phase.STUDY_LOCKED),
        (StudyState.OPEN, ReadState.OPENED, True, Phase.READING),
        (StudyState.OPEN, ReadState.DRAFT, True, Phase.READING),
        (StudyState.OPEN, ReadState.DRAFT, False, Phase.WAITING),
        (StudyState.OPEN, ReadState.SUBMITTED, True, Phase.SUBMITTED),
        (StudyState.OPEN, ReadState.SUBMITTED, False, Phase.SUBMITTED),
        (StudyState.LOCKED, ReadState.DRAFT, True, Phase.STUDY_LOCKED),
        (StudyState.LOCKED, ReadState.SUBMITTED, True, Phase.STUDY_LOCKED),
        (StudyState.DRAFT, ReadState.OPENED, True, Phase.WAITING),
    ],
)
def test_where_a_read_stands(study: StudyState, read: ReadState, washed_out: bool, expected: Phase) -> None:
    assert phase_of(study=study, read=read, washed_out=washed_out) is expected


@pytest.mark.parametrize(
    ("read", "correction", "seen", "expected"),
    [
        (ReadState.AHEAD, False, True, True),
        (ReadState.OPENED, False, False, True),
        (ReadState.OPENED, False, True, False),
        (ReadState.OPENED, True, False, False),
        (ReadState.DRAFT, False, False, False),
        (ReadState.SUBMITTED, False, False, False),
    ],
)
def test_what_a_closed_period_leaves_unread(read, correction: bool, seen: bool, expected: bool) -> None:
    missed = is_missed(read=read, correction=correction, seen=seen, period_closed=True)
    assert missed is expected
    assert not is_missed(read=read, correction=correction, seen=seen, period_closed=False)
    phase = phase_of(study=StudyState.OPEN, read=read, washed_out=True, missed=missed)
    assert (phase is Phase.CLOSED) is expected
    locked = phase_of(study=StudyState.LOCKED, read=read, washed_out=True, missed=missed)
    assert locked is Phase.STUDY_LOCKED


@pytest.mark.parametrize("being_read", [True, False])
@pytest.mark.parametrize("following_period", [1, 2])
@pytest.mark.parametrize("same_case", [True, False])
@pytest.mark.parametrize("washed_out", [True, False])
@pytest.mark.parametrize("may_stop", [True, False])
def test_a_case_goes_ahead_only_beside_another_being_read_in_its_own_period(
    being_read: bool, following_period: int, same_case: bool, washed_out: bool, may_stop: bool
) -> None:
    may = may_go_ahead(
        being_read=being_read,
        period=1,
        following_period=following_period,
        same_case=same_case,
        washed_out=washed_out,
        may_stop=may_stop,
    )
    assert may is (being_read and following_period == 1 and not same_case and washed_out and not may_stop)


def sent(*answers: dict, lease: str = "a", version: int = 3) -> Sent:
    return Sent(lease=lease, version=version, answers=answers)


def test_a_tab_without_lease_or_with_an_old_version_is_stale() -> None:
    assert stale(sent(), lease="a", version=3) == ""
    assert stale(sent(), lease="b", version=3) == "lease"
    assert stale(sent(), lease="a", version=4) == "version"


def test_an_ungraded_site_is_missing_not_zero() -> None:
    blank = {"level": "L1", "half": "upper", "grade": None, "not_gradable": None, "in_bulk": False}
    graded = {"level": "L1", "half": "lower", "grade": 0, "not_gradable": None, "in_bulk": True}
    answers = answers_of(sent(blank, graded), sites=SITES_12, bulk_none=True)
    assert [answer.site for answer in answers] == [SITES_12[1]]
    gaps = missing(SITES_12, answers)
    assert gaps[0] == {"level": "L1", "half": "upper"}
    assert len(gaps) == 11


@pytest.mark.parametrize(
    "answer",
    [
        {"level": "T12", "half": "upper", "grade": 1},
        {"level": "L1", "half": "upper", "grade": 4},
        {"level": "L1", "half": "upper", "grade": True},
        {"level": "L1", "half": "upper", "grade": 1, "not_gradable": "artefact"},
        {"level": "L1", "half": "upper", "not_gradable": "tired"},
        {"level": "S1", "half": "lower", "grade": 1},
        {"level": "L1", "half": "upper", "grade": 1, "in_bulk": True},
    ],
)
def test_an_answer_that_means_nothing_is_refused(answer: dict) -> None:
    with pytest.raises(BadInput):
        answers_of(sent(answer), sites=SITES_12[:-1], bulk_none=True)


def test_no_bulk_where_the_protocol_has_none() -> None:
    answer = {"level": "L1", "half": "upper", "grade": 0, "in_bulk": True}
    assert answers_of(sent(answer), sites=SITES_12, bulk_none=True)
    with pytest.raises(BadInput, match="no key"):
        answers_of(sent(answer), sites=SITES_12, bulk_none=False)
