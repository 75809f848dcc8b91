"""The states of one read, and what may be asked to be seen."""

from enum import StrEnum


class ReadState(StrEnum):
    OPENED = "opened"
    DRAFT = "draft"
    SUBMITTED = "submitted"


READ_TRANSITIONS: dict[ReadState, tuple[ReadState, ...]] = {
    ReadState.OPENED: (ReadState.DRAFT, ReadState.SUBMITTED),
    ReadState.DRAFT: (ReadState.DRAFT, ReadState.SUBMITTED),
    ReadState.SUBMITTED: (),
}


class Item(StrEnum):
    """What can leave the server about a read."""

    METADATA = "metadata"
    PIXELS = "pixels"
    LEVELS = "levels"
    MODIC_MAP = "modic-map"
    OWN_ANSWERS = "own-answers"
    OTHERS_ANSWERS = "others-answers"
    TRUTH = "truth"
    RESULTS = "results"
