"""What a model says of one half of a vertebral body.

Source: Gao et al., JOR Spine 2022, section 2.5; volumes, diameters and suggestion are this product's.
"""

from dataclasses import dataclass
from typing import Any

from annotations.vocabulary import Half, Level, ModicType


@dataclass(frozen=True)
class EndplateLabel:
    """Modic findings of one half.

    types: every type with at least one voxel in the half (the paper's any-voxel labels).
    suggestion: predominant type of connected regions of at least the diameter threshold; 0 if none.
    secondary: second type from the volume-fraction threshold on, else None.
    volume_mm3: volume of each type in mm^3. fraction: share of the half's volume that is changed, 0..1.
    largest_diameter_mm: largest in-plane diameter of a connected region, 0.0 if none.
    probability: P(any Modic change in this half), 0..1.
    """

    level: Level
    half: Half
    types: tuple[ModicType, ...]
    suggestion: ModicType
    secondary: ModicType | None
    volume_mm3: dict[ModicType, float]
    fraction: float
    largest_diameter_mm: float
    probability: float

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; volumes keyed "1", "2", "3"."""
        return {
            "level": self.level.value,
            "half": self.half.value,
            "types": [int(t) for t in self.types],
            "suggestion": int(self.suggestion),
            "secondary": None if self.secondary is None else int(self.secondary),
            "volume_mm3": {str(int(t)): v for t, v in sorted(self.volume_mm3.items())},
            "fraction": self.fraction,
            "largest_diameter_mm": self.largest_diameter_mm,
            "probability": self.probability,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "EndplateLabel":
        """The inverse of `to_json`. Raises KeyError or ValueError on anything else."""
        return cls(
            level=Level(data["level"]),
            half=Half(data["half"]),
            types=tuple(ModicType(t) for t in data["types"]),
            suggestion=ModicType(data["suggestion"]),
            secondary=None if data["secondary"] is None else ModicType(data["secondary"]),
            volume_mm3={ModicType(int(t)): float(v) for t, v in data["volume_mm3"].items()},
            fraction=float(data["fraction"]),
            largest_diameter_mm=float(data["largest_diameter_mm"]),
            probability=float(data["probability"]),
        )
