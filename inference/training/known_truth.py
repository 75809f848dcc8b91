"""The detector judged where the truth is known: synthetic lesions in spines of patients not trained on.

The unit is the half of a body (Gao et al. 2022, section 2.5), its score the pipeline's: the mean over
its 20 mm² of highest probability. The predicted type is the nearest centroid's most frequent one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from inference.steps.endplates import SCORE_MM2
from inference.training.crops import NormalBody, Sample, draw_sample
from inference.training.engine import tf
from inference.training.lesions import CENTROIDS
from inference.training.pairs import PAIR_MM
from inference.training.vnet import VNet

TOP_PIXELS = round(SCORE_MM2 / PAIR_MM**2)
SPECIFICITY = 0.95


def known_truth(bodies: Sequence[NormalBody], count: int, seed: int) -> list[tuple[str, Sample]]:
    """`count` (patient, sample) pairs; every other one without a lesion, types in turn."""
    samples = []
    for number in range(count):
        random = np.random.default_rng([seed, number])
        body = bodies[int(random.integers(len(bodies)))]
        lesions = number % 2
        kind = 1 + (number // 2) % 3
        samples.append((body.patient, draw_sample(body, random, lesions=lesions, kind=kind)))
    return samples


def predict(network: VNet, samples: Sequence[tuple[str, Sample]], batch: int = 8) -> NDArray[np.float32]:
    """Probabilities [samples, 100, 100]."""
    crops = np.stack([sample.crop for _, sample in samples])
    parts = [
        network.probabilities(tf.constant(crops[start : start + batch])).numpy()
        for start in range(0, len(crops), batch)
    ]
    return np.asarray(np.concatenate(parts)[..., 0], np.float32)


def half_masks(sample: Sample) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(upper, lower) half of the body as seen."""
    upper = sample.frame.upper <= sample.frame.lower
    return sample.mask & upper, sample.mask & ~upper


def half_figures(
    network: VNet, samples: Sequence[tuple[str, Sample]], threshold: float = 0.5
) -> dict[str, float]:
    """AUC, sensitivity at specificity 0.95 and its threshold; at `threshold`: both, Dice, type right."""
    scores, truths, dice, types = [], [], [], []
    for (_, sample), probability in zip(samples, predict(network, samples), strict=True):
        found = (probability >= threshold) & sample.mask
        for number, half in enumerate(half_masks(sample)):
            if not sample.weight[half].all() or half.sum() < TOP_PIXELS:
                continue
            own = [lesion for lesion in sample.lesions if lesion.half == number]
            scores.append(float(np.sort(probability[half])[-TOP_PIXELS:].mean()))
            truths.append(bool(own))
            if own:
                truth = own[0].truth & sample.mask
                overlap = 2.0 * float((truth & found & half).sum())
                dice.append(overlap / max(float(truth.sum() + (found & half).sum()), 1.0))
                if (found & half).any():
                    types.append(predominant(sample.crop[found & half]) == own[0].kind)
    score, truth_ = np.array(scores), np.array(truths)
    cut = float(np.quantile(score[~truth_], SPECIFICITY))
    return {
        "halves": float(len(score)),
        "lesions": float(truth_.sum()),
        "auc": float(roc_auc_score(truth_, score)),
        "threshold_at_95": cut,
        "sensitivity_at_95": float((score[truth_] > cut).mean()),
        "sensitivity": float((score[truth_] >= threshold).mean()),
        "specificity": float((score[~truth_] < threshold).mean()),
        "dice": float(np.mean(dice)),
        "type_right": float(np.mean(types)) if types else 0.0,
    }


def predominant(z: NDArray[np.float32]) -> int:
    """The most frequent type of z-scores [n, 2] by the nearest centroid."""
    centres = np.array([CENTROIDS[kind] for kind in sorted(CENTROIDS)])
    nearest = np.linalg.norm(z[:, None] - centres, axis=-1).argmin(axis=1)
    return int(sorted(CENTROIDS)[np.bincount(nearest, minlength=3).argmax()])
