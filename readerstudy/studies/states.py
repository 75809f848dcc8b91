"""The states of a study and the arms a case can be read in."""

from enum import StrEnum


class StudyState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    LOCKED = "locked"


STUDY_TRANSITIONS: dict[StudyState, tuple[StudyState, ...]] = {
    StudyState.DRAFT: (StudyState.OPEN,),
    StudyState.OPEN: (StudyState.LOCKED,),
    StudyState.LOCKED: (),
}


class Arm(StrEnum):
    """Unaided, or with the Modic map beside the images from the start (concurrent AI)."""

    UNAIDED = "unaided"
    ASSISTED = "assisted"
