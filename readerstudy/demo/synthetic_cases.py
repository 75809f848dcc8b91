"""Synthetic exams for simulations: tiny images, a drawn truth, and a map of known accuracy.

No networks and no anatomy: blocks stand for bodies. What is simulated is readers, not images. The map's
accuracy is the paper's (Gao et al. 2022, Table 2: sensitivity 0.71, specificity 0.95).
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from django.conf import settings
from numpy.typing import NDArray
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from scipy.stats import norm

from annotations.rules import LabellingRules
from annotations.vocabulary import SITES_12, Half, Level, ModicType, Site
from inference.steps.endplates import find
from readerstudy.common import clock
from readerstudy.exams.models import Exam, Instance, Series
from readerstudy.exams.states import ExamState, SeriesKind
from readerstudy.predictions import results
from readerstudy.predictions.models import ModicMap, Run
from readerstudy.predictions.states import RunState

SLICES, HEIGHT, ROWS, COLUMNS = 3, 10, 60, 12
SPACING_MM = (4.0, 1.0, 1.0)
_TYPES = np.array([0.30, 0.55, 0.15])
Truth = Mapping[Site, ModicType]


@dataclass(frozen=True)
class MapAccuracy:
    """How often a map finds a change that is there, and is silent where there is none."""

    sensitivity: float = 0.71
    specificity: float = 0.95


def draw_truth(rng: np.random.Generator, *, prevalence: float = 0.27, icc: float = 0.2) -> Truth:
    """One exam's true grades; halves of an exam are alike by `icc` on the normal scale behind."""
    exam, units = rng.standard_normal(), rng.standard_normal(len(SITES_12))
    changed = np.sqrt(icc) * exam + np.sqrt(1 - icc) * units < norm.ppf(prevalence)
    kinds = rng.choice([1, 2, 3], size=len(SITES_12), p=_TYPES)
    return {
        site: ModicType(int(kind)) if there else ModicType.NONE
        for site, there, kind in zip(SITES_12, changed, kinds, strict=True)
    }


def draw_suggestions(truth: Truth, accuracy: MapAccuracy, rng: np.random.Generator) -> Truth:
    """What a map of this accuracy says of the exam."""
    said = {}
    for site, true in truth.items():
        right = rng.random() < (accuracy.sensitivity if true else accuracy.specificity)
        invented = ModicType(int(rng.choice([1, 2, 3], p=_TYPES)))
        said[site] = true if right else ModicType.NONE if true else invented
    return said


def make_exam(number: int, suggestions: Truth) -> Exam:
    """A released synthetic exam with its images and its map."""
    levels = [
        {"level": level.value, "body": body, "point_mm": list(_centre(body))}
        for body, level in enumerate(Level, start=1)
    ]
    exam = Exam.objects.create(
        pseudonym=f"SIM-{number:04d}",
        patient_key=_digest(f"patient {number}"),
        study_key=_digest(f"study {number}"),
        state=ExamState.RELEASED,
        synthetic=True,
        proposed_levels=levels,
        confirmed_levels=levels,
        created_at=clock.now(),
        released_at=clock.now(),
    )
    for kind in SeriesKind:
        _write_series(exam, kind)
    _write_map(exam, suggestions)
    return exam


def _digest(text: str) -> str:
    return hashlib.sha256(f"simulated {text}".encode()).hexdigest()


def _centre(body: int) -> tuple[float, float, float]:
    """Middle of a body in patient coordinates (mm); body 1 is the uppermost."""
    return (0.0, COLUMNS / 2 - 0.5, -(body - 0.5) * 2 * HEIGHT)


