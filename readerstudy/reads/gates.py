"""What later rooms ask of a reader before a case is opened, without this room knowing them.

An app registers a function in its AppConfig.ready(). It looks at one enrolment and answers None where
nothing stands before reading, else what does.
"""

from collections.abc import Callable
from dataclasses import dataclass

from readerstudy.studies.models import Enrolment


@dataclass(frozen=True)
class Closed:
    """What the reader has to do first: a sentence, the rule's name, and the page where it is done."""

    detail: str
    code: str
    url: str


Gate = Callable[[Enrolment], Closed | None]

_gates: list[tuple[int, Gate]] = []


def register(gate: Gate, *, place: int) -> None:
    """Ask this before every case; a lower place is asked first."""
    _gates.append((place, gate))


def first_closed(enrolment: Enrolment) -> Closed | None:
    """The first thing still to be done; None where reading may go on."""
    for _, gate in sorted(_gates, key=lambda entry: entry[0]):
        closed = gate(enrolment)
        if closed is not None:
            return closed
    return None
