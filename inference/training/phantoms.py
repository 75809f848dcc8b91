"""Synthetic exams as training data for both networks: slices with bodies, and bodies with lesions."""

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotations.vocabulary import Level
from inference.export import numbered_by_level
from inference.phantom import Phantom, make_phantom, second_appearance
from inference.phantom.appearance import FIRST
from inference.steps.align import align
from inference.steps.normalise import standardize
from inference.training.annotated import Sections
from inference.training.exams import AnnotatedExam
from inference.training.normal_body import NormalBody
from inference.training.pictures import regrid
from inference.training.spider import GRID_MM, SpineSlice, Tissue

FIRST_SEED = 900_000
"""Seeds from here on are for training; demonstrations and tests use small ones."""
JUDGING_SEEDS = range(905_000, 905_002)
STRIDE = 3


def training_phantoms(count: int, folder: Path) -> tuple[list[SpineSlice], list[NormalBody]]:
    """`phantom_data` of the first `count` training seeds, kept in `folder`: each takes several seconds."""
    return _kept(range(FIRST_SEED, FIRST_SEED + count), folder / f"phantoms-{count}.pickle")


def judging_phantoms(folder: Path) -> tuple[list[SpineSlice], list[NormalBody]]:
    """`phantom_data` that no network learns from, for a run without held-out patients; kept in `folder`."""
    return _kept(JUDGING_SEEDS, folder / "phantoms-judging.pickle")


def _kept(seeds: range, stored: Path) -> tuple[list[SpineSlice], list[NormalBody]]:
    if stored.exists():
        found: tuple[list[SpineSlice], list[NormalBody]] = pickle.loads(stored.read_bytes())
        return found
    made = phantom_data(seeds)
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(pickle.dumps(made))
    return made


def phantom_exams(seeds: Iterable[int], *, second: bool = False) -> Iterator[AnnotatedExam]:
    """Phantoms as annotated exams, each its own patient; second: of the second appearance."""
    for seed in seeds:
        made = _made(seed, second=second)
        levels = {number: level for number, level in made.truth.levels.items() if level}
        numbers = numbered_by_level(made.truth.bodies.astype(np.int16), levels)
        lesions = made.truth.lesions
        yield AnnotatedExam(f"phantom-{made.name}", made.t1, made.t2, numbers, lesions, synthetic=True)


def phantom_data(seeds: Iterable[int]) -> tuple[list[SpineSlice], list[NormalBody]]:
    """Every third slice of each seed's exam: (T1 and T2 slices for localizing, bodies for detecting)."""
    slices: list[SpineSlice] = []
    bodies: list[NormalBody] = []
    for seed in seeds:
        phantom = make_phantom(seed)
        t2 = align(phantom.t1, phantom.t2).t2
        chosen = _chosen(t2)
        for index in chosen:
            tissue = _tissue(phantom, index)
            for picture in (phantom.t1.array[index], np.nan_to_num(t2[index])):
                image = regrid(picture, phantom.t1.pixel_spacing_mm, GRID_MM)
                slices.append(SpineSlice(f"phantom {seed}", image, tissue))
        bodies += _sections(phantom, t2).bodies(chosen)
    return slices, bodies


def phantom_sections(seed: int, *, second: bool) -> tuple[Sections, list[int]]:
    """One exam's sections and every third slice's index; second: of the second appearance."""
    phantom = _made(seed, second=second)
    t2 = align(phantom.t1, phantom.t2).t2
    return _sections(phantom, t2), _chosen(t2)


def _made(seed: int, *, second: bool) -> Phantom:
    return make_phantom(seed, appearance=second_appearance(seed) if second else FIRST)


def _chosen(t2: NDArray[np.float32]) -> list[int]:
    return [n for n in range(1, len(t2) - 1, STRIDE) if np.isfinite(t2[n]).mean() > 0.9]


def _tissue(phantom: Phantom, index: int) -> NDArray[np.uint8]:
    """Bodies and S1; all else of a phantom counts as other tissue."""
    truth = phantom.truth
    names = np.array([Tissue.OTHER] + [_kind(level) for _, level in sorted(truth.levels.items())], np.uint8)
    return regrid(names[truth.bodies[index]], phantom.t1.pixel_spacing_mm, GRID_MM, order=0).astype(np.uint8)


def _kind(level: Level | None) -> Tissue:
    return Tissue.S1 if level is Level.S1 else Tissue.BODY


def _sections(phantom: Phantom, t2: NDArray[np.float32]) -> Sections:
    truth, spacing = phantom.truth, phantom.t1.pixel_spacing_mm
    whole = (phantom.t1.slice_spacing_mm, *spacing)
    both = [standardize(stack, truth.marrow, whole).z for stack in (phantom.t1.array, t2)]
    from_s1 = np.where(truth.bodies > 0, len(truth.levels) + 1 - truth.bodies, 0).astype(np.uint8)
    return Sections(f"phantom {phantom.name}", (both[0], both[1]), from_s1, truth.lesions, t2, spacing)
