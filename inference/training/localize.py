"""Training of the localizer: SPIDER's T2-SPACE slices in many contrasts."""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.steps.normalise import local_contrast
from inference.training.annotated import exam_slices
from inference.training.engine import Tensor, tf
from inference.training.exams import read_exams
from inference.training.fit import REDUCED, Arrays, FitConfig, fit
from inference.training.folders import read_pictures
from inference.training.losses import dice_loss, weighted_cross_entropy
from inference.training.mean import Mean
from inference.training.patches import localizer_batch, targets
from inference.training.phantoms import training_phantoms
from inference.training.saved import begin_with
from inference.training.spider import SpineSlice, read_space_slices
from inference.training.splits import keep_split, refuse_leakage, split_patients
from inference.training.vnet import LOCALIZE_SHAPE, VNet

POOR_MASKS = frozenset({"50", "209"})
"""Operated or scoliotic patients whose bodies can't be told from their masks."""


@dataclass(frozen=True)
class LocalizeConfig:
    """What the localizer learns from and how; the defaults are the paper's (Gao et al. 2022, section 2.3).

    data: the folder that holds `spider_space_seg`, None without it. exams, pictures: folders of annotated
    exams and of pictures with masks. patch: side in mm (and pixels); the paper takes whole slices.
    background: share of patches anywhere in the slice. phantoms: number of synthetic exams among the others.
    entropy: weight of a cross-entropy beside Dice (the paper: none). start: SavedModel folder whose weights a
    new run begins with, None for random ones.
    """

    data: Path | None
    folder: Path
    fit: FitConfig = field(default_factory=lambda: FitConfig(steps=20_000))
    batch: int = 3
    patch: int = 240
    background: float = 0.0
    phantoms: int = 4
    held_out: float = 0.12
    split_seed: int = 7
    entropy: float = 0.0
    start: Path | None = None
    exams: Path | None = None
    pictures: Path | None = None


def reduced(config: LocalizeConfig) -> LocalizeConfig:
    """`config` made to fit two cores and a few hours."""
    fit = replace(config.fit, steps=2400, **REDUCED)
    return replace(config, fit=fit, batch=4, patch=128, background=0.2, entropy=0.1)


def train_localize(config: LocalizeConfig, progress: Callable[[str], None] | None = None) -> VNet:
    """Train, or go on training, the localizer; checkpoints and logs lie in `config.folder`."""
    train, held_out = localizer_split(config)
    keep_split(config.folder, {s.patient for s in train}, {s.patient for s in held_out}, config.start)
    train += training_phantoms(config.phantoms, config.folder)[0]
    if not train:
        raise ValueError("there is nothing to train on: give --data, --exams, --pictures or --phantoms")
    random_seed = config.fit.seed

    def batches(step: int) -> Arrays:
        random = np.random.default_rng([random_seed, step])
        batch = localizer_batch(train, config.batch, config.patch, config.background, random)
        return batch.picture, batch.truth, batch.weight

    def loss(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
        return localizer_loss(logits, truth, weight, config.entropy)

    network = VNet(LOCALIZE_SHAPE, seed=config.fit.seed)
    if config.start:
        begin_with(network, config.start)
    judge = held_out[1::4] or held_out
    check = partial(slice_dice, slices=judge) if judge else None
    fit(network, loss, batches, config.folder, config.fit, check=check, progress=progress)
    return network


def localizer_split(config: LocalizeConfig) -> tuple[list[SpineSlice], list[SpineSlice]]:
    """(slices to train on, slices of held-out patients), of all data given."""
    slices = [s for s in _cached_slices(config) if s.patient not in POOR_MASKS] if config.data else []
    if config.exams:
        slices += exam_slices(read_exams(config.exams))
    if config.pictures:
        slices += read_pictures(config.pictures)
    train, held_out = split_patients({s.patient for s in slices}, config.held_out, config.split_seed)
    refuse_leakage(train, held_out)
    return [s for s in slices if s.patient in train], [s for s in slices if s.patient in held_out]


def localizer_loss(logits: Tensor, truth: Tensor, weight: Tensor, entropy: float = 0.1) -> Tensor:
    """The paper's Dice loss, with a little cross-entropy where it shall steady the first steps."""
    dice = dice_loss(tf.sigmoid(logits), truth, weight)
    return dice + entropy * weighted_cross_entropy(logits, truth, 3.0, weight) if entropy else dice


def predict_slice(network: VNet | Mean, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities [rows, columns, 2] of one slice on the 1 mm grid."""
    normal = local_contrast(image)
    rows, columns = normal.shape
    padded = np.pad(normal, ((0, -rows % 16), (0, -columns % 16)))
    answer = network.probabilities(tf.constant(padded[None, ..., None])).numpy()
    return np.asarray(answer[0, :rows, :columns], np.float32)


def slice_dice(network: VNet | Mean, slices: Sequence[SpineSlice]) -> dict[str, float]:
    """Dice of bodies and of S1 over slices in their own contrast, unknown places left out."""
    overlap, size = np.zeros(2), np.zeros(2)
    for item in slices:
        found = predict_slice(network, item.image) >= 0.5
        truth, weight = targets(item.tissue, item.has_s1)
        overlap += 2 * (found * truth * weight).sum(axis=(0, 1))
        size += (found * weight).sum(axis=(0, 1)) + (truth * weight).sum(axis=(0, 1))
    dice = overlap / np.maximum(size, 1.0)
    return {"dice_bodies": float(dice[0]), "dice_s1": float(dice[1])}


def _cached_slices(config: LocalizeConfig) -> list[SpineSlice]:
    """The slices, read once per run folder: cutting bodies out of the masks takes a minute."""
    assert config.data is not None
    cache = config.folder / "slices.pickle"
    if cache.exists():
        stored: list[SpineSlice] = pickle.loads(cache.read_bytes())
        return stored
    slices = read_space_slices(config.data / "spider_space_seg")
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_bytes(pickle.dumps(slices))
    return slices
