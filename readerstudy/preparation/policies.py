"""What instructions may be and how their plain text is laid out; who has passed calibration."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from annotations.agreement import cohen_kappa
from readerstudy.common.errors import BadInput, Conflict
from readerstudy.preparation.states import CalibrationState, Measure
from readerstudy.studies.states import StudyState

LONGEST = 20_000
"""Characters of the instructions."""


def plain(text: str) -> str:
    """The text as it is kept. Raises BadInput for none, or too long a one."""
    words = text.replace("\r\n", "\n").strip()
    if not words or len(words) > LONGEST or "\0" in words:
        raise BadInput(f"Instructions are 1 to {LONGEST:,} characters of text.", code="text")
    return words


def check_write(*, state: StudyState, reason: str, is_first: bool) -> None:
    """Raises Conflict in a locked study, BadInput for a change in an open one without a reason."""
    if state is StudyState.LOCKED:
        raise Conflict("The study is locked: nobody reads by new instructions.", code="study-locked")
    if state is StudyState.OPEN and not is_first and not reason.strip():
        raise BadInput("Say why instructions change while readers read by them.", code="reason")


@dataclass(frozen=True)
class Block:
    """A paragraph of one item, or a list of several."""

    is_list: bool
    items: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    """The text in paragraphs (parted by empty lines) and lists (lines that begin with "- ")."""
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        for is_list, members in groupby(lines, key=lambda line: line.startswith("- ")):
            found = [line.removeprefix("- ").strip() for line in members]
            yield Block(is_list, tuple(found) if is_list else ("\n".join(found),))


@dataclass(frozen=True)
class PassRule:
    """Over all halves of an attempt, `measure` against the expert reaches `threshold` (0 to 1)."""

    measure: Measure
    threshold: float
    attempts: int


Pair = tuple[int | None, int | None]
"""The expert's and the reader's grade of one half; None: not gradable."""


def score(measure: Measure, pairs: Sequence[Pair]) -> float | None:
    """Share of halves that agree, or Cohen's kappa of those that both graded; None where there is none.

    Where both gave one and the same grade throughout, kappa is not defined: agreement stands for it.
    """
    if measure is Measure.AGREEMENT:
        return sum(expert == own for expert, own in pairs) / len(pairs) if pairs else None
    graded = [(expert, own) for expert, own in pairs if expert is not None and own is not None]
    if not graded:
        return None
    counts = [[graded.count((row, column)) for column in range(4)] for row in range(4)]
    kappa = cohen_kappa(counts).estimate
    return kappa if kappa is not None else float(all(expert == own for expert, own in graded))


@dataclass(frozen=True)
class Attempt:
    """One way through the calibration cases: how many are handed in, and the score of those."""

    number: int
    done: int
    of: int
    score: float | None

    @property
    def complete(self) -> bool:
        return self.done == self.of


def passes(rule: PassRule, attempt: Attempt) -> bool:
    """Whether a complete attempt reaches the threshold."""
    return attempt.complete and attempt.score is not None and attempt.score >= rule.threshold


def calibration_state(rule: PassRule, attempts: Sequence[Attempt], *, granted: int) -> CalibrationState:
    """Where a reader with these attempts stands; `granted`: attempts allowed beyond the rule's."""
    if any(passes(rule, attempt) for attempt in attempts):
        return CalibrationState.PASSED
    complete = sum(attempt.complete for attempt in attempts)
    return CalibrationState.FAILED if complete >= rule.attempts + granted else CalibrationState.TO_DO


def check_rule(*, threshold: float, attempts: int) -> None:
    """Raises BadInput for a rule that means nothing."""
    if not 0 < threshold <= 1:
        raise BadInput("The threshold is a number above 0 and up to 1, such as 0.8.", code="threshold")
    if not 1 <= attempts <= 10:
        raise BadInput("A reader has 1 to 10 attempts.", code="attempts")
