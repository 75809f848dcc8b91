"""A researcher's own exam from a folder: volumes, and the images that segmentations refer to.

Files go through the same acceptance as uploads (`inference.dicom.intake`). The identity that acceptance takes
away is put back on the images here, so that a result can be filed beside its exam; nothing is stored.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom import Dataset

from inference.dicom.child import Child
from inference.dicom.facts import Facts
from inference.dicom.fat import fat_suppressed
from inference.dicom.intake import receive
from inference.dicom.read import NotAVolume, read_volume
from inference.dicom.series import select
from inference.dicom.stacks import Plane, Stack, stacks_of
from inference.dicom.uids import Keyed
from inference.dicom.values import is_uid, text
from inference.volume import Volume

_KEYED = Keyed(b"the key of one process, kept nowhere")
_IDENTITY = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")


class LoadError(ValueError):
    """A folder holds no usable series or exam; the sentence says what is missing."""


@dataclass(frozen=True)
class Loaded:
    """One series. sources: its images in slice order, fit to be referred to.

    fat_by_header: whether fat is suppressed (yes, no or unknown), before anything is measured. remarks:
    sentences about what was read, chosen and passed over.
    """

    volume: Volume
    sources: tuple[Dataset, ...]
    fat_by_header: str
    remarks: tuple[str, ...]

    @property
    def fat_suppressed(self) -> str:
        """yes, no or unknown: by the header, else measured from the pixels of what must be a T2."""
        return fat_suppressed(self.volume) if self.fat_by_header == "unknown" else self.fat_by_header


def reader() -> Child:
    """A child process for several `load_series`: to start one costs as much as reading a series."""
    return Child(_KEYED)


def load_series(folder: Path, child: Child | None = None) -> Loaded:
    """The largest sagittal stack in a folder, of any contrast and any number of slices. Raises LoadError.

    child: from `reader`, left running; without it one is started and ended.
    """
    with tempfile.TemporaryDirectory(prefix="inference-") as staging:
        images, said = _receive(folder, Path(staging), child)
        sagittal = [stack for stack in stacks_of(images) if stack.plane is Plane.SAGITTAL]
        if not sagittal:
            raise LoadError(f"{folder} holds no sagittal images.")
        stack = max(sagittal, key=lambda stack: len(stack.images))
        return _load(stack, Path(staging), _originals(folder), said)


def load_exam(folder: Path) -> tuple[Loaded, Loaded]:
    """T1 and T2 of the one exam in a folder, chosen by the rules of intake. Raises LoadError."""
    with tempfile.TemporaryDirectory(prefix="inference-") as staging:
        images, said = _receive(folder, Path(staging))
        selections = select(images, lambda stack: _measured(stack, Path(staging)))
        usable = [s for s in selections if not s.refusal and s.t1 and s.t2]
        if len(usable) != 1:
            why = " ".join(s.refusal for s in selections if s.refusal) or "It holds more than one exam."
            raise LoadError(f"{folder} cannot be mapped: {why}")
        (chosen,) = usable
        if chosen.t1 is None or chosen.t2 is None:
            raise LoadError(f"{folder} lacks a series.")
        originals = _originals(folder)
        remarks = (*said, *(decision.reason for decision in chosen.decisions), *chosen.warnings)
        return (
            _load(chosen.t1.stack, Path(staging), originals, remarks),
            _load(chosen.t2.stack, Path(staging), originals, (), chosen.t2.fat_suppressed),
        )


def _receive(folder: Path, staging: Path, child: Child | None = None) -> tuple[list[Facts], tuple[str, ...]]:
    if not folder.exists():
        raise LoadError(f"{folder} does not exist.")
    received = receive(folder, staging, _KEYED, child=child)
    if received.refused or not received.images:
        raise LoadError(f"{folder}: {received.refused.reason if received.refused else 'no images.'}")
    return received.images, tuple(received.summary())


def _load(
    stack: Stack, staging: Path, originals: dict[str, Dataset], remarks: Iterable[str], fat: str = ""
) -> Loaded:
    clean = [pydicom.dcmread(staging / "clean" / image.file) for image in stack.images]
    try:
        volume = read_volume(clean)
    except NotAVolume as error:
        raise LoadError(f"The series is not one stack: {error}.") from error
    for dataset, image in zip(clean, stack.images, strict=True):
        if image.source_key in originals:
            _identify(dataset, originals[image.source_key])
    ordered = sorted(clean, key=lambda d: float(volume.normal @ [float(v) for v in d.ImagePositionPatient]))
    return Loaded(volume, tuple(ordered), fat or stack.fat_suppressed, tuple(remarks))


def _measured(stack: Stack, staging: Path) -> str:
    try:
        return fat_suppressed(read_volume(pydicom.dcmread(staging / "clean" / i.file) for i in stack.images))
    except NotAVolume:
        return "unknown"


def _originals(folder: Path) -> dict[str, Dataset]:
    """Headers of single-frame originals, by the key that acceptance gives them."""
    found: dict[str, Dataset] = {}
    for path in sorted(folder.rglob("*") if folder.is_dir() else [folder]):
        if path.is_file() and not path.is_symlink():
            try:
                header = pydicom.dcmread(path, stop_before_pixels=True)
            except (pydicom.errors.InvalidDicomError, OSError):
                continue
            if int(header.get("NumberOfFrames") or 1) == 1:
                place = (text(header, "StudyInstanceUID"), text(header, "SeriesInstanceUID"))
                found[_KEYED.digest("image", *place, text(header, "SOPInstanceUID"), "0")] = header
    return found


def _identify(clean: Dataset, original: Dataset) -> None:
    """Put the exam's own identity back on one image (changes `clean`)."""
    for keyword in _IDENTITY:
        if original.get(keyword):
            setattr(clean, keyword, original.get(keyword))
    for keyword in _UIDS:
        if is_uid(text(original, keyword)):
            setattr(clean, keyword, text(original, keyword))
    clean.PatientIdentityRemoved = "NO"
    if "DeidentificationMethod" in clean:
        del clean.DeidentificationMethod
