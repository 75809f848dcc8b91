"""Annotated exams of one's own, as training data: DICOM or NIfTI, with DICOM SEG or NIfTI masks.

The layout is written down in `docs/training.md`: one folder an exam, and in it `t1`, `t2`, `vertebrae` and
`modic`, each a DICOM folder or file, or `.nii.gz`.
"""

import csv
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotations.vocabulary import Level
from inference import nifti
from inference.dicom.load import Loaded, load_series, together
from inference.dicom.segments import read_segments
from inference.dicom.vendors import manufacturer
from inference.export import FIRST_UNNAMED
from inference.steps.orient import upright
from inference.training.headers import acquisition, demographics
from inference.volume import Volume

PATIENTS = "patients.csv"
SYNTHETIC = manufacturer("SYNTHETIC")
S1 = 6
BODIES = (*range(S1 + 1), *range(FIRST_UNNAMED, 256))
TYPES = (0, 1, 2, 3)
_LEVEL = re.compile(r"\b(L[1-5]|S1)\b", re.IGNORECASE)
Numbering = Callable[[tuple[str, ...]], dict[str, int]]
"""Segment labels -> number of each."""
_TYPE = re.compile(r"(?:type|modic|mc)\W*([123])\b|^\W*([123])\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class AnnotatedExam:
    """One exam. numbers, modic: uint8 [slices, rows, columns] on T1's grid.

    numbers: 0 background, L1 to L5 = 1 to 5, S1 = 6, other bodies from 10. modic: types 0 to 3, None where
    nobody annotated changes. t2: None in an exam that only bodies are learned from. patient: exams of one
    patient never stand on both sides of a split. headers: `t1`, `t2` and `patient`, what DICOM tells of each.
    synthetic: whether T1's header says so; NIfTI cannot.
    """

    name: str
    t1: Volume
    t2: Volume | None
    numbers: NDArray[np.uint8]
    modic: NDArray[np.uint8] | None
    patient: str = ""
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    synthetic: bool = False

    @property
    def person(self) -> str:
        """Who the exam is of: the patient stated, else the exam itself."""
        return self.patient or self.name


def read_exams(folder: Path) -> list[AnnotatedExam]:
    """All exams of a folder by name. Raises ValueError naming what is missing or does not fit."""
    if not folder.is_dir():
        raise ValueError(f"{folder} does not exist")
    patients = _patients(folder / PATIENTS)
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if not names:
        raise ValueError(f"{folder} holds no exam: it needs one folder for each")
    if unknown := sorted(set(patients) - set(names)):
        raise ValueError(f"{folder / PATIENTS} names exams that are not there: {', '.join(unknown)}")
    return [read_exam(folder / name, patients.get(name, "")) for name in names]


def read_exam(folder: Path, patient: str = "") -> AnnotatedExam:
    """One exam folder; `patient` as stated, else a DICOM T1's PatientID. Raises ValueError."""
    t1_path = _find(folder, "t1")
    if t1_path is None:
        raise ValueError(f"{folder}: t1 is missing (a DICOM folder t1, or t1.nii.gz)")
    t1, one = _series(t1_path)
    t2_path = _find(folder, "t2")
    t2, two = _series(t2_path) if t2_path else (None, None)
    for sentence in _cautions(one, two):
        warnings.warn(f"{folder.name}: {sentence}", stacklevel=2)
    first, second = (loaded.sources[0] if loaded else None for loaded in (one, two))
    vertebrae = _find(folder, "vertebrae")
    if vertebrae is None:
        raise ValueError(f"{folder}: vertebrae is missing (vertebrae.dcm or vertebrae.nii.gz)")
    modic = _find(folder, "modic")
    return AnnotatedExam(
        folder.name,
        t1,
        t2,
        _mask(vertebrae, t1, level_numbers, BODIES),
        _mask(modic, t1, type_numbers, TYPES) if modic else None,
        patient or (str(first.get("PatientID") or "") if first else ""),
        {
            **({"t1": acquisition(first), "patient": demographics(first)} if first else {}),
            **({"t2": acquisition(second)} if second else {}),
        },
        first is not None and manufacturer(str(first.get("Manufacturer") or "")) == SYNTHETIC,
    )


def level_numbers(labels: tuple[str, ...]) -> dict[str, int]:
    """Segment label -> number: levels by the level named in it, all others from 10 in their order."""
    order = list(Level)
    named = {label: found.group(1).upper() for label in labels if (found := _LEVEL.search(label))}
    numbers = {label: order.index(Level(level)) + 1 for label, level in named.items()}
    others = [label for label in labels if label not in numbers]
    return numbers | {label: FIRST_UNNAMED + n for n, label in enumerate(others)}


def type_numbers(labels: tuple[str, ...]) -> dict[str, int]:
    """Segment label -> Modic type, by the digit named in it. Raises ValueError where there is none."""
    found = {label: _TYPE.search(label) for label in labels}
    if unclear := sorted(label for label, match in found.items() if match is None):
        raise ValueError(f"segments without a Modic type in their label: {', '.join(unclear)}")
    return {label: int(match[1] or match[2]) for label, match in found.items() if match}


def _patients(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        if not {"exam", "patient"} <= set(reader.fieldnames or ()):
            raise ValueError(f"{path} needs the columns exam and patient")
        return {row["exam"].strip(): row["patient"].strip() for row in reader}


def _find(folder: Path, name: str) -> Path | None:
    """The one file or folder that holds `name`."""
    choices = (folder / name, *(folder / f"{name}{suffix}" for suffix in (".nii.gz", ".nii", ".dcm")))
    there = [path for path in choices if path.exists()]
    if len(there) > 1:
        raise ValueError(f"{folder}: {' and '.join(path.name for path in there)} are both there: keep one")
    return there[0] if there else None


def _is_nifti(path: Path) -> bool:
    return path.name.endswith((".nii", ".nii.gz"))


def _series(path: Path) -> tuple[Volume, Loaded | None]:
    """A stack, and how it was read from DICOM."""
    if _is_nifti(path):
        return nifti.read(path)[0], None
    loaded = load_series(path)
    return loaded.volume, loaded


def _cautions(t1: Loaded | None, t2: Loaded | None) -> tuple[str, ...]:
    """What intake would say against an exam's series. Raises ValueError for two patients."""
    said = [sentence for loaded in (t1, t2) if loaded for sentence in loaded.cautions]
    return (*(together(t1, t2) if t1 and t2 else ()), *said)


def _mask(path: Path, grid: Volume, numbers: Numbering, known: tuple[int, ...]) -> NDArray[np.uint8]:
    """Numbers on T1's grid, of a NIfTI mask (which may hold `known` ones) or of a segmentation's segments."""
    if _is_nifti(path):
        return _numbers(path, grid, known)
    source = path
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.is_file())
        if len(files) != 1:
            raise ValueError(f"{path} must hold one DICOM segmentation, not {len(files)} files")
        source = files[0]
    segments = read_segments(source, grid)
    table = numbers(tuple(segments))
    result = np.zeros(grid.array.shape, np.uint8)
    for label, mask in segments.items():
        result[mask] = table[label]
    return result


def _numbers(path: Path, grid: Volume, known: tuple[int, ...]) -> NDArray[np.uint8]:
    """A NIfTI mask on T1's grid, whichever way its axes run over the same voxels."""
    (mask, _), (wanted, turn) = upright(nifti.read(path)[0]), upright(grid)
    if (mask.positions_mm[-1] - mask.positions_mm[0]) @ (
        wanted.positions_mm[-1] - wanted.positions_mm[0]
    ) < 0:
        mask = replace(mask, array=mask.array[::-1], positions_mm=mask.positions_mm[::-1])
    if mask.array.shape != wanted.array.shape or not _same_place(mask, wanted):
        raise ValueError(f"{path} does not lie on the grid of t1")
    if strange := np.setdiff1d(mask.array, np.asarray(known, np.float32)).tolist():
        some = ", ".join(f"{value:g}" for value in strange[:5])
        raise ValueError(f"{path} holds {some}: docs/training.md says which numbers a mask may hold")
    return turn.undo(mask.array).astype(np.uint8)


def _same_place(one: Volume, two: Volume) -> bool:
    """Whether two stacks of one shape lie within half a pixel of each other."""
    corners = np.array([[0.0, 0.0, 0.0], [len(one.array) - 1.0, *(n - 1.0 for n in one.array.shape[1:])]])
    apart = np.linalg.norm(one.to_patient(corners) - two.to_patient(corners), axis=1)
    return float(apart.max()) <= 0.5 * min(two.pixel_spacing_mm)
