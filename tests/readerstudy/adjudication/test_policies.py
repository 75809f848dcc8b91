"""Where readers differ, and what comes of an adjudication: decided from plain values."""

import pytest

from readerstudy.accounts.states import Role
from readerstudy.adjudication import policies
from readerstudy.adjudication.policies import Said, compare
from readerstudy.adjudication.states import ADJUDICATION_TRANSITIONS, AdjudicationState
from readerstudy.common.errors import BadInput, Conflict, Refused

HALF = ("C001", "L4", "lower")
ARMS = ("unaided", "assisted")


def said(*verdicts: tuple[str, str, int | None]) -> list[Said]:
    return [Said(HALF, reader, arm, verdict) for reader, arm, verdict in verdicts]


@pytest.mark.parametrize(
    ("verdicts", "differs", "agreed"),
    [
        ((("R2", "unaided", 1), ("R3", "unaided", 1)), False, 1),
        ((("R2", "unaided", 1), ("R3", "unaided", 2)), True, None),
        ((("R2", "unaided", 1), ("R3", "unaided", None)), True, None),
        ((("R2", "unaided", None), ("R3", "unaided", None)), False, None),
        ((("R2", "unaided", 1), ("R3", "assisted", 2)), False, None),
        ((("R1", "unaided", 0), ("R3", "assisted", 2)), True, None),
        (
            (("R2", "unaided", 0), ("R3", "unaided", 0), ("R2", "assisted", 1), ("R3", "assisted", 1)),
            False,
            None,
        ),
        ((("R2", "unaided", 1),), False, None),
    ],
    ids=[
        "same grade",
        "grades differ",
        "one could not grade",
        "none could grade",
        "another arm is no comparison",
        "the baseline reader stands in both arms",
        "both changed their grade: neither a disagreement nor agreed",
        "one reader alone agrees with nobody",
    ],
)
def test_d5_where_readers_differ(verdicts, differs: bool, agreed: int | None) -> None:
    found = compare(said(*verdicts), arms=ARMS, baseline="R1")
    assert (HALF in found.differing, found.agreed.get(HALF)) == (differs, agreed)


GOOD = {
    "role": Role.COORDINATOR,
    "study": "locked",
    "under_way": False,
    "disagreements": 3,
    "adjudicators": 1,
    "readers_among": 0,
}


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [
        ({"role": Role.STATISTICIAN}, Refused, "coordinator"),
        ({"study": "open"}, Conflict, "Lock the study first"),
        ({"under_way": True}, Conflict, "under way"),
        ({"disagreements": 0}, BadInput, "agree on every half"),
        ({"adjudicators": 0}, BadInput, "at least one"),
        ({"readers_among": 1}, BadInput, "does not adjudicate"),
    ],
)
def test_d5_when_an_adjudication_may_open(wish, error, words) -> None:
    policies.check_can_open(**GOOD)
    with pytest.raises(error, match=words):
        policies.check_can_open(**{**GOOD, **wish})


@pytest.mark.parametrize(
    ("state", "waiting", "disputed", "expected"),
    [
        ("open", 1, 0, "open"),
        ("open", 0, 0, "decided"),
        ("open", 0, 2, "discussion"),
        ("discussion", 1, 0, "discussion"),
        ("discussion", 0, 2, "decided"),
    ],
)
def test_where_it_stands_once_a_case_is_handed_in(state, waiting, disputed, expected) -> None:
    now = AdjudicationState(state)
    after = policies.after_handing_in(now, waiting=waiting, disputed=disputed)
    assert after == expected
    assert after is now or after in ADJUDICATION_TRANSITIONS[now]


def test_what_is_decided_together_stands_over_what_was_said_alone() -> None:
    other = ("C002", "L5", "upper")
    seats = [{HALF: 1, other: 0}, {HALF: 2, other: 0}]
    assert list(policies.disputed([HALF, other], seats)) == [HALF]
    assert policies.outcome([HALF, other], seats, {HALF: None}) == {HALF: None, other: 0}


@pytest.mark.parametrize("state", list(AdjudicationState))
def test_only_what_runs_can_be_stopped_and_only_what_is_decided_stated(state: AdjudicationState) -> None:
    may_stop = state in (AdjudicationState.OPEN, AdjudicationState.DISCUSSION)
    stop = {"role": Role.COORDINATOR, "state": state, "reason": "Wrong lock."}
    if may_stop:
        policies.check_can_stop(**stop)
        with pytest.raises(BadInput):
            policies.check_can_stop(**{**stop, "reason": " "})
    else:
        with pytest.raises(Conflict):
            policies.check_can_stop(**stop)
    outcome = {"role": Role.COORDINATOR, "state": state, "lock": 1, "latest_lock": 1}
    if state is AdjudicationState.DECIDED:
        policies.check_can_state(**outcome)
        with pytest.raises(Conflict, match="lock 2 has followed"):
            policies.check_can_state(**{**outcome, "latest_lock": 2})
    else:
        with pytest.raises(Conflict):
            policies.check_can_state(**outcome)
    with pytest.raises(Refused):
        policies.check_can_state(**{**outcome, "role": Role.ADJUDICATOR})
