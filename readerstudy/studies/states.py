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


class WithdrawalReason(StrEnum):
    """Why a case leaves an open study."""

    WRONG_PATIENT = "wrong patient"
    IMAGES = "images of no use"
    EXCLUDED = "meets an exclusion criterion"
    DUPLICATE = "the same patient as another case"
    CONSENT = "consent withdrawn"
    OTHER = "other"


class Stratify(StrEnum):
    """What a case's stratum is taken from."""

    LABEL = "label"
    SEX = "sex"
    AGE = "age"
