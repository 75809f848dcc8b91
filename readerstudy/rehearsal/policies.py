"""What can be rehearsed: the practice cases, and which arms of a study have a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readerstudy.studies.states import Arm, StudyState


@dataclass(frozen=True)
class PracticeCase:
    """A phantom that any reader may practise on. seed: what it is drawn from; no study uses these seeds."""

    number: int
    seed: int
    arm: Arm
    words: str


PRACTICE = (
    PracticeCase(1, 900_016, Arm.UNAIDED, "Practice: unaided"),
    PracticeCase(2, 900_029, Arm.ASSISTED, "Practice: with a map"),
    PracticeCase(3, 900_036, Arm.ON_DEMAND, "Practice: map on demand"),
)


def practice_case(number: int) -> PracticeCase | None:
    """The practice case of this number; None beyond the last."""
    return next((case for case in PRACTICE if case.number == number), None)


def may_preview(state: StudyState) -> bool:
    """Whether a study's reading room can be previewed: until it is locked, while its results are sealed."""
    return state is not StudyState.LOCKED


@dataclass(frozen=True)
class PreviewArm:
    """An arm as a reader meets it: its name in the protocol, what decides what is seen, and the part."""

    name: str
    kind: Arm
    part: int = 1
    follows: bool = False


def preview_arms(arms: Sequence[Mapping[str, Any]]) -> list[PreviewArm]:
    """The arms of a protocol that have a preview.

    A second read is one, in two parts. A sham has none: a reader can't tell it from the map, and which map is
    a sham is told by the locked export alone.
    """
    return [PreviewArm(arm["name"], Arm(arm["kind"])) for arm in arms if arm["kind"] != Arm.SHAM]


def preview_arm(arms: Sequence[Mapping[str, Any]], name: str, part: int) -> PreviewArm | None:
    """The arm of this name at this part; None where there is none. Part 1 of a second read is unaided."""
    arm = next((one for one in preview_arms(arms) if one.name == name), None)
    if arm is None or part not in (1, 2):
        return None
    if arm.kind is not Arm.SECOND_READ:
        return arm if part == 1 else None
    return PreviewArm(name, Arm.UNAIDED, 1, follows=True) if part == 1 else PreviewArm(name, arm.kind, 2)
