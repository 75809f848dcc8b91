"""The localizer on exams of other scanners, through the pipeline's own steps: Dice per body, and names.

A found body counts when it meets a labelled one. Each labelled body is compared with the found body that
shares most with it; a missed one counts 0. Found bodies that meet no label (those above the labels, and an
unlabelled S1) are a figure of their own.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from annotations.vocabulary import Level
from inference.networks.base import Network
from inference.pipeline import MapError, find_bodies
from inference.steps import instances, localize, names
from inference.training.pairs import PAIR_MM, Pair
from inference.training.pictures import regrid
from inference.volume import Volume

VB_SPACING = (4.0, localize.GRID_MM, localize.GRID_MM)
UPWARDS = (Level.S1, Level.L5, Level.L4, Level.L3, Level.L2, Level.L1)


@dataclass(frozen=True)
class ExamDice:
    """One exam: mean Dice over labelled bodies (a missed one counts 0), names, and what else was found.

    dice_shrunk: the same with the prediction shrunk by 1 mm (masks of marrow only against masks with cortex).
    dice_middle: on the middle half of each labelled body's slices. missed: labelled bodies without any match.
    levels, levels_right: labelled bodies of L1 to S1, and those proposed by their right name. stray_cm3:
    volume of found bodies that meet no label.
    """

    exam: str
    group: str
    bodies: int
    dice: float
    dice_shrunk: float
    dice_middle: float
    missed: int
    levels: int
    levels_right: int
    stray_cm3: float


def sequence_agreement(network: Network, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Dice between the bodies found on T1 and on T2 of each pair; needs no labels."""
    figures = []
    for pair in pairs:
        seen = np.isfinite(pair.t2)
        known = regrid(seen.astype(np.float32), (PAIR_MM, PAIR_MM), localize.GRID_MM) > 0.99
        both = np.stack([np.where(seen, picture, 0.0) for picture in (pair.t1, pair.t2)]).astype(np.float32)
        likely = localize.localize(both, (PAIR_MM, PAIR_MM), network)[..., 0]
        one, two = (likely >= instances.LIKELY) & known
        figures.append(2.0 * float((one & two).sum()) / max(float(one.sum() + two.sum()), 1.0))
    return np.array(figures)


def evaluate_localizer(network: Network, folder: Path, most: int | None = None) -> list[ExamDice]:
    """Each exam of a `vb_seg` folder (1 mm slices with numbered bodies), exact duplicates left out.

    most: take no more than the first `most` exams of each group, None for all.
    """
    with (folder / "manifest.csv").open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if not row["duplicate_of"]]
    if most is not None:
        rows = [row for n, row in enumerate(rows) if [_group(r) for r in rows[:n]].count(_group(row)) < most]
    return [_exam(network, folder / f"{row['id']}.npz", row["id"], _group(row)) for row in rows]


def summary(exams: Sequence[ExamDice]) -> dict[str, dict[str, float]]:
    """Means over the exams of each group, and counts."""
    return {
        group: {
            "exams": float(len(own)),
            "dice": float(np.mean([e.dice for e in own])),
            "dice_sd": float(np.std([e.dice for e in own])),
            "dice_shrunk": float(np.mean([e.dice_shrunk for e in own])),
            "dice_middle": float(np.mean([e.dice_middle for e in own])),
            "missed": float(np.sum([e.missed for e in own])),
            "bodies": float(np.sum([e.bodies for e in own])),
            "levels": float(np.sum([e.levels for e in own])),
            "levels_right": float(np.sum([e.levels_right for e in own])),
            "exams_named_right": float(np.sum([e.levels == e.levels_right for e in own])),
            "stray_cm3": float(np.mean([e.stray_cm3 for e in own])),
        }
        for group in sorted({e.group for e in exams})
        for own in [[e for e in exams if e.group == group]]
    }


