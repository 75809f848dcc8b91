"""The labelling rules of the paper as named settings.

Source: Gao et al., JOR Spine 2022, section 2.2 (lesions under 5 mm left out; a mixed lesion takes its
predominant type); the secondary type's share is this product's and frozen with the protocol.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from annotations.vocabulary import ModicType


@dataclass(frozen=True)
class LabellingRules:
    """Thresholds of a protocol.

    min_diameter_mm: a lesion's largest in-plane diameter counts from here on.
    secondary_fraction: share of the changed volume from which a second type is named, 0..1.
    """

    min_diameter_mm: float = 5.0
    secondary_fraction: float = 0.20

    def __post_init__(self) -> None:
        if not self.min_diameter_mm >= 0:
            raise ValueError("min_diameter_mm must be 0 or more.")
        if not 0 <= self.secondary_fraction <= 1:
            raise ValueError("secondary_fraction must lie between 0 and 1.")

    def counts(self, diameter_mm: float) -> bool:
        """Whether a lesion of this largest in-plane diameter (mm) is labelled at all."""
        return diameter_mm >= self.min_diameter_mm


def predominant_type(volume_mm3: Mapping[ModicType, float]) -> ModicType:
    """The type with the largest volume; a tie goes to the lower type number; NONE where all are empty."""
    present = [(volume, -int(kind)) for kind, volume in volume_mm3.items() if volume > 0 and kind]
    return ModicType(-max(present)[1]) if present else ModicType.NONE


def secondary_type(
    volume_mm3: Mapping[ModicType, float], rules: LabellingRules | None = None
) -> ModicType | None:
    """The second type by volume where its share of all changed volume reaches the threshold, else None."""
    rules = rules or LabellingRules()
    rest = dict(volume_mm3)
    first = rest.pop(predominant_type(volume_mm3), None)
    second = predominant_type(rest)
    if first is None or second is ModicType.NONE:
        return None
    total = sum(volume for kind, volume in volume_mm3.items() if kind)
    return second if rest[second] / total >= rules.secondary_fraction else None
