"""Practice exams: drawn once from their seed and kept as files beside the media. They show no patient."""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from django.conf import settings
from numpy.typing import NDArray

from annotations.vocabulary import Level
from inference.phantom import Phantom, make_phantom, write_dicom
from inference.steps.contours import map_slices
from inference.steps.endplates import find, relabel

REMARK = "This map is what was drawn into a synthetic exam; no model made it."
_FORM = "1"
"""Counted up when what is kept of a practice exam changes its form."""


@dataclass(frozen=True)
class PracticeExam:
    """What the reading room is sent of one phantom.

    metadata: DICOM JSON per series and image; frames: the images as 16-bit arrays; levels: names with their
    place in patient mm; map: in the shape of a Modic map.
    """

    metadata: dict[str, list[dict[str, Any]]]
    frames: dict[str, NDArray[np.uint16]]
    levels: list[dict[str, Any]]
    map: dict[str, Any]


def practice_exam(seed: int) -> PracticeExam:
    """The exam of this seed, drawn where it is asked for first: that takes some seconds."""
    folder = Path(settings.DATA_DIR) / "practice" / f"{_FORM}-{seed}"
    if not folder.is_dir():
        _draw(seed, folder)
    return _held(folder)


@lru_cache(maxsize=8)
def _held(folder: Path) -> PracticeExam:
    told = json.loads((folder / "exam.json").read_bytes())
    frames = {kind: np.load(folder / f"{kind}.npy", mmap_mode="r") for kind in ("t1", "t2")}
    return PracticeExam(told["metadata"], frames, told["levels"], told["map"])


def _draw(seed: int, folder: Path) -> None:
    """Write the exam in one move; whoever was first, wins."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        phantom = make_phantom(seed)
        metadata = {}
        write_dicom(phantom, fresh / "dicom")
        for kind in ("t1", "t2"):
            images = _images(fresh / "dicom" / f"sag_{kind}")
            np.save(fresh / f"{kind}.npy", np.stack([image.pixel_array for image in images]))
            for image in images:
                del image.PixelData
            metadata[kind] = [image.to_json_dict() for image in images]
        shutil.rmtree(fresh / "dicom")
        told = {"metadata": metadata, "levels": _levels(phantom), "map": _map(phantom)}
        (fresh / "exam.json").write_text(json.dumps(told))
        os.replace(fresh, folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _images(folder: Path) -> list[pydicom.Dataset]:
    """In the order of the phantom's slices, which is against the numbers."""
    images = [pydicom.dcmread(path) for path in folder.iterdir()]
    return sorted(images, key=lambda image: -int(image.InstanceNumber))


def _levels(phantom: Phantom) -> list[dict[str, Any]]:
    points = phantom.truth.level_points_mm
    return [{"level": level.value, "point_mm": [float(mm) for mm in points[level]]} for level in Level]


def _map(phantom: Phantom) -> dict[str, Any]:
    """The drawn lesions, as a map would show them."""
    truth, t1 = phantom.truth, phantom.t1
    rows, columns = t1.pixel_spacing_mm
    findings = find(
        truth.lesions,
        (truth.lesions > 0).astype(np.float32),
        truth.bodies.astype(np.int16),
        truth.halves,
        (t1.slice_spacing_mm, rows, columns),
    )
    names = {number: level for number, level in truth.levels.items() if level is not None}
    return {
        "slices": map_slices(truth.lesions),
        "labels": [label.to_json() for label in relabel(findings, names)],
        "remarks": [REMARK],
        "sha256": "",
        "model": {},
    }
