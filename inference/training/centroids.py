"""Centroids of the three types in (T1 z, T2 z), fitted to annotated exams (Gao et al. 2022, section 2.2.4).

Each exam is a folder of NIfTI files: `t1` and `t2` on their own grids, `vertebrae` (0 background, any number
a body) and `modic` (0 to 3) on T1's; `.nii` or `.nii.gz`. z-scores are those of the pipeline.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import nifti
from inference.pipeline import MapSettings
from inference.steps.align import align
from inference.steps.normalise import marrow, standardize
from inference.volume import Volume

FILES = ("t1", "t2", "vertebrae", "modic")
KINDS = (1, 2, 3)


@dataclass(frozen=True)
class AnnotatedExam:
    """One exam. bodies (bool) and modic (uint8, types 0 to 3) lie on T1's grid [slices, rows, columns]."""

    name: str
    t1: Volume
    t2: Volume
    bodies: NDArray[np.bool_]
    modic: NDArray[np.uint8]


def read_annotated(folder: Path) -> AnnotatedExam:
    """One exam folder. Raises ValueError naming what is missing or does not lie on T1's grid."""
    volumes = {}
    for name in FILES:
        paths = [folder / f"{name}.nii.gz", folder / f"{name}.nii"]
        path = next((path for path in paths if path.is_file()), None)
        if path is None:
            raise ValueError(f"{folder}: {name}.nii.gz is missing")
        volumes[name] = nifti.read(path)[0]
    t1 = volumes["t1"]
    for name in ("vertebrae", "modic"):
        if volumes[name].array.shape != t1.array.shape:
            raise ValueError(f"{folder}: {name} does not lie on the grid of t1")
    bodies, modic = volumes["vertebrae"].array > 0, volumes["modic"].array.round().astype(np.uint8)
    return AnnotatedExam(folder.name, t1, volumes["t2"], bodies, modic)


def annotated_z(exam: AnnotatedExam, settings: MapSettings) -> dict[int, NDArray[np.float32]]:
    """Type -> z-scores [n, 2] of its annotated voxels within the marrow."""
    t2 = align(exam.t1, exam.t2).t2
    inside = marrow(exam.bodies, exam.t1.pixel_spacing_mm, settings.shrink_mm) & np.isfinite(t2)
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
        "order": ["t1_z", "t2_z"],
        "flattened": settings.flatten,
        "centroids": {str(kind): np.mean(values[kind], axis=0).round(3).tolist() for kind in KINDS},
        "sds": {str(kind): np.std(values[kind], axis=0).round(3).tolist() for kind in KINDS},
    }
