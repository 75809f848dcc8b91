"""One annotated exam through the whole pipeline, and what a person marked beside what came out.

Both are split into halves by the pipeline's own rule; a found body stands for the marked one that it covers
most, whatever its name, so that a wrong name costs a name and not a finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotations.vocabulary import Half, Level, ModicType
from inference.networks.base import Network
from inference.pipeline import ExamMap, MapSettings, map_exam
from inference.steps import align, endplates, halves, instances
from inference.steps.normalise import marrow, standardize
from inference.steps.orient import upright
from inference.training.annotated import FROM_S1
from inference.training.evaluate import match
from inference.training.exams import AnnotatedExam
from inference.volume import Volume

LEVEL_FROM_S1 = dict(enumerate(reversed(Level), 1))
"""Number counted from S1 = 1 -> level."""
MOST_VOXELS = 400
"""So many annotated voxels of one type in one exam are drawn in the scatter."""


@dataclass(frozen=True)
class BodyPair:
    """A marked body and what was found of it. dice: 0 where it was missed. named: by its right name."""

    level: Level | None
    dice: float
    marked_cm3: float
    found_cm3: float
    named: bool | None


@dataclass(frozen=True)
class HalfPair:
    """A half as marked and as found: any-voxel types, suggestion (predominant from 5 mm), probability."""

    level: Level
    half: Half
    marked: tuple[ModicType, ...]
    found: tuple[ModicType, ...]
    marked_suggestion: ModicType
    found_suggestion: ModicType
    probability: float


@dataclass(frozen=True)
class Panel:
    """The slice with most marked change, cut to the spine: float32 0..1, and types uint8, [rows, columns]."""

    t1: NDArray[np.float32]
    t2: NDArray[np.float32]
    marked: NDArray[np.uint8]
    found: NDArray[np.uint8]
    aspect: float


@dataclass(frozen=True)
class Compared:
    """One exam. overlap, marked, found: voxels of change in both, marked and found. z: type -> (T1, T2)."""

    exam: str
    patient: str
    headers: Mapping[str, Mapping[str, Any]]
    bodies: tuple[BodyPair, ...]
    halves: tuple[HalfPair, ...]
    overlap: int
    marked: int
    found: int
    z: Mapping[int, NDArray[np.float32]]
    panel: Panel


def compare(exam: AnnotatedExam, localizer: Network, detector: Network, settings: MapSettings) -> Compared:
    """Map the exam and hold it against its marks. Raises ValueError without T2 or changes, MapError."""
    if exam.t2 is None or exam.modic is None:
        raise ValueError(f"{exam.name} lacks t2 or modic: it cannot be judged")
    t1, turn = upright(exam.t1)
    numbers, modic = turn.apply(FROM_S1[exam.numbers]).astype(np.int16), turn.apply(exam.modic)
    modic = np.where(numbers > 0, modic, 0).astype(np.uint8)
    result = map_exam(t1, exam.t2, localizer=localizer, detector=detector, settings=settings)
    pairs, _ = match(result.bodies, numbers.astype(np.uint8))
    known = np.isfinite(result.t2)
    return Compared(
        exam=exam.name,
        patient=exam.person,
        headers=exam.headers,
        bodies=_bodies(numbers, result, pairs, t1),
        halves=_halves(numbers, modic, result, pairs, t1, settings),
        overlap=int(((modic > 0) & (result.modic > 0)).sum()),
        marked=int(((modic > 0) & known).sum()),
        found=int((result.modic > 0).sum()),
        z=_marked_z(t1, exam.t2, numbers, modic, settings),
        panel=_panel(t1, result, numbers, modic),
    )


def _bodies(
    numbers: NDArray[np.int16], result: ExamMap, pairs: Mapping[int, int], t1: Volume
) -> tuple[BodyPair, ...]:
    rows = []
    for number in (int(n) for n in np.unique(numbers) if n):
        own, level = numbers == number, LEVEL_FROM_S1.get(number)
        met = result.bodies == pairs[number] if number in pairs else np.zeros(own.shape, bool)
        dice = 2.0 * float((own & met).sum()) / float(own.sum() + met.sum())
        named = None if level is None else result.names.get(pairs.get(number, 0)) == level
        marked, found = (float(mask.sum()) * t1.voxel_volume_mm3 / 1000.0 for mask in (own, met))
        rows.append(BodyPair(level, dice, marked, found, named))
    return tuple(rows)


def _halves(
    numbers: NDArray[np.int16],
    modic: NDArray[np.uint8],
    result: ExamMap,
    pairs: Mapping[int, int],
    t1: Volume,
    settings: MapSettings,
) -> tuple[HalfPair, ...]:
    """Halves of L1 to S1 that T2 shows; one of a missed body counts as found without change."""
    spacing = (t1.slice_spacing_mm, *t1.pixel_spacing_mm)
    split, _ = halves.split(numbers, instances.centres_mm(numbers, spacing), t1.pixel_spacing_mm)
    split[~np.isfinite(result.t2)] = 0
    chance = np.zeros(modic.shape, np.float32)
    marked = endplates.find(modic, chance, numbers, split, spacing, settings.rules)
    found = {(one.body, one.half): one for one in result.findings}
    rows = []
    for own in marked:
        level, met = LEVEL_FROM_S1.get(own.body), found.get((pairs.get(own.body, 0), own.half))
        if level is None or (met is None and own.body in pairs):
            continue
        rows.append(
            HalfPair(
                level,
                own.half,
                own.types,
                met.types if met else (),
                own.suggestion,
                met.suggestion if met else ModicType.NONE,
                met.probability if met else 0.0,
            )
        )
    return tuple(rows)


def _marked_z(
    t1: Volume, t2: Volume, numbers: NDArray[np.int16], modic: NDArray[np.uint8], settings: MapSettings
) -> dict[int, NDArray[np.float32]]:
    laid = align.align(t1, t2).t2
    inside = marrow(numbers > 0, t1.pixel_spacing_mm, settings.shrink_mm) & np.isfinite(laid)
    spacing = (t1.slice_spacing_mm, *t1.pixel_spacing_mm)
    both = [standardize(x, inside, spacing, flatten=settings.flatten).z for x in (t1.array, laid)]
    z = np.stack(both, axis=-1)
    found = {kind: z[inside & (modic == kind)] for kind in (1, 2, 3)}
    return {kind: values[:: max(1, len(values) // MOST_VOXELS)] for kind, values in found.items()}


def _panel(t1: Volume, result: ExamMap, numbers: NDArray[np.int16], modic: NDArray[np.uint8]) -> Panel:
    changed = (modic > 0).sum(axis=(1, 2)) + (result.modic > 0).sum(axis=(1, 2))
    index = int(changed.argmax()) if changed.any() else len(numbers) // 2
    rows, columns = np.nonzero((numbers > 0).any(axis=0))
    edge = [round(15.0 / mm) for mm in t1.pixel_spacing_mm]
    cut = np.s_[
        max(0, rows.min() - edge[0]) : rows.max() + edge[0],
        max(0, columns.min() - edge[1]) : columns.max() + edge[1],
    ]
    grey = [_grey(np.nan_to_num(stack[index])[cut]) for stack in (t1.array, result.t2)]
    ratio = t1.pixel_spacing_mm[0] / t1.pixel_spacing_mm[1]
    return Panel(grey[0], grey[1], modic[index][cut], result.modic[index][cut], ratio)


def _grey(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = np.percentile(picture, [1.0, 99.0])
    return np.asarray(np.clip((picture - low) / max(float(high - low), 1e-6), 0.0, 1.0), np.float32)
