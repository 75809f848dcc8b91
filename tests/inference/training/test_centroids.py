"""Centroids from annotated exams: what was put in is found again, and travels into a map."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.nifti import layout_of
from inference.pipeline import MapSettings
from inference.steps.modicmap import Centroids
from inference.training.__main__ import main
from inference.training.centroids import fit_centroids
from inference.training.exams import AnnotatedExam
from inference.training.splits import sealed
from inference.volume import Volume

RAW = MapSettings(flatten=False, shrink_mm=0.0)
DOWN, BACK = np.array([0.0, 0.0, -1.0]), np.array([0.0, 1.0, 0.0])


def exam(name: str = "one", seed: int = 0) -> AnnotatedExam:
    """A slab of marrow with a patch of each type, 2 SD bright or dark on T1 and T2."""
    random = np.random.default_rng(seed)
    bodies = np.zeros((3, 120, 90), np.uint8)
    bodies[:, 10:110, 10:80] = 3
    modic = np.zeros(bodies.shape, np.uint8)
    modic[:, 20:24, 20:40], modic[:, 50:54, 20:40], modic[:, 80:84, 20:40] = 1, 2, 3
    both = []
    for shift in ((0, -2, 2, -2), (0, 2, 1, -2)):
        values = 500 + 100 * (random.normal(size=bodies.shape) + np.array(shift)[modic])
        positions = np.outer(np.arange(3), [-4.0, 0, 0])
        both.append(Volume(values.astype(np.float32), positions, BACK, DOWN, (1.0, 1.0)))
    return AnnotatedExam(name, both[0], both[1], bodies, modic)


def test_means_and_spread_of_each_type_are_found_again() -> None:
    found = fit_centroids([exam("one", 1), exam("two", 2)], RAW)
    assert found["fitted_on"] == ["one", "two"]
    assert found["persons_sha256"] == sorted([sealed("one"), sealed("two")])
    one, two, three = (np.array(found["centroids"][kind]) for kind in "123")
    assert one == pytest.approx([-1.85, 1.85], abs=0.25)
    assert two == pytest.approx([1.85, 0.9], abs=0.25)
    assert three == pytest.approx([-1.85, -1.85], abs=0.25)
    assert found["sds"]["2"] == pytest.approx([0.95, 0.95], abs=0.15)


def test_a_type_nobody_annotated_is_named() -> None:
    poor = exam()
    poor = replace(poor, modic=np.where(poor.modic == 3, 0, poor.modic).astype(np.uint8))
    with pytest.raises(ValueError, match="no annotated voxel of type 3 in 1 exams"):
        fit_centroids([poor], RAW)


def write(folder: Path, made: AnnotatedExam) -> Path:
    folder.mkdir(parents=True)
    layout = layout_of(made.t1)
    for name, array in (
        ("t1", made.t1.array.clip(0, 1000) / 4),
        ("t2", made.t2.array.clip(0, 1000) / 4),
        ("vertebrae", made.numbers),
        ("modic", made.modic),
    ):
        layout.write(folder / f"{name}.nii.gz", array.astype(np.uint8))
    return folder


def test_the_command_writes_a_file_that_a_map_takes(tmp_path: Path) -> None:
    write(tmp_path / "exams" / "one", exam())
    out = tmp_path / "a new folder" / "centroids.json"
    command = ["fit-centroids", str(tmp_path / "exams"), "--out", str(out)]
    assert main([*command, "--no-flatten"]) == 0
    assert not Centroids.from_file(out).flattened
    assert main(command) == 0
    fitted = Centroids.from_file(out)
    assert fitted.flattened
    assert fitted.source.startswith("fitted on 1 annotated exams")
    assert fitted.type_1[0] < 0 < fitted.type_1[1]


def test_an_exam_without_t2_or_changes_is_named() -> None:
    with pytest.raises(ValueError, match="one lacks t2"):
        fit_centroids([replace(exam(), t2=None)], RAW)
    with pytest.raises(ValueError, match="one lacks modic"):
        fit_centroids([replace(exam(), modic=None)], RAW)
