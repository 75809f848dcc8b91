"""The detector judged where the truth is known: synthetic lesions in spines of patients not trained on.

The unit is the half of a body (Gao et al. 2022, section 2.5), its score the pipeline's: the mean over
its 20 mm² of highest probability. The predicted type is the nearest centroid's most frequent one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from annotations.vocabulary import Half
from inference.networks.base import Network
from inference.pipeline import MapSettings
from inference.steps.bands import half_bands
from inference.steps.detect import detect
from inference.steps.endplates import SCORE_MM2
from inference.steps.modicmap import without_lines
from inference.training.crops import Sample, draw_sample, half_masks
from inference.training.lesions import CENTROIDS, Lesion
from inference.training.normal_body import NormalBody
from inference.training.pairs import PAIR_MM

TOP_PIXELS = round(SCORE_MM2 / PAIR_MM**2)
SPECIFICITY = 0.95
LEAST_NORMAL = 40
"""Normal bodies with marrow at a lesion's place, to know what is usual there."""


@dataclass(frozen=True)
class HalfRecord:
    """One half: the model's score, and with a lesion its overlap and the type seen (0: nothing detected).

    dice: of lesion and detected pixels within the half, NaN without a lesion.
    """

    patient: str
    score: float
    lesion: Lesion | None
    dice: float
    seen: int


