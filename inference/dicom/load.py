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
from inference.dicom.pair import frames_apart, misgivings, unfit
from inference.dicom.read import NotAVolume, read_volume
from inference.dicom.series import Selection, select
from inference.dicom.stacks import LEAST_SLICES, Plane, Stack, Weighting, soundness, stacks_of
from inference.dicom.uids import Keyed
from inference.dicom.values import is_uid, text, whole
from inference.dicom.verdicts import Limits
from inference.volume import Volume

_KEYED = Keyed(b"the key of one process, kept nowhere")
_IDENTITY = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
UTF_8 = "ISO_IR 192"
"""What a name outside ASCII is written in, whatever it came in (PS3.3 C.12.1.1.2)."""
_UIDS_OF_MANY = ("StudyInstanceUID", "FrameOfReferenceUID")
_UIDS = (*_UIDS_OF_MANY, "SeriesInstanceUID", "SOPInstanceUID")


class LoadError(ValueError):
    """A folder holds no usable series or exam; the sentence says what is missing."""


@dataclass(frozen=True)
class Loaded:
    """One series. sources: its images in slice order, fit to be referred to.

    fat_by_header: whether fat is suppressed (yes, no or unknown), before anything is measured. remarks:
    sentences about what was read, chosen and passed over. cautions: what the person should look into.
    patient: PatientID as stated, "" without.
    """

    volume: Volume
    sources: tuple[Dataset, ...]
    stack: Stack
    fat_by_header: str
    remarks: tuple[str, ...]
    cautions: tuple[str, ...]
    patient: str

    @property
    def fat_suppressed(self) -> str:
        """yes, no or unknown: by the header, else measured from the pixels of what must be a T2."""
        return fat_suppressed(self.volume) if self.fat_by_header == "unknown" else self.fat_by_header


def reader(*, fork: bool = False) -> Child:
    """A child process for several series. fork: as `Child` has it."""
    return Child(_KEYED, fork=fork)


def load_series(folder: Path, child: Child | None = None) -> Loaded:
    """The largest sagittal stack in a folder, of any contrast and any number of slices. Raises LoadError.

    child: from `reader`, left running; without it one is started and ended.
    """
    with tempfile.TemporaryDirectory(prefix="inference-") as staging:
        images, said = _receive(folder, Path(staging), child)
        stacks = stacks_of(images)
        sagittal = [stack for stack in stacks if stack.plane is Plane.SAGITTAL]
        if not sagittal:
            planes = " and ".join(sorted({stack.plane for stack in stacks}))
            raise LoadError(f"{folder} holds {planes} images only; give the folder of a sagittal series.")
        if len({stack.first.patient_key for stack in sagittal}) > 1:
            raise LoadError(f"{folder} holds images of several patients; give a folder of one.")
        stack = max(sagittal, key=lambda stack: len(stack.images))
        taken = f"{_named(stack)}, {stack.weighting} by its header, was taken."
        cautions = [f"{_named(s)} in the same folder was left out." for s in sagittal if s is not stack]
        health = soundness(stack, least=1)
        cautions += [f"{stack.number}: {what}." for what in (health.problem, *health.warnings) if what]
        return _load(stack, Path(staging), _originals(folder), (*said, taken), cautions)


def load_exam(folder: Path, child: Child | None = None) -> tuple[Loaded, Loaded]:
    """T1 and T2 of the one exam in a folder, chosen by the rules of intake. child: as for a series.

    Series of fewer slices than a study needs will do where there are no others.

    Raises LoadError.
    """
    with tempfile.TemporaryDirectory(prefix="inference-") as staging:
        images, said = _receive(folder, Path(staging), child)
        chosen = _only_exam(images, folder, Path(staging))
        if chosen.t1 is None or chosen.t2 is None:
            raise LoadError(f"{folder} lacks a series.")
        originals = _originals(folder)
        remarks = (*said, *(f"{decision.series}: {decision.reason}" for decision in chosen.decisions))
        return (
            _load(chosen.t1.stack, Path(staging), originals, remarks, chosen.warnings),
            _load(chosen.t2.stack, Path(staging), originals, (), (), chosen.t2.fat_suppressed),
        )


def together(t1: Loaded, t2: Loaded) -> tuple[str, ...]:
    """What speaks against two series that a person named as T1 and T2.

    Raises LoadError if they state different patients.
    """
    one, other = t1.stack, t2.stack
    said = [
        f"{kind}: {reason}; is it the right series?"
        for kind, stack in ((Weighting.T1, one), (Weighting.T2, other))
        if (reason := misgivings(stack, kind))
    ]
    if one.first.patient_key != other.first.patient_key:
        if t1.patient and t2.patient:
            raise LoadError("T1 and T2 belong to different patients; both series of one exam are needed.")
        said.append("T1 and T2 come from different examinations without a patient's number: are they of one?")
    apart = unfit(one, other)
    return (*said, *filter(None, (apart[1] if apart else "", frames_apart(one, other))))


