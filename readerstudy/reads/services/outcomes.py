"""What can come of asking for the next case."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from readerstudy.reads import seats
from readerstudy.reads.models import Read


@dataclass(frozen=True)
class Waiting:
    """Nothing can be read before `opens_at`, and why."""

    opens_at: datetime
    detail: str = "The washout has not passed yet."


class Nothing(StrEnum):
    """Why nothing is left to read."""

    READ = "You have read all your cases. Thank you."
    CLOSED = "The reading period has closed: no further case is given. Ask the coordinator."
    WITHDRAWN = "You have left this study. What you read is kept."
    LOCKED = "The study is locked."


@dataclass(frozen=True)
class Complete:
    """Nothing is left to read, and why."""

    why: Nothing


@dataclass(frozen=True)
class Asked:
    """Before anything else, whether the case of this read was seen before."""

    read: Read


Next = Read | Waiting | Complete | Asked | seats.Elsewhere
"""What comes next for a reader."""