def known_truth(
    bodies: Sequence[NormalBody], count: int, seed: int, *, disturbed: bool = True
) -> list[tuple[str, Sample]]:
    """`count` (patient, sample) pairs; every other one without a lesion, types in turn.

    disturbed: as `draw_sample` has it.
    """
    samples = []
    for number in range(count):
        random = np.random.default_rng([seed, number])
        body = bodies[int(random.integers(len(bodies)))]
        lesions = number % 2
        kind = 1 + (number // 2) % 3
        samples.append(
            (body.patient, draw_sample(body, random, lesions=lesions, kind=kind, disturbed=disturbed))
        )
    return samples


def half_records(
    network: Network, samples: Sequence[tuple[str, Sample]], settings: MapSettings | None = None
) -> list[HalfRecord]:
    """A record of every half that counts: all of it known, and as large as what the score is taken over."""
    settings = settings or MapSettings()
    records = []
    answers = detect(np.stack([sample.crop for _, sample in samples]), network)
    for (patient, sample), probability in zip(samples, answers, strict=True):
        found = (probability >= settings.threshold) & sample.mask
        wide = without_lines(found[None], (PAIR_MM, PAIR_MM), settings.least_width_mm)[0]
        for number, (name, half) in enumerate(zip(Half, half_masks(sample), strict=True)):
            if not sample.weight[half].all() or half.sum() < TOP_PIXELS:
                continue
            own = next((lesion for lesion in sample.lesions if lesion.half == number), None)
            score = float(np.sort(probability[half])[-TOP_PIXELS:].mean())
            weighed = _weighed(score, sample, name, settings)
            score = max(score, weighed) if (wide & half).any() else weighed
            dice, seen = float("nan"), found & half
            if own:
                truth = own.truth & half
                dice = 2.0 * float((truth & seen).sum()) / max(float(truth.sum() + seen.sum()), 1.0)
            kind = predominant(sample.crop[seen]) if seen.any() else 0
            records.append(HalfRecord(patient, score, own, dice, kind))
    return records


def _weighed(score: float, sample: Sample, half: Half, settings: MapSettings) -> float:
    """The score with what bands say weighed in, as the pipeline does; the score where there are none."""
    if settings.bands is None:
        return score
    seen = half_bands(sample.crop, sample.mask, sample.down, half, PAIR_MM, sacral=sample.sacral)
    if seen is None:
        return score
    return settings.calibration.weighed(score, settings.bands.evidence(seen), settings.threshold)


def figures(records: Sequence[HalfRecord], threshold: float = 0.5) -> dict[str, float]:
    """AUC, sensitivity at specificity 0.95 and the score there; at `threshold` both; Dice; type right.

    type_right: among lesions in whose half anything was detected.
    """
    score = np.array([r.score for r in records])
    truth = np.array([r.lesion is not None for r in records])
    changed = [r for r in records if r.lesion]
    typed = [r.seen == r.lesion.kind for r in changed if r.lesion and r.seen]
    cut = float(np.quantile(score[~truth], SPECIFICITY))
    return {
        "halves": float(len(score)),
        "lesions": float(truth.sum()),
        "auc": float(roc_auc_score(truth, score)),
        "threshold_at_95": cut,
        "sensitivity_at_95": float((score[truth] > cut).mean()),
        "sensitivity": float((score[truth] >= threshold).mean()),
        "specificity": float((score[~truth] < threshold).mean()),
        "dice": float(np.mean([r.dice for r in changed])),
        "type_right": float(np.mean(typed)) if typed else 0.0,
    }


def intervals(
    records: Sequence[HalfRecord], resamples: int, seed: int, threshold: float = 0.5
) -> dict[str, list[float]]:
    """95 % intervals of `figures` by a percentile bootstrap over patients (Efron & Tibshirani 1993, ch. 13).

    A resample without halves of both kinds is left out.
    """
    random = np.random.default_rng(seed)
    patients = sorted({r.patient for r in records})
    own = {p: [r for r in records if r.patient == p] for p in patients}
    drawn: list[dict[str, float]] = []
    for _ in range(resamples):
        sample = [r for p in random.choice(patients, len(patients)) for r in own[str(p)]]
        if len({r.lesion is None for r in sample}) == 2:
            drawn.append(figures(sample, threshold))
    names = [name for name in drawn[0] if name not in ("halves", "lesions")]
    return {name: [float(x) for x in np.percentile([d[name] for d in drawn], [2.5, 97.5])] for name in names}


def predominant(z: NDArray[np.float32]) -> int:
    """The most frequent type of z-scores [n, 2] by the nearest centroid."""
    centres = np.array([CENTROIDS[kind] for kind in sorted(CENTROIDS)])
    nearest = np.linalg.norm(z[:, None] - centres, axis=-1).argmin(axis=1)
    return int(sorted(CENTROIDS)[np.bincount(nearest, minlength=3).argmax()])


def told_where(samples: Sequence[tuple[str, Sample]]) -> dict[str, float]:
    """Sensitivity at specificity 0.95 of a rule that is told each lesion's very pixels: what is there to see.

    The mean (T1, T2) over those pixels, against the body's median, is called changed where it lies further
    out (Mahalanobis) than in 95 % of the normal bodies that have marrow at that place of the crop. The rule
    uses no texture or edge and needn't search; a network must search, but may use them. Lesions whose place
    fewer than 40 normal bodies have are left out.
    """
    normal = [s for _, s in samples if not s.lesions and s.weight[s.mask].all()]
    masks = np.stack([s.mask for s in normal])
    crops = np.stack([s.crop - np.median(s.crop[s.mask], axis=0) for s in normal])
    seen: dict[int, list[bool]] = {1: [], 2: [], 3: []}
    for lesion, sample in ((lesion, s) for _, s in samples for lesion in s.lesions):
        place = lesion.truth & half_masks(sample)[lesion.half]
        there = masks[:, place].mean(axis=1) > 0.7 if place.any() else np.zeros(len(masks), bool)
        if there.sum() < LEAST_NORMAL:
            continue
        inside = masks[there][:, place]
        usual = (crops[there][:, place] * inside[..., None]).sum(axis=1) / inside.sum(axis=1)[:, None]
        own = sample.crop[place].mean(axis=0) - np.median(sample.crop[sample.mask & ~lesion.truth], axis=0)
        middle, spread = usual.mean(axis=0), np.linalg.inv(np.cov(usual.T) + 1e-4 * np.eye(2))
        away = [np.einsum("...i,ij,...j", d, spread, d) for d in (own - middle, usual - middle)]
        seen[lesion.kind].append(bool(away[0] > np.quantile(away[1], SPECIFICITY)))
    everyone = [one for kind in seen.values() for one in kind]
    shares = {f"type {kind}": float(np.mean(own)) for kind, own in seen.items() if own}
    return {
        "lesions": float(len(everyone)),
        "all": float(np.mean(everyone)) if everyone else float("nan"),
        **shares,
    }
