"""Step 7: what the map says of each half of each body (Gao et al. 2022, section 2.3).

The any-voxel labels are the paper's. Suggestion, secondary type, volumes, diameter and probability are this
product's: a reader is offered the predominant type of regions that are large enough to count.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist

from annotations.labels import EndplateLabel
from annotations.rules import LabellingRules, predominant_type, secondary_type
from annotations.vocabulary import Half, Level, ModicType
from inference.volume import NEIGHBOURS_MM

SCORE_MM2 = 20.0
"""A slice of a half is as suspicious as the mean over its most suspicious 20 mm² (a 5 mm lesion).

The half's score is the mean of its two most suspicious neighbouring slices (of its only one): a lesion
is wider than a slice, and the more slices there are, the likelier one of them shows something by chance. Of
slices too far apart to show one lesion (`NEIGHBOURS_MM`) each stands for itself.
"""

UNSEEN_SHARE = 0.3
"""What the detector's log odds count for where it sees no change and bands are known.

It was calibrated on drawn lesions. Real changes that it misses are less like them: there a low score says
less against a change (docs/adr/0015).
"""

_CONNECTED = np.zeros((3, 3, 3), bool)
_CONNECTED[1] = True
_CONNECTED[:, 1, 1] = True
_HALVES = ((Half.UPPER, 1), (Half.LOWER, 2))


@dataclass(frozen=True)
class Calibration:
    """Score to probability: the logistic function of slope * logit(score) + intercept (Platt 1999).

    The default gives the score itself. Raises ValueError unless probability rises with the score.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not self.slope > 0.0:
            raise ValueError(f"the probability of a change must rise with the score: a slope of {self.slope}")

    def __call__(self, score: float) -> float:
        """Probability, in 0..1, of a score in 0..1; scores within 1e-4 of either end count as that."""
        return _logistic(self.slope * _logit(score) + self.intercept)

    def weighed(self, score: float, evidence: float, threshold: float) -> float:
        """The score once `evidence` (log odds) is weighed in, below `threshold` as before.

        Below it the score's log odds count for `UNSEEN_SHARE` of their distance from the threshold's; the
        evidence is added, and odds o come no nearer to the threshold's, l, than o * l / (o + l).
        A score from `threshold` on stays: there the detector has seen a change.
        """
        if score >= threshold:
            return score
        limit = _logit(threshold)
        above = UNSEEN_SHARE * self.slope * (_logit(score) - limit) + evidence
        return _logistic(limit - math.log1p(math.exp(-above)) / self.slope)


@dataclass(frozen=True)
class HalfFinding:
    """An `EndplateLabel` by body number: it gets its level's name from whoever confirms names."""

    body: int
    half: Half
    types: tuple[ModicType, ...]
    suggestion: ModicType
    secondary: ModicType | None
    volume_mm3: dict[ModicType, float]
    fraction: float
    largest_diameter_mm: float
    probability: float

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values: an `EndplateLabel`'s, with the body's number in the level's place."""
        label = self.named(Level.L1).to_json()
        del label["level"]
        return {"body": self.body, **label}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "HalfFinding":
        """The inverse of `to_json`. Raises KeyError or ValueError on anything else."""
        label = EndplateLabel.from_json({"level": Level.L1.value, **data})
        values = {f.name: getattr(label, f.name) for f in fields(label) if f.name != "level"}
        return cls(body=int(data["body"]), **values)

    def named(self, level: Level) -> EndplateLabel:
        """The same finding under a level's name."""
        return EndplateLabel(
            level,
            self.half,
            self.types,
            self.suggestion,
            self.secondary,
            self.volume_mm3,
            self.fraction,
            self.largest_diameter_mm,
            self.probability,
        )


