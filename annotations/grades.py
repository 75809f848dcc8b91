"""What a person says of one half of a vertebral body: a grade, or why there is none.

Source: Gao et al., JOR Spine 2022, section 2.6 (grades 0 to 3 per half); the reasons are this product's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from annotations.vocabulary import Half, Level, ModicType, Site


class GradeError(ValueError):
    """An answer that says nothing, or two things at once; the message says what to do."""


class NotGradable(StrEnum):
    """Why a half could not be graded."""

    ARTEFACT = "artefact"
    OUTSIDE_FIELD = "outside_field"
    FRACTURE = "fracture"
    HARDWARE = "hardware"
    FOCAL_MARROW_LESION = "focal_marrow_lesion"
    LEVEL_UNCERTAIN = "level_uncertain"
    OTHER = "other"


NOT_GRADABLE_LABELS: dict[NotGradable, str] = {
    NotGradable.ARTEFACT: "Artefact",
    NotGradable.OUTSIDE_FIELD: "Outside the field of view",
    NotGradable.FRACTURE: "Fracture",
    NotGradable.HARDWARE: "Hardware",
    NotGradable.FOCAL_MARROW_LESION: "Haemangioma or other focal marrow lesion",
    NotGradable.LEVEL_UNCERTAIN: "Level uncertain",
    NotGradable.OTHER: "Other",
}


CONFIDENCE: dict[int, str] = {1: "Unsure", 2: "Fairly sure", 3: "Sure"}
"""How sure a reader is of a grade."""


@dataclass(frozen=True)
class Grade:
    """One answer about one site, all slices together.

    grade: the Modic type seen, 0 to 3; None exactly where `not_gradable` names a reason.
    in_bulk: set by the key that grades all remaining sites as none, not looked at one by one.
    secondary: in a mixed lesion the type that is not predominant. confidence: 1 to 3, where it was given.
    Raises GradeError when both or neither of grade and reason are given, when a reason is in bulk, and when
    secondary type or confidence don't go with the grade.
    """

    site: Site
    grade: ModicType | None = None
    not_gradable: NotGradable | None = None
    in_bulk: bool = False
    secondary: ModicType | None = None
    confidence: int | None = None

    def __post_init__(self) -> None:
        if (self.grade is None) == (self.not_gradable is None):
            raise GradeError(f"{self.site}: give either a grade, 0 to 3, or a reason why there is none.")
        if self.in_bulk and self.grade is not ModicType.NONE:
            raise GradeError(f"{self.site}: only 'no Modic change' can be set in bulk.")
        if self.secondary is not None and ModicType.NONE in (self.secondary, self.grade or ModicType.NONE):
            raise GradeError(f"{self.site}: a secondary type goes with a predominant one, both 1 to 3.")
        if self.secondary is not None and self.secondary == self.grade:
            raise GradeError(f"{self.site}: the secondary type is another than the predominant one.")
        if self.confidence is not None and (self.grade is None or self.confidence not in CONFIDENCE):
            raise GradeError(f"{self.site}: confidence in a grade is 1, 2 or 3.")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values: level, half, grade, not_gradable, in_bulk, secondary, confidence."""
        return {
            "level": self.site.level.value,
            "half": self.site.half.value,
            "grade": None if self.grade is None else int(self.grade),
            "not_gradable": None if self.not_gradable is None else self.not_gradable.value,
            "in_bulk": self.in_bulk,
            "secondary": None if self.secondary is None else int(self.secondary),
            "confidence": self.confidence,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Grade":
        """The inverse of `to_json`. Raises GradeError on anything else, a boolean or float grade included."""
        try:
            site = Site(Level(data["level"]), Half(data["half"]))
        except (KeyError, TypeError, ValueError) as error:
            raise GradeError("An answer names a level, L1 to S1, and a half, upper or lower.") from error
        value, reason, in_bulk = data.get("grade"), data.get("not_gradable"), data.get("in_bulk", False)
        secondary, confidence = data.get("secondary"), data.get("confidence")
        for kind in (value, secondary):
            if kind is not None and (type(kind) is not int or kind not in tuple(ModicType)):
                raise GradeError(f"{site}: a grade is a whole number from 0 to 3.")
        if confidence is not None and type(confidence) is not int:
            raise GradeError(f"{site}: confidence is a whole number.")
        if reason is not None and reason not in tuple(NotGradable):
            raise GradeError(f"{site}: unknown reason; use one of {', '.join(NotGradable)}.")
        if not isinstance(in_bulk, bool):
            raise GradeError(f"{site}: in_bulk is true or false.")
        return cls(
            site=site,
            grade=None if value is None else ModicType(value),
            not_gradable=None if reason is None else NotGradable(reason),
            in_bulk=in_bulk,
            secondary=None if secondary is None else ModicType(secondary),
            confidence=confidence,
        )


def gaps(sites: Iterable[Site], answers: Iterable[Grade]) -> tuple[Site, ...]:
    """Sites without an answer, in the order of `sites`: ungraded is not 0."""
    answered = {answer.site for answer in answers}
    return tuple(site for site in sites if site not in answered)


def check_sites(sites: Iterable[Site], answers: Iterable[Grade]) -> None:
    """Raise GradeError when a site is answered twice or is not among those asked."""
    asked, seen = set(sites), set()
    for answer in answers:
        if answer.site not in asked:
            raise GradeError(f"{answer.site} is not among the sites of this question set.")
        if answer.site in seen:
            raise GradeError(f"{answer.site} is answered twice.")
        seen.add(answer.site)
