"""The networks on data they were not trained on: figures for the model cards."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.instances import LIKELY, chained
from inference.steps.localize import GRID_MM
from inference.training.localize import predict_slice
from inference.training.pairs import PAIR_MM, Pair
from inference.training.pictures import regrid
from inference.training.vnet import VNet

VB_SLICE_MM = 4.0


@dataclass(frozen=True)
class ExamDice:
    """One exam's bodies: mean Dice over labelled bodies (a missed one counts 0), and what else was found.

    dice_shrunk: the same with the prediction shrunk by 1 mm (masks of marrow only against masks with cortex).
    missed: labelled bodies without any match. stray_cm3: volume of predicted bodies that meet no label.
    """

    exam: str
    group: str
    bodies: int
    dice: float
    dice_shrunk: float
    missed: int
    stray_cm3: float


def sequence_agreement(network: VNet, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Dice between the bodies found on T1 and on T2 of each pair; needs no labels."""
    figures = []
    for pair in pairs:
        seen = np.isfinite(pair.t2)
        known = regrid(seen.astype(np.float32), (PAIR_MM, PAIR_MM), 1.0) > 0.99
        filled = (np.where(seen, picture, 0.0).astype(np.float32) for picture in (pair.t1, pair.t2))
        one, two = (
            (predict_slice(network, regrid(picture, (PAIR_MM, PAIR_MM), 1.0))[..., 0] >= LIKELY) & known
            for picture in filled
        )
        figures.append(2.0 * float((one & two).sum()) / max(float(one.sum() + two.sum()), 1.0))
    return np.array(figures)


def evaluate_localizer(network: VNet, folder: Path, most: int | None = None) -> list[ExamDice]:
    """Each exam of a `vb_seg` folder (1 mm slices with numbered bodies), exact duplicates left out.

    most: take no more than the first `most` exams of each group, None for all.
    """
    with (folder / "manifest.csv").open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if not row["duplicate_of"]]
    if most is not None:
        rows = [row for n, row in enumerate(rows) if [_group(r) for r in rows[:n]].count(_group(row)) < most]
    return [_exam(network, folder / f"{row['id']}.npz", row["id"], _group(row)) for row in rows]


def summary(exams: Sequence[ExamDice]) -> dict[str, dict[str, float]]:
    """Means over the exams of each group."""
    return {
        group: {
            "exams": float(len(own)),
            "dice": float(np.mean([e.dice for e in own])),
            "dice_sd": float(np.std([e.dice for e in own])),
            "dice_shrunk": float(np.mean([e.dice_shrunk for e in own])),
            "missed": float(np.sum([e.missed for e in own])),
            "bodies": float(np.sum([e.bodies for e in own])),
            "stray_cm3": float(np.mean([e.stray_cm3 for e in own])),
        }
        for group in sorted({e.group for e in exams})
        for own in [[e for e in exams if e.group == group]]
    }


def match(found: NDArray[np.int16], truth: NDArray[np.uint8]) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """(label of each found voxel, stray voxels): a found body belongs to the label it covers most."""
    labelled = np.zeros(found.shape, np.int16)
    stray = np.zeros(found.shape, bool)
    for number in range(1, int(found.max()) + 1):
        own = found == number
        covered = np.bincount(truth[own], minlength=1)
        if covered[1:].sum() == 0:
            stray |= own
        else:
            labelled[own] = int(covered[1:].argmax()) + 1
    return labelled, stray


def _exam(network: VNet, path: Path, exam: str, group: str) -> ExamDice:
    with np.load(path) as stored:
        images, truth = stored["image"], stored["mask"]
    answers = np.stack([predict_slice(network, image.astype(np.float32))[..., 0] for image in images])
    labelled, stray = match(chained(answers, (VB_SLICE_MM, GRID_MM, GRID_MM)), truth)
    inner = np.stack([ndimage.binary_erosion(plane > 0) for plane in labelled])
    shrunk = np.where(inner, labelled, 0)
    numbers = [int(n) for n in np.unique(truth) if n]
    dice = [_dice(labelled == n, truth == n) for n in numbers]
    return ExamDice(
        exam,
        group,
        len(numbers),
        float(np.mean(dice)),
        float(np.mean([_dice(shrunk == n, truth == n) for n in numbers])),
        sum(value == 0.0 for value in dice),
        float(stray.sum()) * VB_SLICE_MM / 1000.0,
    )


def _dice(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    return 2.0 * float((one & two).sum()) / float(one.sum() + two.sum())


def _group(row: dict[str, str]) -> str:
    source = row["id"].split("_")[0]
    if source == "VB1":
        return "VB1 T1" if row["sequence"].startswith("T1") else "VB1 T2/TIRM"
    return f"{source} {'T2' if source == 'VB2' else 'gradient echo'}"
