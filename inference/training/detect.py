"""Training of the detector: synthetic Modic changes in normal endplates of real spines."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference.steps.crops import CROP_PIXELS
from inference.steps.detect import detect
from inference.steps.endplates import SCORE_MM2
from inference.steps.instances import chained
from inference.steps.localize import GRID_MM, numbers_on_pixels, to_grid
from inference.training.annotated import exam_bodies
from inference.training.crops import SLICE_MM, Sample, detector_batch, draw_sample, normal_bodies
from inference.training.engine import Tensor, tf
from inference.training.exams import read_exams
from inference.training.fit import REDUCED, Arrays, FitConfig, fit
from inference.training.inprocess import InProcess
from inference.training.known_truth import figures, half_records, known_truth
from inference.training.localize import predict_slice
from inference.training.losses import detection_loss, halves_loss
from inference.training.mean import Mean
from inference.training.normal_body import NormalBody
from inference.training.pairs import PAIR_MM, Pair, read_pairs
from inference.training.phantoms import judging_phantoms, training_phantoms
from inference.training.saved import begin_with, saved
from inference.training.splits import keep_split, refuse_leakage, split_patients
from inference.training.vnet import DETECT_SHAPE, LOCALIZE_SHAPE, VNet

HALF_PIXELS = round(0.5 * SCORE_MM2 / PAIR_MM**2)
"""Pixels of a half's logit in training: half of those of its score, lest small lesions be drawn too large."""
LEAST_S1 = 0.25
"""Mean of the S1 channel over the body taken as S1; below it a spine is left out of training."""


@dataclass(frozen=True)
class DetectConfig:
    """What the detector learns from and how; the defaults are the paper's (Gao et al. 2022, section 2.4).

    data: the folder that holds `spider_pairs`, None without it. exams: folder of annotated exams. localizer:
    SavedModel folder of the localizer that finds the bodies of `data`. window: side of training crops in
    pixels. phantoms: number of synthetic exams among the others. phantom_steps: steps on those alone, at
    first (none with `start`). foreground: weight of changed pixels in the cross-entropy. entropy: weight of
    the cross-entropy beside Dice. halves: weight of the cross-entropy of halves, 0 as in the paper. graded:
    weight of that of halves beside discs which a reader graded as changed (weak labels), 0 for none. start:
    SavedModel folder whose weights a new run begins with (of a mean the first network's), None for random
    ones. drawn: draw lesions into annotated bodies without changes too.
    """

    data: Path | None
    folder: Path
    localizer: Path
    fit: FitConfig = field(default_factory=lambda: FitConfig(steps=50_000, patience=15))
    batch: int = 128
    window: int = 100
    phantoms: int = 6
    phantom_steps: int = 0
    held_out: float = 0.25
    split_seed: int = 7
    foreground: float = 20.0
    entropy: float = 0.1
    halves: float = 0.0
    graded: float = 0.0
    start: Path | None = None
    exams: Path | None = None
    drawn: bool = False


def reduced(config: DetectConfig) -> DetectConfig:
    """`config` made to fit two cores and a few hours."""
    fit = replace(config.fit, steps=2400, patience=None, **REDUCED)
    return replace(config, fit=fit, batch=8, window=72, phantom_steps=200)


