"""The states of a study, the arms a case can be read in, and how a washout is counted."""

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


class WashoutMode(StrEnum):
    """Counted from the last exposure to the same patient, or to anything of the earlier periods."""

    PER_CASE = "per-case"
    PER_SESSION = "per-session"
