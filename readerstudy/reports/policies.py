"""Who may lock a study and who may see its results. Results are sealed until the study is locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.reads.policies import what_may_be_seen
from readerstudy.reads.states import Item, Phase, Viewer
from readerstudy.studies.protocol import contrast
from readerstudy.studies.protocol.amendment import replaced_by
from readerstudy.studies.states import STUDY_TRANSITIONS, Arm, StudyState

SEES_REPORTS: tuple[Role, ...] = (Role.COORDINATOR, Role.STATISTICIAN, Role.ADMINISTRATOR, Role.AUDITOR)
"""None of them learns who a reader is from a report: readers are R1, R2, R3 there."""
LOCKS: tuple[Role, ...] = (Role.COORDINATOR,)
STATES_TRUTH: tuple[Role, ...] = (Role.COORDINATOR,)
SHORTEST_SOURCE = 10
EXPLORES: tuple[Role, ...] = (Role.COORDINATOR, Role.STATISTICIAN)
SHORTEST_REASON = 5
MEANINGS: tuple[str, ...] = (
    "I lock the reading data of this study: reading has ended and the grades are final.",
)
"""What a signature can state (21 CFR 11.50: the meaning is part of the signature)."""


@dataclass(frozen=True)
class Slot:
    """Reads of one reader in one period and arm: how many are assigned and how many submitted."""

    reader: str
    period: int
    period_name: str
    arm: str
    assigned: int
    submitted: int

    @property
    def missing(self) -> int:
        return self.assigned - self.submitted

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, `missing` among them."""
        return {**vars(self), "missing": self.missing}


UNLOCK_MEANING = (
    "I open the locked study again. I know that its results may have been seen, and that every later report "
    "says so on its first page."
)


def check_can_unlock(*, role: str, state: str, meaning: str) -> None:
    """Raises Refused for other roles, Conflict unless the study is locked, BadInput for another meaning."""
    if role not in LOCKS:
        raise Refused("Only the coordinator opens a locked study again.", code="role")
    if state != StudyState.LOCKED:
        raise Conflict(f"Only a locked study can be opened again; this one is {state}.", code="not-locked")
    if meaning != UNLOCK_MEANING:
        raise BadInput("State what your signature means.", code="meaning")


def missing_words(slots: Sequence[Slot]) -> str:
    """How many reads are missing and whose; empty when complete."""
    lacking = [slot for slot in slots if slot.missing]
    if not lacking:
        return ""
    total, assigned = sum(slot.missing for slot in lacking), sum(slot.assigned for slot in slots)
    parts = "; ".join(f"{slot.reader} in {slot.period_name}: {slot.missing}" for slot in lacking)
    return f"{total} of {assigned} reads are missing ({parts})."


def check_may_see_results(*, role: str, state: str) -> None:
    """Raises Refused for other roles, and for everyone while the study is not locked."""
    if role not in SEES_REPORTS:
        raise Refused("Your role has no access to results.", code="role")
    phase = Phase.STUDY_LOCKED if state == StudyState.LOCKED else Phase.SUBMITTED
    if Item.RESULTS not in what_may_be_seen(viewer=Viewer(role), arm=Arm.UNAIDED, phase=phase):
        raise Refused(
            "The results of this study are sealed until the coordinator locks it.", code="results-sealed"
        )


def check_can_lock(
    *, role: str, state: str, slots: Sequence[Slot], undecided: int, meaning: str, reason: str
) -> None:
    """Raises Refused for other roles, Conflict unless the study is open and every deviation is decided,
    BadInput for an unknown meaning and for an incomplete study without a reason.
    """
    if role not in LOCKS:
        raise Refused("Only the coordinator locks a study.", code="role")
    if StudyState.LOCKED not in STUDY_TRANSITIONS[StudyState(state)]:
        raise Conflict(f"Only an open study can be locked; this one is {state}.", code="not-open")
    if meaning not in MEANINGS:
        raise BadInput("State what your signature means.", code="meaning")
    if not sum(slot.assigned for slot in slots):
        raise BadInput("Nothing was assigned to be read: there is nothing to lock.", code="nothing-assigned")
    if undecided:
        raise Conflict(undecided_words(undecided), code="undecided")
    if (words := missing_words(slots)) and not reason.strip():
        raise BadInput(f"{words} Give a reason to lock the study as it is.", code="incomplete")


def undecided_words(count: int) -> str:
    """How many deviations wait for a person's decision, as a sentence; empty where none does."""
    waiting = "1 deviation waits" if count == 1 else f"{count} deviations wait"
    return f"{waiting} for a decision: keep or exclude each before the lock." if count else ""


def check_can_state_truth(*, role: str, state: str, source: str) -> None:
    """Raises Refused for other roles, Conflict for a draft, whose cases are not settled, and BadInput where
    it is not said how the truth was made."""
    if role not in STATES_TRUTH:
        raise Refused("Only the coordinator states a study's truth.", code="role")
    if state == StudyState.DRAFT:
        raise Conflict("Open the study first: the cases of a draft are not settled.", code="draft")
    if len(source.strip()) < SHORTEST_SOURCE:
        raise BadInput(
            "Say how this truth was made: by whom, from what, and what they did not see.", code="source"
        )


def check_can_explore(*, role: str, state: str, reason: str) -> None:
    """Raises Refused for other roles and while results are sealed, BadInput where it is not said what for."""
    if role not in EXPLORES:
        raise Refused("Coordinators and statisticians make exploratory analyses.", code="role")
    check_may_see_results(role=role, state=state)
    if len(reason.strip()) < SHORTEST_REASON:
        raise BadInput("Say what you want to know: it stands beside the result.", code="reason")


def statistics_plan(document: Mapping[str, Any]) -> dict[str, Any]:
    """The plan of `annotations.agreement` from a protocol's document; readers by their names in reports.

    Who has taken over the part of a withdrawn reader takes that reader's place in the pairs as well.
    """
    readers, statistics = document["readers"], document["statistics"]
    instead = replaced_by(document)
    first_cast = next((reader["index"] for reader in readers if reader["baseline"]), None)
    baseline = None if first_cast is None else name_of(instead.get(first_cast, first_cast))
    pairs = [sorted(instead.get(index, index) for index in pair) for pair in statistics["pairs"]]
    return {
        "arms": list(contrast(document)),
        "readers": [name_of(reader["index"]) for reader in readers],
        "baseline": baseline,
        "pairs": [[name_of(first), name_of(second)] for first, second in pairs],
        "categories": [grade["value"] for grade in document["question"]["grades"]],
        "alpha": statistics["primary"]["alpha"],
        "resamples": statistics["bootstrap"]["replicates"],
        "seed": statistics["bootstrap"]["seed"],
    }


def name_of(index: int) -> str:
    """The name a reader has in every dataset and report."""
    return f"R{index}"
