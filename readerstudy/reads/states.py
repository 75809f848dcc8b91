"""The states of one read, what of it can leave the server, to whom, and when."""

from enum import StrEnum


class ReadState(StrEnum):
    AHEAD = "ahead"
    OPENED = "opened"
    DRAFT = "draft"
    SUBMITTED = "submitted"


READ_TRANSITIONS: dict[ReadState, tuple[ReadState, ...]] = {
    ReadState.OPENED: (ReadState.DRAFT, ReadState.SUBMITTED),
    ReadState.AHEAD: (ReadState.OPENED,),
    ReadState.DRAFT: (ReadState.DRAFT, ReadState.SUBMITTED),
    ReadState.SUBMITTED: (),
}


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
    """Where a read stands: before its period opens, sent ahead, being read, handed in, in a locked study."""

    WAITING = "waiting"
    AHEAD = "sent ahead"
    READING = "reading"
    SUBMITTED = "submitted"
    STUDY_LOCKED = "study locked"
