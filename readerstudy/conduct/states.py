"""The states of an override and of a reader's period; what a deviation is and what is decided about it."""

from enum import StrEnum


class OverrideState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"


OVERRIDE_TRANSITIONS: dict[OverrideState, tuple[OverrideState, ...]] = {
    OverrideState.REQUESTED: (OverrideState.APPROVED, OverrideState.DECLINED, OverrideState.EXPIRED),
    OverrideState.APPROVED: (OverrideState.EXPIRED,),
    OverrideState.DECLINED: (),
    OverrideState.EXPIRED: (),
}


class ReaderPeriodState(StrEnum):
    """Where one reader stands in one period; made from facts, never stored."""

    PLANNED = "planned"
    WAITING = "waiting"
    OPEN = "open"
    IN_PROGRESS = "in progress"
    COMPLETE = "complete"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


_ENDS = (ReaderPeriodState.EXPIRED, ReaderPeriodState.WITHDRAWN)
READER_PERIOD_TRANSITIONS: dict[ReaderPeriodState, tuple[ReaderPeriodState, ...]] = {
    ReaderPeriodState.PLANNED: (ReaderPeriodState.WAITING, ReaderPeriodState.OPEN, *_ENDS),
    ReaderPeriodState.WAITING: (ReaderPeriodState.OPEN, *_ENDS),
    ReaderPeriodState.OPEN: (ReaderPeriodState.WAITING, ReaderPeriodState.IN_PROGRESS, *_ENDS),
    ReaderPeriodState.IN_PROGRESS: (ReaderPeriodState.COMPLETE, *_ENDS),
    ReaderPeriodState.COMPLETE: (ReaderPeriodState.IN_PROGRESS, ReaderPeriodState.WITHDRAWN),
    ReaderPeriodState.EXPIRED: (ReaderPeriodState.IN_PROGRESS, ReaderPeriodState.WITHDRAWN),
    ReaderPeriodState.WITHDRAWN: (),
}


class Deviation(StrEnum):
    """A departure from the protocol that the system noticed in a read."""

    OVERRIDE = "override"
    REOPENED = "reopened"
    LATE = "late"
    WRONG_ORDER = "wrong-order"
    AID_FAILURE = "aid-failure"
    IMAGES_NOT_SENT = "images-not-sent"
    INTERRUPTION = "interruption"
    SEEN_ELSEWHERE = "seen-elsewhere"


DEVIATION_WORDS: dict[Deviation, str] = {
    Deviation.OVERRIDE: "read before its washout had passed, under an override",
    Deviation.REOPENED: "a correction: read again after it had been handed in",
    Deviation.LATE: "handed in after its period had closed",
    Deviation.WRONG_ORDER: "handed in before what the order puts earlier, or after a later period showed it",
    Deviation.AID_FAILURE: "the Modic map was never sent in a read that shows it",
    Deviation.IMAGES_NOT_SENT: "images of the case were never sent",
    Deviation.INTERRUPTION: "taken up again after a long pause",
    Deviation.SEEN_ELSEWHERE: "the case was seen elsewhere while it was being read",
}


class Verdict(StrEnum):
    """What a person decides about a read that deviates."""

    KEEP = "keep"
    EXCLUDE = "exclude"


class AnalysisSet(StrEnum):
    """Which reads an analysis takes in."""

    FULL = "full"
    PER_PROTOCOL = "per-protocol"