def match(found: NDArray[np.int16], truth: NDArray[np.uint8]) -> tuple[dict[int, int], NDArray[np.bool_]]:
    """(label -> found body that shares most voxels with it, voxels of found bodies that meet no label).

    A found body is given to no more than one label: the one it covers most.
    """
    shared = np.zeros((int(found.max()) + 1, int(truth.max()) + 1), int)
    np.add.at(shared, (found.ravel(), truth.ravel()), 1)
    shared[0], shared[:, 0] = 0, 0
    stray = np.isin(found, [n for n in range(1, len(shared)) if not shared[n].any()])
    own = np.where(shared == shared.max(axis=1, keepdims=True), shared, 0)
    pairs = {label: int(own[:, label].argmax()) for label in range(1, shared.shape[1])}
    return {label: body for label, body in pairs.items() if own[body, label]}, stray


def bodies_and_names(
    images: NDArray[np.float32], network: Network
) -> tuple[NDArray[np.int16], dict[int, Level]]:
    """Bodies [slices, rows, columns] of upright slices at 1 mm, 4 mm apart, and the names proposed."""
    positions = np.outer(np.arange(len(images)) * VB_SPACING[0], [-1.0, 0.0, 0.0])
    across, down = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -1.0])
    volume = Volume(images.astype(np.float32), positions, across, down, VB_SPACING[1:])
    try:
        bodies = find_bodies(volume, network)
    except MapError:
        return np.zeros(images.shape, np.int16), {}
    centres = instances.centres_mm(bodies.numbers, VB_SPACING)
    proposals = names.propose(bodies.s1_shares, centres, bodies.left_out)
    return bodies.numbers, {p.body: p.level for p in proposals if p.level is not None}


def expected_levels(truth: NDArray[np.uint8], lowest: Level) -> dict[int, Level]:
    """Label -> level of the labelled bodies from `lowest` to L1, by their place along the spine."""
    numbers = [int(n) for n in np.unique(truth) if n]
    rows = {n: float(np.argwhere(truth == n)[:, 1].mean()) for n in numbers}
    order = sorted(numbers, key=lambda n: -rows[n])
    return dict(zip(order, UPWARDS[UPWARDS.index(lowest) :], strict=False))


def _exam(network: Network, path: Path, exam: str, group: str) -> ExamDice:
    with np.load(path) as stored:
        images, truth = stored["image"], stored["mask"]
    found, levels = bodies_and_names(images, network)
    pairs, stray = match(found, truth)
    inner = np.stack([ndimage.binary_erosion(plane > 0) for plane in found])
    numbers = [int(n) for n in np.unique(truth) if n]
    both = [(found == pairs[n] if n in pairs else np.zeros(found.shape, bool), truth == n) for n in numbers]
    middles = [_middle(own) for _, own in both]
    expected = expected_levels(truth, Level.S1 if group.startswith("VB1") else Level.L5)
    return ExamDice(
        exam,
        group,
        len(numbers),
        float(np.mean([_dice(one, two) for one, two in both])),
        float(np.mean([_dice(one & inner, two) for one, two in both])),
        float(np.mean([_dice(one[m], two[m]) for (one, two), m in zip(both, middles, strict=True)])),
        len(numbers) - len(pairs),
        len(expected),
        sum(n in pairs and levels.get(pairs[n]) == level for n, level in expected.items()),
        float(stray.sum()) * float(np.prod(VB_SPACING)) / 1000.0,
    )


def _middle(mask: NDArray[np.bool_]) -> slice:
    held = np.flatnonzero(mask.any(axis=(1, 2)))
    quarter = (held[-1] - held[0] + 1) // 4
    return slice(int(held[0]) + quarter, int(held[-1]) + 1 - quarter)


def _dice(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    return 2.0 * float((one & two).sum()) / float(one.sum() + two.sum())


def _group(row: dict[str, str]) -> str:
    source = row["id"].split("_")[0]
    if source == "VB1":
        return "VB1 T1" if row["sequence"].startswith("T1") else "VB1 T2/TIRM"
    return f"{source} {'T2' if source == 'VB2' else 'gradient echo'}"
