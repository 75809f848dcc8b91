"""A mapped exam as files: labels, NIfTI, DICOM Segmentations and report, and how they came about.

Everything but `run.json` is byte for byte the same for the same input, networks and settings.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from annotations.vocabulary import Level
from inference import nifti
from inference.dicom import output
from inference.dicom.report import check_report, labels_report
from inference.networks.digest import code_digest
from inference.pipeline import ExamMap

FIRST_UNNAMED = 10
DICOM_FILES = frozenset({"vertebrae.dcm", "modic_map.dcm", "report.dcm"})
_NUMBER = {level: number for number, level in enumerate(Level, 1)}


def numbered_by_level(bodies: NDArray[np.int16], names: Mapping[int, Level]) -> NDArray[np.uint8]:
    """L1…L5 as 1…5, S1 as 6, other bodies from 10 upwards (the lowest of them first)."""
    table = np.zeros(int(bodies.max(initial=0)) + 1, np.uint8)
    unnamed = FIRST_UNNAMED
    for body in range(1, len(table)):
        if body in names:
            table[body] = _NUMBER[names[body]]
        else:
            table[body], unnamed = unnamed, unnamed + 1
    return np.asarray(table[bodies])


def made_by(result: ExamMap) -> str:
    """The networks and versions, at most 64 characters."""
    return ", ".join(f"{network['name']} {network['version'] or '?'}" for network in result.networks)[:64]


def provenance(result: ExamMap) -> dict[str, Any]:
    """What made the map: networks with digests, settings with centroids, code; no times."""
    return {
        "networks": [dict(network) for network in result.networks],
        "settings": result.settings.to_json(),
        "code_sha256": code_digest(),
    }


def dicom_objects(result: ExamMap, sources: Sequence[Dataset]) -> dict[str, Dataset]:
    """File name -> object: bodies, Modic map and report; one that would be empty is absent.

    sources: T1's images in slice order.
    """
    made = made_by(result)
    objects = {"vertebrae.dcm": output.vertebrae_seg(sources, result.bodies, result.names, made)}
    if result.modic.any():
        objects["modic_map.dcm"] = output.modic_seg(sources, result.modic, made)
    if result.labels:
        objects["report.dcm"] = labels_report(sources, result.labels, list(objects.values()), made)
    return objects


def write_exam(
    result: ExamMap,
    folder: Path,
    layout: nifti.Layout,
    sources: Sequence[Dataset],
    *,
    remarks: Sequence[str] = (),
    read_seconds: dict[str, float] | None = None,
) -> list[Path]:
    """Write all outputs into `folder` (made if missing), each in one move; returns the files.

    sources: T1's images in slice order; without them (NIfTI input) no DICOM is written, and run.json says so.
    DICOM of an earlier run goes either way. Raises ValueError, and writes nothing, where a DICOM output would
    not say what the map says.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    dicom = _checked(result, sources) if sources else {}
    labels = [label.to_json() for label in result.labels]
    contents = {
        "endplates.json": json.dumps({"endplates": labels}, indent=1).encode() + b"\n",
        "vertebrae.nii.gz": layout.encoded(numbered_by_level(result.bodies, result.names)),
        "modic_map.nii.gz": layout.encoded(result.modic),
        **dicom,
    }
    folder.mkdir(parents=True, exist_ok=True)
    files = [nifti.put(folder / name, content) for name, content in contents.items()]
    for name in DICOM_FILES - set(dicom):
        (folder / name).unlink(missing_ok=True)
    said = list(remarks)
    if not sources:
        said.append("The input is no DICOM: no DICOM segmentation or report is written.")
    elif "modic_map.dcm" not in dicom:
        said.append("No Modic change was found: DICOM knows no empty segmentation, so none is written.")
    timings = {"read": read_seconds} if read_seconds else {}
    written = {
        "wall_s": round(time.perf_counter() - wall, 4),
        "cpu_s": round(time.process_time() - cpu, 4),
    }
    run = provenance(result) | {
        "notice": "Research use only, not a medical device.",
        "levels": [level.to_json() for level in result.levels],
        "warnings": list(result.warnings),
        "remarks": said,
        "residual_mm": result.residual_mm,
        "t1_slices_without_t2": list(result.without_t2),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        "timings": {**timings, **result.timings, "write": written},
    }
    files.append(nifti.put(folder / "run.json", json.dumps(run, indent=1).encode() + b"\n"))
    return files


def _checked(result: ExamMap, sources: Sequence[Dataset]) -> dict[str, bytes]:
    """File name -> content of every DICOM output, each read back and held against images, map and labels."""
    objects = dicom_objects(result, sources)
    files = {name: output.to_bytes(made) for name, made in objects.items()}
    bodies = range(int(result.bodies.max()), 0, -1)
    shown: dict[str, tuple[NDArray[np.integer], Iterable[int]]] = {
        "vertebrae.dcm": (result.bodies, bodies),
        "modic_map.dcm": (result.modic, (1, 2, 3)),
    }
    wrong = {
        name: output.check(files[name], sources, numbers, [n for n in wanted if (numbers == n).any()])
        for name, (numbers, wanted) in shown.items()
        if name in files
    }
    if "report.dcm" in files:
        segmentations = [objects[name] for name in shown if name in objects]
        wrong["report.dcm"] = check_report(files["report.dcm"], sources, segmentations, result.labels)
    for name, found in wrong.items():
        if found:
            raise ValueError(
                f"{name} would be wrong ({'; '.join(found)}), so nothing is written: report this."
            )
    return files
