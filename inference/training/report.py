"""The figures that a model card may print, by one command."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from inference.training.crops import Sample
from inference.training.detect import DetectConfig, detector_split
from inference.training.evaluate import evaluate_localizer, sequence_agreement, summary
from inference.training.fit import restore
from inference.training.known_truth import half_figures, known_truth
from inference.training.lesions import Lesion
from inference.training.localize import LocalizeConfig, localizer_split, slice_dice
from inference.training.pairs import read_pairs
from inference.training.vnet import DETECT_SHAPE, LOCALIZE_SHAPE, VNet

KNOWN_TRUTH_COUNT = 480
KNOWN_TRUTH_SEED = 2


def figures(model: str, data: Path, runs: Path, most: int | None = None) -> dict[str, object]:
    """All figures of `localize` or `detect`, of the newest checkpoint in `runs`; JSON types only.

    most: at most so many exams of each vb_seg group, and ten times as many T1-T2 pairs; None for all.
    """
    if model == "localize":
        return localizer_figures(data, runs, most)
    return detector_figures(data, runs)


def localizer_figures(data: Path, runs: Path, most: int | None) -> dict[str, object]:
    """Held-out SPIDER slices, T1-T2 agreement on the pairs, and vb_seg, on which nothing was trained."""
    network = VNet(LOCALIZE_SHAPE)
    steps = restore(network, runs / "localize")
    _, held_out = localizer_split(LocalizeConfig(data, runs / "localize"))
    pairs = read_pairs(data / "spider_pairs", None if most is None else 10 * most)
    agreement = sequence_agreement(network, pairs)
    return {
        "steps": steps,
        "held_out_space": {
            "patients": len({s.patient for s in held_out}),
            "slices": len(held_out),
            **slice_dice(network, held_out),
        },
        "t1_t2_agreement": {
            "pairs": len(agreement),
            "mean": float(agreement.mean()),
            "median": float(np.median(agreement)),
        },
        "vb_seg": summary(evaluate_localizer(network, data / "vb_seg", most)),
    }


def detector_figures(data: Path, runs: Path) -> dict[str, object]:
    """Known truth in held-out patients, with intervals by patient, and by size and contrast of the lesion."""
    network = VNet(DETECT_SHAPE)
    steps = restore(network, runs / "detect")
    _, held_out = detector_split(DetectConfig(data, runs / "detect", runs / "localize"))
    samples = known_truth(held_out, KNOWN_TRUTH_COUNT, KNOWN_TRUTH_SEED)
    return {
        "steps": steps,
        "patients": len({patient for patient, _ in samples}),
        "all": half_figures(network, samples),
        "groups": {name: half_figures(network, part) for name, part in _groups(samples).items()},
    }


def _groups(samples: Sequence[tuple[str, Sample]]) -> dict[str, list[tuple[str, Sample]]]:
    """Lesions by type, size and contrast, each beside all crops without a lesion."""
    tests: dict[str, Callable[[Lesion], bool]] = {
        "type 1": lambda lesion: lesion.kind == 1,
        "type 2": lambda lesion: lesion.kind == 2,
        "type 3": lambda lesion: lesion.kind == 3,
        "5 to 12 mm": lambda lesion: lesion.diameter_mm < 12.0,
        "12 mm and more": lambda lesion: lesion.diameter_mm >= 12.0,
        "contrast below 1.2 SD": lambda lesion: lesion.contrast < 1.2,
        "contrast 1.2 SD and more": lambda lesion: lesion.contrast >= 1.2,
    }
    return {
        name: [(p, s) for p, s in samples if not s.lesions or all(test(lesion) for lesion in s.lesions)]
        for name, test in tests.items()
    }
