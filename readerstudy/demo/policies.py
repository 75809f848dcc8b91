"""What a simulation may be begun from, and how its result is drawn. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from readerstudy.common.errors import Conflict
from readerstudy.studies.states import StudyState


def check_can_simulate(*, is_demo: bool, state: StudyState, people: int, running: bool) -> None:
    """Raises Conflict with the rule and what to do. people: how many are enrolled as readers."""
    if not is_demo:
        raise Conflict(
            "Robots read in a demonstration only: export the protocol and run “manage.py simulate”, which "
            "makes a scratch installation of its own.",
            code="no-demo",
        )
    if state is not StudyState.DRAFT:
        raise Conflict(
            f"The study is {state}: what people read is never mixed with what robots read. Import its "
            "protocol as a new draft and simulate that.",
            code="study-open",
        )
    if people:
        raise Conflict(
            f"{people} human readers are enrolled in this draft: robots read where no people do. Import its "
            "protocol as a new draft without readers and simulate that.",
            code="human-readers",
        )
    if running:
        raise Conflict("Another simulation is running: wait for its end, or stop it.", code="running")


@dataclass(frozen=True)
class Bar:
    """How many values lie from `low` up to `high`, and where the bar stands in a drawing of 100 by 20."""

    low: float
    high: float
    count: int
    x: float
    y: float
    width: float
    height: float


BARS = 25


def histogram(values: Sequence[float], *, low: float, high: float) -> list[Bar]:
    """Bars of equal width from low to high; a value beyond either end counts in the last bar there."""
    edges = [low + (high - low) * number / BARS for number in range(BARS + 1)]
    places = [int((value - low) / (high - low) * BARS) for value in values]
    counts = [0] * BARS
    for place in places:
        counts[min(max(place, 0), BARS - 1)] += 1
    most = max(counts) or 1
    width = 100 / BARS
    return [
        Bar(left, right, count, number * width, 20 - 20 * count / most, width, 20 * count / most)
        for number, ((left, right), count) in enumerate(zip(pairwise(edges), counts, strict=True))
    ]
