"""The words of the field: levels, halves of a vertebral body, Modic types, and the sites they form.

Source: Gao et al., JOR Spine 2022, section 2.5 (unit of analysis: exam x vertebra x half).
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(StrEnum):
    """A lumbar vertebra or the first sacral segment, head to foot."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"
    S1 = "S1"


class Half(StrEnum):
    """The cranial (upper) or caudal (lower) half of a vertebral body."""

    UPPER = "upper"
    LOWER = "lower"

    @property
    def spoken(self) -> str:
        """The word a person reads; the value is what files and tables hold."""
        return "superior" if self is Half.UPPER else "inferior"


class ModicType(IntEnum):
    """Modic type of a vertebral marrow change; 0 is its absence."""

    NONE = 0
    TYPE_1 = 1
    TYPE_2 = 2
    TYPE_3 = 3


MODIC_LABELS: dict[ModicType, str] = {
    ModicType.NONE: "No Modic change",
    ModicType.TYPE_1: "Modic type 1",
    ModicType.TYPE_2: "Modic type 2",
    ModicType.TYPE_3: "Modic type 3",
}


@dataclass(frozen=True, order=True)
class Site:
    """One half of one vertebral body: the unit that is graded."""

    level: Level
    half: Half

    def __str__(self) -> str:
        return f"{self.level} {self.half.spoken}"


SITES_12: tuple[Site, ...] = tuple(Site(level, half) for level in Level for half in Half)
"""All halves of L1 to S1, head to foot (the paper's 12 per exam)."""

SITES_11: tuple[Site, ...] = SITES_12[:-1]
"""Without the lower half of S1, which is no endplate."""
