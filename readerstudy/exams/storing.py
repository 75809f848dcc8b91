"""Files and rows of exams on their way in: the inner steps of the services, called by them alone."""

import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError

from inference.dicom.facts import Facts
from inference.dicom.fat import fat_suppressed
from inference.dicom.finish import Kept, description, keep_series
from inference.dicom.read import read_files
from inference.dicom.series import Chosen, Decision, Selection, select
from inference.dicom.uids import Keyed
from readerstudy.common import clock
from readerstudy.common.files import remove, untouched
from readerstudy.exams.models import Exam, Instance, Series, Upload
from readerstudy.exams.policies import FORGET_AFTER
from readerstudy.exams.states import SeriesKind

_NEEDS_CHECK = ("yes", "suspect")


class Taken(Exception):
    """Another taker stored the same study meanwhile."""


@dataclass(frozen=True)
class Outcome:
    """What became of one exam of an upload. code: "" if it is here now, else why it was refused."""

    sentence: str
    code: str = ""
    exam: Exam | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """An exam of an upload: its images, and the series chosen or the refusal."""

    selection: Selection

    @property
    def images(self) -> list[Facts]:
        """Every image of the study that came."""
        return self.selection.images

    @property
    def study_key(self) -> str:
        """Keyed digest of the study."""
        return self.images[0].study_key

    @property
    def chosen(self) -> list[tuple[SeriesKind, Chosen]]:
        """T1 and T2, as far as they were found."""
        found = ((SeriesKind.T1, self.selection.t1), (SeriesKind.T2, self.selection.t2))
        return [(kind, chosen) for kind, chosen in found if chosen is not None]


def installation_key() -> Keyed:
    """The key under which this installation's pseudonyms and UIDs are made."""
    return Keyed(settings.DEIDENTIFICATION_KEY.encode())


def upload_folder(upload: Upload) -> Path:
    """Where an upload's original files wait for the worker."""
    return Path(settings.UPLOAD_DIR) / str(upload.pk)


def staging_folder(upload: Upload) -> Path:
    """Where de-identified images lie until their exam is stored."""
    return Path(settings.UPLOAD_DIR) / f"{upload.pk}-staging"


def keep_files(files: Iterable[UploadedFile], folder: Path) -> None:
    """Write the files as 000000, 000001, …; the names they came with are used nowhere."""
    folder.mkdir(parents=True)
    for number, file in enumerate(files):
        with (folder / f"{number:06d}").open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)


def upload_source(upload: Upload) -> Path:
    """The one file of an upload, or its folder."""
    folder = upload_folder(upload)
    files = list(folder.iterdir()) if folder.is_dir() else []
    return files[0] if len(files) == 1 else folder


def forget(upload: Upload) -> None:
    """Remove everything that an upload brought."""
    shutil.rmtree(upload_folder(upload), ignore_errors=True)
    shutil.rmtree(staging_folder(upload), ignore_errors=True)


def forget_orphans(unfinished: set[str]) -> int:
    """Remove uploaded bytes that no unfinished upload answers for; returns how many files or folders.

    unfinished: keys of uploads. A process killed before its row was written leaves such bytes.
    """
    owned = {key for pk in unfinished for key in (pk, f"{pk}-staging")}
    arriving = Path(settings.FILE_UPLOAD_TEMP_DIR)
    found = [
        entry
        for folder in (Path(settings.UPLOAD_DIR), arriving)
        for entry in untouched(folder, age=FORGET_AFTER)
        if entry.name not in owned and entry != arriving
    ]
    for entry in found:
        remove(entry)
    return len(found)


def choose(images: Sequence[Facts], staged: Path) -> list[Prepared]:
    """The exams among the images, each with its T1 and T2 or the reason why not."""

    def measure(stack: Any) -> str:
        return fat_suppressed(read_files([staged / image.file for image in stack.images]))

    return [Prepared(selection) for selection in select(images, measure)]


def refused_outcome(prepared: Prepared) -> Outcome:
    """An exam that can't be used, with everything said about its series."""
    return Outcome(
        prepared.selection.refusal, code=prepared.selection.code, details=sentences(prepared, warnings=False)
    )


def sentences(prepared: Prepared, *, warnings: bool = True) -> tuple[str, ...]:
    """One line a series, then the warnings."""
    series = [f"{d.series} ({d.slices} slices, {d.plane}): {d.reason}" for d in prepared.selection.decisions]
    return (*series, *(prepared.selection.warnings if warnings else ()))


