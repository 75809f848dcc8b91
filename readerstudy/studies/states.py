"""The states of a study, the arms a case can be read in, and how a washout is counted."""

from collections.abc import Iterable
from enum import StrEnum


class StudyState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    LOCKED = "locked"


STUDY_TRANSITIONS: dict[StudyState, tuple[StudyState, ...]] = {
    StudyState.DRAFT: (StudyState.OPEN,),
    StudyState.OPEN: (StudyState.LOCKED,),
    StudyState.LOCKED: (StudyState.OPEN,),
}


class Arm(StrEnum):
    """Unaided; with the Modic map beside the images from the start (concurrent AI); with the map only after
    an unaided answer has been locked; with the map whenever the reader asks for it; with a sham map, which
    its reader can't tell from a map."""

    UNAIDED = "unaided"
    ASSISTED = "assisted"
    SECOND_READ = "second-read"
    ON_DEMAND = "on-demand"
    SHAM = "sham"


ARM_WORDS: dict[Arm, str] = {
    Arm.UNAIDED: "unaided",
    Arm.ASSISTED: "with the Modic map",
    Arm.SECOND_READ: "unaided, then at once with the Modic map",
    Arm.ON_DEMAND: "with the Modic map on demand",
    Arm.SHAM: "with the Modic map",
}
"""An arm as it is told to people while a study is open: a sham is not told apart."""


def told_to_reader(arm: Arm) -> Arm:
    """The arm that a reader is told to be in."""
    return Arm.ASSISTED if arm is Arm.SHAM else arm


def arms_in_words(arms: Iterable[Arm]) -> str:
    """How the cases of a period are read: "unaided", or "unaided or with the Modic map, by case"."""
    held = set(arms)
    if Arm.SECOND_READ in held:
        held -= {Arm.UNAIDED}
    words = list(dict.fromkeys(ARM_WORDS[arm] for arm in Arm if arm in held))
    return words[0] if len(words) == 1 else f"{' or '.join(words)}, by case"


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
