"""Crops of phantoms with the lesions that were painted into them, to judge the detector on."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from annotations.vocabulary import ModicType
from inference.steps.endplates import largest_diameter_mm
from inference.steps.modicmap import without_lines
from inference.training.annotated import Sections
from inference.training.crops import Sample, draw_sample, half_masks
from inference.training.lesions import LEAST_CONTRAST, SMALLEST_MM, Lesion
from inference.training.pairs import PAIR_MM

_PIXEL_MM = (PAIR_MM, PAIR_MM)


def painted_samples(sections: Sections, slices: Iterable[int]) -> list[tuple[str, Sample]]:
    """(patient, sample) of every body on these slices, as it is, with the changes that its exam has.

    A half whose change is below 5 mm, or lies less than 0.7 SD from the body's other marrow, has weight 0: it
    is neither normal nor one that should be found.
    """
    chosen = list(slices)
    kinds = [kind for kind in ModicType if kind is not ModicType.NONE]
    alone = [replace(sections, lesions=sections.lesions == kind).bodies(chosen) for kind in kinds]
    samples = []
    for number, body in enumerate(sections.bodies(chosen)):
        sample = draw_sample(body, np.random.default_rng(0), lesions=0, disturbed=False)
        by_kind = {int(kind): own[number].lesions for kind, own in zip(kinds, alone, strict=True)}
        samples.append((body.patient, _with_lesions(sample, by_kind)))
    return samples


def _with_lesions(sample: Sample, by_kind: dict[int, NDArray[np.bool_] | None]) -> Sample:
    lesions, weight = [], sample.weight.copy()
    for number, half in enumerate(half_masks(sample)):
        changed = (sample.truth[..., 0] > 0) & half
        if not changed.any():
            continue
        areas = {kind: int((own & half).sum()) for kind, own in by_kind.items() if own is not None}
        lesion = _measured(sample, changed, max(areas, key=lambda kind: areas[kind]), number)
        if lesion.diameter_mm >= SMALLEST_MM and lesion.contrast >= LEAST_CONTRAST:
            lesions.append(lesion)
        else:
            weight[half] = 0.0
    return replace(sample, weight=weight, lesions=tuple(lesions))


def _measured(sample: Sample, changed: NDArray[np.bool_], kind: int, half: int) -> Lesion:
    """contrast: from the median of the body's other marrow. Diameter 0 where nothing is 2 mm wide."""
    other = np.median(sample.crop[sample.mask & (sample.truth[..., 0] == 0)], axis=0)
    contrast = float(np.linalg.norm(sample.crop[changed].mean(axis=0) - other))
    wide = without_lines(changed[None], _PIXEL_MM)
    return Lesion(changed, kind, half, contrast, largest_diameter_mm(wide, _PIXEL_MM) if wide.any() else 0.0)