def find(
    modic: NDArray[np.uint8],
    probability: NDArray[np.float32],
    numbers: NDArray[np.int16],
    halves: NDArray[np.uint8],
    spacing_mm: tuple[float, float, float],
    rules: LabellingRules | None = None,
    calibration: Calibration | None = None,
    *,
    evidence: Mapping[tuple[int, Half], float] | None = None,
    threshold: float = 1.0,
) -> tuple[HalfFinding, ...]:
    """Findings of every half in the picture, bodies from the lowest upwards, upper half first.

    All arrays [slices, rows, columns]; halves: 1 upper, 2 lower; spacing (slice, row, column) in mm.
    evidence: what bands say of a (body, half), in log odds; it counts where the score is below `threshold`,
    and where something is mapped it lowers nothing.
    """
    rules, calibration = rules or LabellingRules(), calibration or Calibration()
    evidence = evidence or {}
    findings = []
    boxes = ndimage.find_objects(numbers.astype(np.int32))
    for body, box in enumerate(boxes, 1):
        if box is None:
            continue
        for half, code in _HALVES:
            own = (numbers[box] == body) & (halves[box] == code)
            if own.any():
                score = _score(probability[box], own, spacing_mm)
                if (body, half) in evidence:
                    weighed = calibration.weighed(score, evidence[body, half], threshold)
                    score = max(score, weighed) if modic[box][own].any() else weighed
                chance = calibration(score)
                findings.append(_describe(body, half, own, modic[box], chance, spacing_mm, rules))
    return tuple(findings)


def relabel(findings: tuple[HalfFinding, ...], names: Mapping[int, Level]) -> tuple[EndplateLabel, ...]:
    """Labels under confirmed names (body number to level), head to foot; unnamed bodies are left out."""
    labels = [finding.named(names[finding.body]) for finding in findings if finding.body in names]
    levels, parts = list(Level), list(Half)
    return tuple(sorted(labels, key=lambda label: (levels.index(label.level), parts.index(label.half))))


def _describe(
    body: int,
    half: Half,
    own: NDArray[np.bool_],
    modic: NDArray[np.uint8],
    chance: float,
    spacing: tuple[float, float, float],
    rules: LabellingRules,
) -> HalfFinding:
    voxel = float(np.prod(spacing))
    changed = np.where(own, modic, 0)
    counts = np.bincount(changed.ravel(), minlength=4)[1:4]
    kinds = (ModicType.TYPE_1, ModicType.TYPE_2, ModicType.TYPE_3)
    regions, count = ndimage.label(changed > 0, _CONNECTED)
    diameters = [largest_diameter_mm(regions == region, spacing[1:]) for region in range(1, count + 1)]
    large = [region for region, mm in enumerate(diameters, 1) if rules.counts(mm)]
    counted = np.bincount(changed[np.isin(regions, large)], minlength=4)[1:4] if large else np.zeros(3, int)
    volumes = {kind: float(n) * voxel for kind, n in zip(kinds, counted, strict=True)}
    return HalfFinding(
        body=body,
        half=half,
        types=tuple(kind for kind, n in zip(kinds, counts, strict=True) if n),
        suggestion=predominant_type(volumes),
        secondary=secondary_type(volumes, rules),
        volume_mm3={kind: round(float(n) * voxel, 3) for kind, n in zip(kinds, counts, strict=True)},
        fraction=round(float(counts.sum() / own.sum()), 6),
        largest_diameter_mm=round(max(diameters, default=0.0), 3),
        probability=round(chance, 6),
    )


def largest_diameter_mm(region: NDArray[np.bool_], spacing_mm: tuple[float, float]) -> float:
    """Largest distance in mm between two pixels' outer sides within one slice of a region; 0.0 if empty."""
    largest = 0.0
    for section in region:
        points = np.argwhere(section) * spacing_mm
        if not len(points):
            continue
        if len(points) > 3:
            try:
                points = points[ConvexHull(points).vertices]
            except QhullError:
                points = points[[0, -1]]
        apart = float(pdist(points).max()) if len(points) > 1 else 0.0
        largest = max(largest, apart + float(np.mean(spacing_mm)))
    return largest


def _logit(score: float) -> float:
    held = min(max(score, 1e-4), 1.0 - 1e-4)
    return math.log(held / (1.0 - held))


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(min(-logit, 700.0)))


def _score(
    probability: NDArray[np.float32], own: NDArray[np.bool_], spacing: tuple[float, float, float]
) -> float:
    most = max(1, round(SCORE_MM2 / (spacing[1] * spacing[2])))
    planes = [np.sort(p[inside])[-most:] for p, inside in zip(probability, own, strict=True) if inside.any()]
    slices = [float(values.sum()) / most for values in planes]
    pairs = [(one + two) / 2 for one, two in pairwise(slices)] if spacing[0] <= NEIGHBOURS_MM else []
    return min(max(pairs or slices), 1.0)