def compare(existing: Exam, prepared: Prepared) -> Outcome:
    """A study that is here already: a repeat is no change, other pixels or other images are refused."""
    stored = dict(Instance.objects.filter(series__exam=existing).values_list("source_key", "pixel_sha256"))
    sent = {image.source_key: image.pixel_sha256 for image in prepared.images}
    name = existing.pseudonym
    if any(stored.get(key, pixels) != pixels for key, pixels in sent.items()):
        return Outcome(
            f"{name}: an image of this exam is here already with other pixels. Nothing was changed.",
            code="other-pixels",
        )
    wanted = {image.source_key for _, chosen in prepared.chosen for image in chosen.stack.images}
    if wanted <= set(stored) and set(sent) & set(stored):
        return Outcome(f"{name}: here already, nothing was changed.", exam=existing)
    return Outcome(
        f"{name}: this study is here already, with other images. Nothing was changed.", code="other-images"
    )


def new_folder(upload: Upload, prepared: Prepared) -> Path:
    """An empty folder for a new exam; the same for a second attempt at the same upload."""
    folder = Path(settings.MEDIA_ROOT) / "exams" / str(_exam_id(upload, prepared))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _exam_id(upload: Upload, prepared: Prepared) -> uuid.UUID:
    return uuid.uuid5(upload.pk, prepared.study_key)


def write_series(prepared: Prepared, staged: Path, folder: Path) -> dict[SeriesKind, list[Kept]]:
    """Write both chosen series below the exam's folder."""
    return {
        kind: keep_series(kind.value, number, chosen, staged, folder / kind.value)
        for number, (kind, chosen) in enumerate(prepared.chosen, 1)
    }


def add_rows(upload: Upload, prepared: Prepared, kept: dict[SeriesKind, list[Kept]]) -> Exam:
    """Rows of a new exam. Raises Taken if another transaction stored the study first."""
    first = prepared.images[0]
    synthetic = upload.synthetic or all(image.manufacturer == "Synthetic" for image in prepared.images)
    fields: dict[str, Any] = {
        "pk": _exam_id(upload, prepared),
        "patient_key": first.patient_key,
        "study_key": prepared.study_key,
        "synthetic": synthetic,
        "age_years": first.age_years,
        "sex": first.sex,
        "selection": [_told(decision) for decision in prepared.selection.decisions],
        "warnings": prepared.selection.warnings,
        "needs_check": any(i.burned_in in _NEEDS_CHECK for images in kept.values() for i in images),
        "upload": upload,
        "created_at": clock.now(),
    }
    earlier = Exam.objects.filter(patient_key=first.patient_key).count()
    try:
        exam = Exam.objects.create(pseudonym=f"{first.pseudonym}-{earlier + 1}", **fields)
    except IntegrityError:
        raise Taken from None
    for kind, chosen in prepared.chosen:
        _add_series(exam, kind, chosen, kept[kind])
    return exam


def _told(decision: Decision) -> dict[str, Any]:
    """What is kept of the choice of one series."""
    return {key: value for key, value in asdict(decision).items() if key != "order"}


def _add_series(exam: Exam, kind: SeriesKind, chosen: Chosen, kept: list[Kept]) -> None:
    series = Series.objects.create(
        exam=exam,
        kind=kind,
        description=description(kind.value, chosen.fat_suppressed),
        reason=chosen.reason,
        fat_suppressed=chosen.fat_suppressed,
        acquisition=acquisition(chosen),
        slices=len(kept),
    )
    Instance.objects.bulk_create(
        Instance(
            series=series,
            index=image.index,
            sop_uid=image.sop_uid,
            source_key=image.source_key,
            path=f"exams/{exam.pk}/{kind.value}/{image.name}",
            sha256=image.sha256,
            pixel_sha256=image.pixel_sha256,
            burned_in=image.burned_in,
        )
        for image in kept
    )


def acquisition(chosen: Chosen) -> dict[str, Any]:
    """The attributes of the paper's Table 1, None where the header is silent. ms, degrees, Hz, tesla, mm."""
    image, steps = chosen.stack.first, np.diff(chosen.stack.offsets)
    return {
        "repetition_ms": image.repetition_ms,
        "echo_ms": image.echo_ms,
        "inversion_ms": image.inversion_ms,
        "flip_degrees": image.flip_degrees,
        "bandwidth_hz": image.bandwidth_hz,
        "echo_train": image.echo_train,
        "field_tesla": image.field_tesla,
        "manufacturer": image.manufacturer,
        "model": image.model,
        "matrix": [image.rows, image.columns],
        "pixel_mm": list(image.spacing),
        "field_of_view_mm": [image.rows * image.spacing[0], image.columns * image.spacing[1]],
        "thickness_mm": image.thickness,
        "slice_distance_mm": float(np.median(steps)),
    }
