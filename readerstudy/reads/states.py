"""The states of one read, what of it can leave the server, to whom, and when."""

from enum import StrEnum


class ReadState(StrEnum):
    """Handing in locks in the same transaction: a stored read that is submitted stands as locked."""

    PENDING = "pending"
    AHEAD = "ahead"
    OPENED = "opened"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    LOCKED = "locked"
    REOPENED = "reopened"
    SUPERSEDED = "superseded"


READ_TRANSITIONS: dict[ReadState, tuple[ReadState, ...]] = {
    ReadState.PENDING: (ReadState.AHEAD, ReadState.OPENED),
    ReadState.AHEAD: (ReadState.OPENED,),
    ReadState.OPENED: (ReadState.DRAFT, ReadState.SUBMITTED),
    ReadState.DRAFT: (ReadState.DRAFT, ReadState.SUBMITTED),
    ReadState.SUBMITTED: (ReadState.LOCKED,),
    ReadState.LOCKED: (ReadState.REOPENED,),
    ReadState.REOPENED: (ReadState.SUPERSEDED,),
    ReadState.SUPERSEDED: (),
}
STORED_STATES = (ReadState.OPENED, ReadState.DRAFT, ReadState.SUBMITTED)
"""The others follow from a read's being there, and from what came after it."""


class Kept(StrEnum):
    """Why input is kept beside a read instead of becoming its answers."""

    OPENED_ELSEWHERE = "opened-elsewhere"
    HANDED_IN = "handed-in"
    STUDY_LOCKED = "study-locked"
    PERIOD_CLOSED = "period-closed"
    REPLACED = "replaced"


KEPT_WORDS: dict[Kept, str] = {
    Kept.OPENED_ELSEWHERE: "came from a window or device that no longer had the case",
    Kept.HANDED_IN: "came after the case was handed in",
    Kept.STUDY_LOCKED: "came after the study was locked",
    Kept.PERIOD_CLOSED: "came after the reading period had closed, to a case that was never looked at",
    Kept.REPLACED: "was stored, and the reader put other input in its place",
}


RECALL_WORDS: dict[int, str] = {1: "Surely not", 2: "Probably not", 3: "Probably", 4: "Surely"}
"""How sure a reader is of having seen a case before in the study."""


class Item(StrEnum):
    """What can leave the server about a read."""

    METADATA = "metadata"
    PIXELS = "pixels"
    LEVELS = "levels"
    MODIC_MAP = "modic-map"
    MAP_ON_DEMAND = "asked-map"
    OWN_ANSWERS = "own-answers"
    OTHERS_ANSWERS = "others-answers"
    TRUTH = "truth"
    RESULTS = "results"


SHOWS_THE_CASE = (Item.PIXELS, Item.MODIC_MAP, Item.MAP_ON_DEMAND)
"""Being sent one of these is an exposure, from which a washout counts."""


class Viewer(StrEnum):
    """Who somebody is to a read. A stranger is anyone it does not concern, other readers included."""

    ITS_READER = "its reader"
    STRANGER = "stranger"
    COORDINATOR = "coordinator"
    STATISTICIAN = "statistician"
    ADJUDICATOR = "adjudicator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Phase(StrEnum):
    """Where a read stands: waiting for its period, sent ahead, being read, handed in, taken out, left unseen
    when its period closed, locked; or its case lies before an adjudicator of the locked study; or it is one
    of calibration and lies before its reader beside the expert's answers.

    A preview is no read: the coordinator looks at a case as its reader would get it.
    """

    WAITING = "waiting"
    AHEAD = "sent ahead"
    READING = "reading"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    STUDY_LOCKED = "study locked"
    PREVIEW = "preview"
    ADJUDICATION = "adjudication"
    COMPARING = "comparing"


class CellState(StrEnum):
    """Where one reading of one case by one reader stands, on the coordinator's picture."""

    DONE = "done"
    OPEN = "open"
    WAITING = "waiting"
    LATE = "late"


DRAWN_BY = [("cornerstone", "Cornerstone, WebGL"), ("canvas", "Canvas, processor")]
"""Where images come to rest on a reader's display."""
