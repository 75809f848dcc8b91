"""A map's files: written whole or not at all, and read back only if they are what was written."""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotations.rules import LabellingRules
from inference.export import provenance
from inference.pipeline import ExamMap
from inference.steps.contours import map_slices
from inference.steps.endplates import HalfFinding
from readerstudy.common.files import remove, untouched
from readerstudy.predictions import sham
from readerstudy.predictions.policies import FORGET_AFTER

_ARRAYS, _CONTOURS, _LABELS, _RUN = "arrays.npz", "contours.json", "labels.json", "run.json"

_ARRAY_NAMES = ("bodies", "halves", "modic", "probability")


class DamagedMap(RuntimeError):
    """The stored files are not those that were written."""


@dataclass(frozen=True)
class StoredMap:
    """What a map's folder holds.

    bodies: int16, modic: uint8, both [slices, rows, columns] on T1's grid; slices as the contract's map
    shape; findings by body number; centres_mm: body number to its centre in patient coordinates.
    """

    bodies: NDArray[np.int16]
    modic: NDArray[np.uint8]
    slices: list[dict[str, Any]]
    findings: tuple[HalfFinding, ...]
    centres_mm: dict[int, tuple[float, float, float]]
    model: dict[str, str]


def write(result: ExamMap, folder: Path) -> str:
    """Write a map into `folder`, which must not exist, in one move; returns the map's SHA-256."""
    arrays = {
        "bodies": result.bodies,
        "halves": result.halves,
        "modic": result.modic,
        "probability": np.round(result.probability * 255).astype(np.uint8),
    }
    labels = {
        "findings": [finding.to_json() for finding in result.findings],
        "bodies": [level.to_json() for level in result.levels],
        "model": {network["name"]: network["version"] for network in result.networks},
    }
    return write_arrays(folder, arrays, labels, run_facts(result))


def write_sham(
    true: Path,
    sha256: str,
    folder: Path,
    *,
    seed: int,
    spacing_mm: tuple[float, float, float],
    rules: LabellingRules,
    named: Collection[int],
) -> str:
    """Write the sham of the map in `true` into `folder`, as `write` does a map; returns its SHA-256.

    spacing_mm: (slice, row, column) of the T1; named: bodies with a level's name. Raises as `read` does.
    """
    content = read(true, sha256)
    with np.load(true / _ARRAYS) as held:
        arrays = {name: held[name] for name in _ARRAY_NAMES}
    labels = json.loads((true / _LABELS).read_bytes())
    modic, targets = sham.moved(
        content.modic, content.bodies, arrays["halves"], np.random.default_rng(seed), named
    )
    findings = sham.findings_of(
        modic, content.bodies, arrays["halves"], spacing_mm, rules, content.findings, targets
    )
    arrays["modic"] = modic
    labels["findings"] = [finding.to_json() for finding in findings]
    return write_arrays(folder, arrays, labels, {"sham_of": sha256, "seed": seed})


def write_arrays(
    folder: Path, arrays: dict[str, NDArray[Any]], labels: dict[str, Any], run: dict[str, Any]
) -> str:
    """Write a map from its parts into `folder`, which must not exist, in one move; returns its SHA-256."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.parent / f".new-{folder.name}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        packed = io.BytesIO()
        np.savez_compressed(packed, **arrays)
        contours = {"slices": map_slices(arrays["modic"])}
        _keep(fresh / _ARRAYS, packed.getvalue())
        _keep(fresh / _CONTOURS, json.dumps(contours, separators=(",", ":")).encode())
        _keep(fresh / _LABELS, json.dumps(labels, separators=(",", ":")).encode())
        _keep(fresh / _RUN, json.dumps(run, indent=1).encode())
        digest = _digest(fresh)
        fresh.rename(folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return digest


def read(folder: Path, sha256: str) -> StoredMap:
    """The map in `folder`. Raises DamagedMap if it is not the one of this SHA-256, or is gone."""
    try:
        if _digest(folder) != sha256:
            raise DamagedMap("the stored map is not the one that was written")
        with np.load(folder / _ARRAYS) as arrays:
            bodies, modic = arrays["bodies"], arrays["modic"]
        labels = json.loads((folder / _LABELS).read_bytes())
        slices = json.loads((folder / _CONTOURS).read_bytes())["slices"]
    except OSError as error:
        raise DamagedMap("the stored map is gone") from error
    return StoredMap(
        bodies=bodies,
        modic=modic,
        slices=slices,
        findings=tuple(HalfFinding.from_json(finding) for finding in labels["findings"]),
        centres_mm={int(body["body"]): tuple(body["point_mm"]) for body in labels["bodies"]},
        model=labels["model"],
    )


def forget(folder: Path) -> None:
    """Remove a map's files; for maps that no row tells of."""
    shutil.rmtree(folder, ignore_errors=True)


def forget_orphans(folder: Path, known: set[str]) -> int:
    """Remove maps below `folder` that are not `known` by name and half-written ones; returns how many."""
    found = [entry for entry in untouched(folder, age=FORGET_AFTER) if entry.name not in known]
    for entry in found:
        remove(entry)
    return len(found)


def run_facts(result: ExamMap) -> dict[str, Any]:
    """How a map came about: networks, settings, code, alignment, timings."""
    return provenance(result) | {
        "residual_mm": result.residual_mm,
        "t1_slices_without_t2": list(result.without_t2),
        "timings": result.timings,
    }


def _digest(folder: Path) -> str:
    """SHA-256 over voxels, contours and labels; how long it took is no part of a map."""
    total = hashlib.sha256()
    with np.load(folder / _ARRAYS) as arrays:
        for name in _ARRAY_NAMES:
            array = np.ascontiguousarray(arrays[name])
            total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            total.update(array.tobytes())
    for name in (_CONTOURS, _LABELS):
        total.update(name.encode() + b"\n" + (folder / name).read_bytes())
    return total.hexdigest()


def _keep(path: Path, content: bytes) -> None:
    with path.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