def _write_series(exam: Exam, kind: SeriesKind) -> None:
    series = Series.objects.create(
        exam=exam, kind=kind, description=f"Simulated {kind.upper()}", reason="simulated", slices=SLICES
    )
    frame, study = generate_uid(), generate_uid()
    for index in range(SLICES):
        one = pydicom.Dataset()
        one.file_meta = pydicom.dataset.FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.SOPClassUID, one.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", generate_uid()
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
        one.StudyInstanceUID, one.SeriesInstanceUID = study, frame
        one.FrameOfReferenceUID, one.InstanceNumber = frame, index + 1
        one.Rows, one.Columns, one.SamplesPerPixel = 2 * ROWS, COLUMNS, 1
        one.PhotometricInterpretation = "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 0
        one.PixelSpacing, one.SliceThickness = list(SPACING_MM[1:]), SPACING_MM[0]
        one.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        one.ImagePositionPatient = [(index - 1) * SPACING_MM[0], 0, 0]
        one.WindowCenter, one.WindowWidth = 100, 200
        pixels = np.random.default_rng(exam.pk.int % 2**32 + index).integers(0, 200, (2 * ROWS, COLUMNS))
        one.PixelData = pixels.astype("<u2").tobytes()
        path = f"simulated/{exam.pk}/{kind.value}/{index}.dcm"
        target = Path(settings.MEDIA_ROOT) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        one.save_as(target, enforce_file_format=True)
        Instance.objects.create(
            series=series,
            index=index,
            sop_uid=one.SOPInstanceUID,
            source_key=_digest(one.SOPInstanceUID),
            path=path,
            sha256=hashlib.sha256(target.read_bytes()).hexdigest(),
            pixel_sha256=hashlib.sha256(one.PixelData).hexdigest(),
        )


def arrays_of(suggestions: Truth) -> dict[str, NDArray[Any]]:
    """A map's arrays [slices, rows, columns]: six bodies below one another, a block for every change."""
    shape = (SLICES, 2 * ROWS, COLUMNS)
    bodies, halves = np.zeros(shape, np.int16), np.zeros(shape, np.uint8)
    modic, probability = np.zeros(shape, np.uint8), np.full(shape, 8, np.uint8)
    for body, level in enumerate(Level, start=1):
        top = (body - 1) * 2 * HEIGHT
        bodies[:, top + 1 : top + 2 * HEIGHT - 1] = body
        for half, start in ((Half.UPPER, top + 1), (Half.LOWER, top + HEIGHT)):
            rows = slice(start, start + HEIGHT - 1)
            halves[:, rows] = 1 if half is Half.UPPER else 2
            kind = suggestions[Site(level, half)]
            if kind:
                modic[1, start + 1 : start + 5, 2:9] = int(kind)
                probability[1, start + 1 : start + 5, 2:9] = 220
    return {"bodies": bodies, "halves": halves, "modic": modic, "probability": probability}


def _write_map(exam: Exam, suggestions: Truth) -> None:
    rules = LabellingRules()
    arrays = arrays_of(suggestions)
    chances = arrays["probability"].astype(np.float32) / 255
    findings = find(arrays["modic"], chances, arrays["bodies"], arrays["halves"], SPACING_MM, rules)
    labels = {
        "findings": [finding.to_json() for finding in findings],
        "bodies": [{"body": body, "point_mm": list(_centre(body))} for body in range(1, len(Level) + 1)],
        "model": {"simulated": "1"},
    }
    provenance = {
        "networks": [],
        "settings": {
            "rules": {
                "min_diameter_mm": rules.min_diameter_mm,
                "secondary_fraction": rules.secondary_fraction,
            }
        },
    }
    key = uuid.uuid4()
    path = f"maps/{key}"
    sha256 = results.write_arrays(Path(settings.MEDIA_ROOT) / path, arrays, labels, provenance)
    now = clock.now()
    run = Run.objects.create(
        exam=exam, state=RunState.DONE, provenance=provenance, created_at=now, finished_at=now
    )
    ModicMap.objects.create(
        id=key,
        run=run,
        exam=exam,
        path=path,
        sha256=sha256,
        body_labels=[finding.to_json() for finding in findings],
        synthetic_model=True,
        created_at=now,
    )