def _receive(folder: Path, staging: Path, child: Child | None = None) -> tuple[list[Facts], tuple[str, ...]]:
    if not folder.exists():
        raise LoadError(f"{folder} does not exist.")
    received = receive(folder.absolute(), staging, _KEYED, child=child)
    if received.refused or not received.images:
        raise LoadError(f"{folder}: {received.refused.reason if received.refused else 'no images.'}")
    return received.images, tuple(f"{folder.name}: {sentence}" for sentence in received.summary())


def _only_exam(images: list[Facts], folder: Path, staging: Path) -> Selection:
    """The one exam with both series. Raises LoadError if there is none, or more than one."""
    for least in (LEAST_SLICES, 1):
        selections = select(images, lambda stack: _measured(stack, staging), least=least)
        usable = [s for s in selections if not s.refusal and s.t1 and s.t2]
        if usable:
            break
    if len(usable) != 1:
        why = " ".join(s.refusal for s in selections if s.refusal)
        more = "It holds more than one exam; give the folder of one, or those of T1 and T2."
        raise LoadError(f"{folder} cannot be mapped: {more if usable else why}")
    return usable[0]


def _named(stack: Stack) -> str:
    """A series as it is called in remarks."""
    count = len(stack.images)
    return f"{stack.number} ({count} sagittal {'images' if count > 1 else 'image'})"


def _load(
    stack: Stack,
    staging: Path,
    originals: dict[str, Dataset],
    remarks: Iterable[str],
    cautions: Iterable[str],
    fat: str = "",
) -> Loaded:
    clean = [pydicom.dcmread(staging / "clean" / image.file) for image in stack.images]
    try:
        volume = read_volume(clean)
    except NotAVolume as error:
        raise LoadError(f"The series is not one stack: {error}.") from error
    own = [originals.get(image.source_key) for image in stack.images]
    for dataset, header in zip(clean, own, strict=True):
        if header is not None:
            _identify(dataset, header)
    ordered = sorted(clean, key=lambda d: float(volume.normal @ [float(v) for v in d.ImagePositionPatient]))
    return Loaded(
        volume,
        tuple(ordered),
        stack,
        fat or stack.fat_suppressed,
        tuple(remarks),
        (*cautions, *_about_identity(stack, own)),
        text(own[0], "PatientID") if own[0] is not None else "",
    )


def _about_identity(stack: Stack, own: list[Dataset | None]) -> Iterable[str]:
    """What is not as in the archive that the images came from."""
    if None in own:
        yield (
            f"{stack.number}: the images' own patient and identifiers could not be put back, since they came "
            "in an archive file; unpack it for DICOM outputs that can be filed beside them."
        )
    elif any(_frames(header) > 1 for header in own if header is not None):
        yield (
            f"{stack.number} came as a multi-frame image: DICOM outputs carry its patient and study, but "
            "refer to single images that only exist here."
        )


def _measured(stack: Stack, staging: Path) -> str:
    try:
        return fat_suppressed(read_volume(pydicom.dcmread(staging / "clean" / i.file) for i in stack.images))
    except NotAVolume:
        return "unknown"


def _originals(folder: Path) -> dict[str, Dataset]:
    """Headers of the originals, by the key that acceptance gives to each frame."""
    found: dict[str, Dataset] = {}
    for path in sorted(folder.rglob("*") if folder.is_dir() else [folder]):
        if path.is_file() and not path.is_symlink():
            try:
                header = pydicom.dcmread(path, stop_before_pixels=True)
            except (pydicom.errors.InvalidDicomError, OSError):
                continue
            place = [text(header, k) for k in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")]
            for index in range(_frames(header)):
                found[_KEYED.digest("image", *place, str(index))] = header
    return found


def _frames(header: Dataset) -> int:
    return whole(header, "NumberOfFrames", lambda n: 0 < n <= Limits().frames) or 1


def _identify(clean: Dataset, original: Dataset) -> None:
    """Put the exam's own identity back on one image (changes `clean`); a frame of several stays an image of
    its own in a series of its own."""
    for keyword in _IDENTITY:
        if original.get(keyword):
            setattr(clean, keyword, original.get(keyword))
    if not all(str(clean.get(keyword, "")).isascii() for keyword in _IDENTITY):
        clean.SpecificCharacterSet = UTF_8
    for keyword in _UIDS if _frames(original) == 1 else _UIDS_OF_MANY:
        if is_uid(text(original, keyword)):
            setattr(clean, keyword, text(original, keyword))
    clean.PatientIdentityRemoved = "NO"
    if "DeidentificationMethod" in clean:
        del clean.DeidentificationMethod