def train_detect(config: DetectConfig, progress: Callable[[str], None] | None = None) -> VNet:
    """Train, or go on training, the detector; checkpoints and logs lie in `config.folder`.

    Where nobody is held out the run is watched on phantoms that it does not learn from. Raises ValueError
    without anything to learn from, or with a window larger than a crop.
    """
    if not 16 <= config.window <= CROP_PIXELS:
        raise ValueError(f"the detector's patches have 16 to {CROP_PIXELS} pixels, not {config.window}")
    phantoms = training_phantoms(config.phantoms, config.folder)[1]
    real = cache(lambda: _kept_split(config))
    seed = config.fit.seed
    if not config.data and not config.exams and not phantoms:
        raise ValueError("there is nothing to train on: give --data, --exams or --phantoms")

    def batches(step: int) -> Arrays:
        alone = bool(phantoms) and config.start is None and step < config.phantom_steps
        bodies = phantoms if alone else phantoms + real().train
        random = np.random.default_rng([seed, step])
        graded = real().graded if config.graded and not alone else []
        return detector_batch(bodies, config.batch, config.window, random, drawn=config.drawn, graded=graded)

    judge = cache(lambda: Judge.over(real().held_out or judging_phantoms(config.folder)[1]))

    def check(network: VNet) -> dict[str, float]:
        return judge()(InProcess("detect", network))

    def loss(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
        value = detection_loss(logits, truth, weight[..., :1], config.foreground, config.entropy)
        if config.halves:
            value += config.halves * halves_loss(logits, truth, weight[..., 1:3], HALF_PIXELS)
        if config.graded:
            changed = tf.ones_like(truth)
            value += config.graded * halves_loss(logits, changed, weight[..., 3:], HALF_PIXELS)
        return value

    network = VNet(DETECT_SHAPE, seed=seed + 1)
    if config.start:
        begin_with(network, config.start)
    fit(network, loss, batches, config.folder, config.fit, check=check, progress=progress)
    return network


@dataclass(frozen=True)
class Judge:
    """What a run is watched by: held-out bodies with the changes that a person annotated, if there are any,
    and normal ones with drawn lesions."""

    annotated: list[Sample]
    drawn: list[tuple[str, Sample]]

    @classmethod
    def over(cls, bodies: list[NormalBody]) -> "Judge":
        """The same bodies give the same samples."""
        changed = [body for body in bodies if body.lesions is not None and body.lesions.any()]
        normal = [body for body in bodies if body.lesions is None or not body.lesions.any()]
        own = [draw_sample(body, np.random.default_rng([1, n])) for n, body in enumerate(changed)]
        return cls(own, known_truth(normal, count=96, seed=1) if normal else [])

    def __call__(self, network: InProcess) -> dict[str, float]:
        """Dice over the voxels of annotated changes; AUC, sensitivity, Dice and types of drawn ones."""
        found: dict[str, float] = {}
        if self.annotated:
            answers = detect(np.stack([s.crop for s in self.annotated]), network) >= 0.5
            truth = np.stack([s.truth[..., 0] for s in self.annotated]) > 0
            both = 2.0 * float((answers & truth).sum())
            found["dice_annotated"] = both / max(float(answers.sum() + truth.sum()), 1.0)
        if self.drawn:
            drawn = figures(half_records(network, self.drawn))
            found |= {name: drawn[name] for name in ("auc", "sensitivity_at_95", "dice", "type_right")}
        return found


class Split(NamedTuple):
    """Bodies to train on, those of held-out patients, and those to train on that stand beside a disc which a
    reader graded as changed (some of them are among the first, too)."""

    train: list[NormalBody]
    held_out: list[NormalBody]
    graded: list[NormalBody]


def detector_split(config: DetectConfig) -> Split:
    """The bodies of all data given; no person on both sides."""
    told = _cached_bodies(config) if config.data else []
    bodies = [body for body in told if any(body.clean)]
    if config.exams:
        bodies += exam_bodies(read_exams(config.exams))
    train, held_out = split_patients({b.patient for b in bodies}, config.held_out, config.split_seed)
    refuse_leakage(train, held_out)
    return Split(
        [b for b in bodies if b.patient in train],
        [b for b in bodies if b.patient in held_out],
        [b for b in told if b.patient in train and any(b.graded)],
    )


def _kept_split(config: DetectConfig) -> Split:
    split = detector_split(config)
    train, held_out = ({b.patient for b in side} for side in (split.train, split.held_out))
    keep_split(config.folder, train, held_out, config.start)
    return split


def find_bodies(localizer: VNet | Mean, pair: Pair) -> NDArray[np.uint8]:
    """Body numbers [rows, columns] on the pair's grid: 1 = S1, 2 = L5, …; all 0 where no S1 shows.

    Found on T2, which lies on T1, by the pipeline's own rules.
    """
    spacing = (PAIR_MM, PAIR_MM)
    filled = np.where(np.isfinite(pair.t2), pair.t2, 0.0).astype(np.float32)
    answer = predict_slice(localizer, to_grid(filled, spacing))
    numbers = chained(answer[None, ..., 0], (SLICE_MM, GRID_MM, GRID_MM))[0]
    shares = {int(n): float(answer[..., 1][numbers == n].mean()) for n in np.unique(numbers) if n}
    s1 = max(shares, key=lambda n: shares[n], default=0)
    if shares.get(s1, 0.0) < LEAST_S1:
        return np.zeros(pair.t1.shape, np.uint8)
    from_s1 = np.where(numbers >= s1, numbers - s1 + 1, 0).astype(np.int16)
    return numbers_on_pixels(from_s1, answer[..., 0], pair.t1.shape, spacing).astype(np.uint8)


def _cached_bodies(config: DetectConfig) -> list[NormalBody]:
    """Bodies beside graded discs of all pairs, found once per run folder: a resumed run must see the same."""
    assert config.data is not None
    stored = config.folder / "bodies.pickle"
    if stored.exists():
        found: list[NormalBody] = pickle.loads(stored.read_bytes())
        return found
    localizer = saved(LOCALIZE_SHAPE, config.localizer)
    bodies: list[NormalBody] = []
    for pair in read_pairs(config.data / "spider_pairs"):
        if 0 not in pair.modic.values():
            continue
        numbers = find_bodies(localizer, pair)
        flat = int(pair.patient) % 5 != 0
        bodies += normal_bodies(pair, numbers, flatten=flat)
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(pickle.dumps(bodies))
    return bodies
