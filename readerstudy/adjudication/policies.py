"""What is adjudicated, who decides, and what comes of it. Pure decisions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from readerstudy.accounts.states import Role
from readerstudy.adjudication.states import (
    ADJUDICATION_TRANSITIONS,
    RUNNING,
    AdjudicationState,
)
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.reports.policies import SHORTEST_REASON
from readerstudy.studies.states import StudyState

Half = tuple[str, str, str]
"""A case's name, level and half."""
Verdict = int | None
"""A grade, or None for not gradable."""
ORGANISES: tuple[Role, ...] = (Role.COORDINATOR,)
LOOKS_ON: tuple[Role, ...] = (Role.COORDINATOR, Role.STATISTICIAN, Role.ADMINISTRATOR, Role.AUDITOR)
"""Who sees how an adjudication stands: those who see reports."""


@dataclass(frozen=True)
class Said:
    """What one reader's primary read says of a half in one arm."""

    half: Half
    reader: str
    arm: str
    verdict: Verdict


@dataclass(frozen=True)
class Compared:
    """Halves that several readers answered in one arm: `differing`, and `agreed` with the grade of all.

    A half on which all agree that it can't be graded is in neither.
    """

    differing: frozenset[Half]
    agreed: dict[Half, int]


def compare(said: Iterable[Said], *, arms: Sequence[str], baseline: str | None) -> Compared:
    """Where readers differ within an arm. The baseline reader, who reads once, stands in both arms.

    That one and the same reader changed a grade between arms is no disagreement of readers.
    """
    verdicts: dict[Half, dict[str, dict[str, Verdict]]] = defaultdict(lambda: defaultdict(dict))
    for one in said:
        for arm in arms if one.reader == baseline else (one.arm,):
            verdicts[one.half][arm][one.reader] = one.verdict
    differing, agreed = set(), {}
    for half, by_arm in verdicts.items():
        compared = [list(own.values()) for own in by_arm.values() if len(own) > 1]
        if any(len(set(own)) > 1 for own in compared):
            differing.add(half)
        elif (grades := {verdict for own in compared for verdict in own}) and len(grades) == 1:
            (grade,) = grades
            agreed |= {} if grade is None else {half: grade}
    return Compared(frozenset(differing), agreed)


def check_can_open(
    *, role: str, study: str, under_way: bool, disagreements: int, adjudicators: int, readers_among: int
) -> None:
    """Raises Refused for other roles, Conflict unless the study is locked and nothing is under way, BadInput
    without adjudicators, with readers of the study among them, and where readers agree throughout."""
    if role not in ORGANISES:
        raise Refused("Only the coordinator opens an adjudication.", code="role")
    if study != StudyState.LOCKED:
        raise Conflict(
            "Lock the study first: how many disagreements there are is a result.", code="not-locked"
        )
    if under_way:
        raise Conflict("An adjudication of this lock is under way: see it to its end.", code="under-way")
    if not disagreements:
        raise BadInput("The readers agree on every half: there is nothing to adjudicate.", code="agreement")
    if not adjudicators:
        raise BadInput("Name at least one adjudicator.", code="adjudicators")
    if readers_among:
        raise BadInput("Who has read in this study does not adjudicate it: name others.", code="adjudicators")


def check_can_stop(*, role: str, state: AdjudicationState, reason: str) -> None:
    """Raises Refused for other roles, Conflict once all is decided, BadInput without a reason."""
    if role not in ORGANISES:
        raise Refused("Only the coordinator stops an adjudication.", code="role")
    if AdjudicationState.STOPPED not in ADJUDICATION_TRANSITIONS[state]:
        raise Conflict(f"This adjudication is {state}: it can't be stopped any more.", code="state")
    if len(reason.strip()) < SHORTEST_REASON:
        raise BadInput("Say why it is stopped: the reason is kept.", code="reason")


def check_can_state(*, role: str, state: AdjudicationState, lock: int, latest_lock: int) -> None:
    """Raises Refused for other roles, Conflict until all is decided, once it is stated, and once the study
    was locked anew: what readers differ in is another question then."""
    if role not in ORGANISES:
        raise Refused("Only the coordinator states an outcome as truth.", code="role")
    if state is not AdjudicationState.DECIDED:
        raise Conflict(f"This adjudication is {state}: there is no outcome to state.", code="state")
    if lock != latest_lock:
        raise Conflict(
            f"It is of lock {lock}, and lock {latest_lock} has followed: adjudicate that one.", code="lock"
        )


def check_can_write(state: AdjudicationState) -> None:
    """Raises Conflict unless adjudicators are at work."""
    if not is_running(state):
        raise Conflict(f"This adjudication is {state}: nothing more is decided in it.", code="state")


def is_running(state: AdjudicationState) -> bool:
    """Whether adjudicators are at work."""
    return state in RUNNING


def after_handing_in(state: AdjudicationState, *, waiting: int, disputed: int) -> AdjudicationState:
    """Where an adjudication stands once a case is handed in.

    waiting: cases still to be handed in. disputed: halves in which adjudicators differ.
    """
    if waiting:
        return state
    alone = state is AdjudicationState.OPEN
    return AdjudicationState.DISCUSSION if alone and disputed else AdjudicationState.DECIDED


def disputed(halves: Iterable[Half], seats: Sequence[Mapping[Half, Verdict]]) -> Iterator[Half]:
    """The halves, in the order given, on which the adjudicators' own verdicts differ."""
    for half in halves:
        if len({seat[half] for seat in seats}) > 1:
            yield half


def outcome(
    halves: Iterable[Half], seats: Sequence[Mapping[Half, Verdict]], table: Mapping[Half, Verdict]
) -> dict[Half, Verdict]:
    """What is decided of every half: what all adjudicators say, else what they decided together."""
    return {half: table[half] if half in table else seats[0][half] for half in halves}


@dataclass(frozen=True)
class Facts:
    """What a statement of truth says of where it comes from."""

    number: int
    lock: int
    dataset_sha256: str
    decisions_sha256: str
    halves: int
    cases: int
    adjudicators: int
    together: int
    not_gradable: int
    taken_as_agreed: int | None


def source_words(facts: Facts) -> str:
    """How this truth was made, as it stands on every report that uses it."""
    several = facts.adjudicators > 1
    how = (
        f"{facts.adjudicators} adjudicators, each alone and then together on the {facts.together} halves in "
        "which they differed"
        if several
        else "one adjudicator"
    )
    rest = (
        "Halves on which readers did not differ are left unknown"
        if facts.taken_as_agreed is None
        else f"The {facts.taken_as_agreed} halves on which all readers agreed are taken at their grade, so "
        "that readers are held against what they said themselves there"
    )
    return (
        f"Adjudication {facts.number} of lock {facts.lock} (data set SHA-256 {facts.dataset_sha256}): "
        f"{facts.halves} halves of {facts.cases} cases in which readers differed, decided by {how}, who saw "
        "the images and not what any reader or the AI had said, in an order shuffled for each. "
        f"{facts.not_gradable} of them not gradable. {rest}. Decisions SHA-256 {facts.decisions_sha256}."
    )
