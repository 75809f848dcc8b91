"""Centroids of the three types in (T1 z, T2 z), fitted to annotated exams (Gao et al. 2022, section 2.2.4).

Exams as `inference.training.exams` reads them; z-scores are those of the pipeline.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline import MapSettings
from inference.steps.align import align
from inference.steps.normalise import marrow, standardize
from inference.training.exams import AnnotatedExam
from inference.training.splits import sealed

KINDS = (1, 2, 3)


def annotated_z(exam: AnnotatedExam, settings: MapSettings) -> dict[int, NDArray[np.float32]]:
    """Type -> z-scores [n, 2] of its annotated voxels within the marrow.

    Raises ValueError for an exam without T2 or without annotated changes.
    """
    if exam.t2 is None or exam.modic is None:
        raise ValueError(
            f"{exam.name} lacks {'t2' if exam.t2 is None else 'modic'}: no centroid can be fitted"
        )
    t2 = align(exam.t1, exam.t2).t2
    bodies = exam.numbers > 0
    inside = marrow(bodies, exam.t1.pixel_spacing_mm, settings.shrink_mm) & np.isfinite(t2)
    spacing = (exam.t1.slice_spacing_mm, *exam.t1.pixel_spacing_mm)
    both = [standardize(x, inside, spacing, flatten=settings.flatten).z for x in (exam.t1.array, t2)]
    z = np.stack(both, axis=-1)
    return {kind: z[inside & (exam.modic == kind)] for kind in KINDS}


def fit_centroids(exams: Sequence[AnnotatedExam], settings: MapSettings | None = None) -> dict[str, Any]:
    """Mean and SD of every type over the voxels of all exams, in the form of `centroids.json`.

    Raises ValueError naming the types without a voxel: a map needs all three.
    """
    settings = settings or MapSettings()
    found = [annotated_z(exam, settings) for exam in exams]
    none = [np.zeros((0, 2), np.float32)]
    values = {kind: np.concatenate([one[kind] for one in found] or none) for kind in KINDS}
    missing = [str(kind) for kind in KINDS if not len(values[kind])]
    if missing:
        raise ValueError(f"no annotated voxel of type {', '.join(missing)} in {len(exams)} exams")
    counts = ", ".join(f"{len(values[kind])} voxels of type {kind}" for kind in KINDS)
    return {
        "source": f"fitted on {len(exams)} annotated exams ({counts})",
        "fitted_on": [exam.name for exam in exams],
        "persons_sha256": sorted({sealed(exam.person) for exam in exams}),
        "order": ["t1_z", "t2_z"],
        "flattened": settings.flatten,
        "centroids": {str(kind): np.mean(values[kind], axis=0).round(3).tolist() for kind in KINDS},
        "sds": {str(kind): np.std(values[kind], axis=0).round(3).tolist() for kind in KINDS},
    }
