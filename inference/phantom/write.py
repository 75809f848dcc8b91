"""Write a phantom as DICOM MR series as a scanner would send them: identified, so that intake has work.

MR Image Storage (PS3.3 A.4), Explicit VR Little Endian, uncompressed 16 bit. Every name, number and date is
made up and says so.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from inference.phantom.console import Heading, ImageType
from inference.phantom.phantom import Acquisition, Phantom
from inference.volume import Volume


@dataclass(frozen=True)
class Patient:
    """The made-up person an exam is written for. age in years, sex M, F or O, dates as YYYYMMDD."""

    name: str = "Phantom^Synthetic"
    id: str = "SYNTHETIC-0"
    sex: str = "O"
    age: int = 50
    study_date: str = "20240131"


def write_dicom(
    phantom: Phantom, folder: Path, patient: Patient | None = None, *, distractors: bool = False
) -> list[Path]:
    """Write T1 and T2 (and, if asked, a scout and an axial series) under `folder`; returns the files.

    UIDs depend on seed, appearance and patient alone: a second run writes the same files.
    """
    person = patient or Patient(name=f"Phantom^Synthetic {phantom.name}", id=f"SYNTHETIC-{phantom.name}")
    console = phantom.appearance.console
    t1, t2 = (sequence.heading for sequence in console.sequences)
    files = _write(phantom, phantom.t1, t1, phantom.t1_settings, folder / "sag_t1", person)
    files += _write(phantom, phantom.t2, t2, phantom.t2_settings, folder / "sag_t2", person)
    if distractors:
        scout, axial = _reformat_coronal(phantom.t2, 3), _reformat_axial(phantom.t2, 12)
        settings, kind = phantom.t1_settings, console.scout_type
        files += _write(phantom, scout, console.scout, settings, folder / "scout", person, kind)
        files += _write(phantom, axial, console.axial, phantom.t2_settings, folder / "ax_t2", person)
    return files


def _write(
    phantom: Phantom,
    volume: Volume,
    heading: Heading,
    settings: Acquisition,
    folder: Path,
    patient: Patient,
    image_type: ImageType | None = None,
) -> list[Path]:
    """One series, numbered along its normal (from the patient's left) or against it, as the console does."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    console, count = phantom.appearance.console, volume.array.shape[0]
    for index in range(count):
        dataset = Dataset()
        _identity(dataset, phantom, patient)
        dataset.ImageType = list(image_type or console.image_type)
        dataset.SeriesDescription, dataset.SeriesNumber = heading.description, heading.number
        dataset.SeriesInstanceUID = _uid(phantom.name, patient.id, heading.description)
        dataset.SOPInstanceUID = _uid(phantom.name, patient.id, heading.description, str(index))
        dataset.InstanceNumber = index + 1 if console.from_left else count - index
        _acquisition(dataset, phantom, settings)
        if console.names_sequences:
            dataset.ProtocolName = heading.description
            dataset.SequenceName = f"*tse2d1_{settings.echo_train}"
        _geometry(dataset, volume, index)
        _pixels(dataset, volume.array[index])
        path = folder / f"IM{dataset.InstanceNumber:04d}.dcm"
        dataset.file_meta = _meta(dataset)
        dataset.save_as(path, enforce_file_format=True)
        written.append(path)
    return written


def _uid(*parts: str) -> str:
    """A UID that depends on its arguments alone."""
    return str(generate_uid(entropy_srcs=["synthetic lumbar phantom", *parts]))


def _meta(dataset: Dataset) -> FileMetaDataset:
    """File meta information (PS3.10 section 7.1)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return meta


def _identity(dataset: Dataset, phantom: Phantom, patient: Patient) -> None:
    """Patient, study and equipment modules."""
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID, dataset.Modality = MRImageStorage, "MR"
    dataset.PatientName, dataset.PatientID = patient.name, patient.id
    dataset.PatientSex, dataset.PatientAge = patient.sex, f"{patient.age:03d}Y"
    dataset.PatientBirthDate = f"{int(patient.study_date[:4]) - patient.age}0101"
    dataset.StudyInstanceUID = _uid(phantom.name, patient.id, "study")
    dataset.FrameOfReferenceUID = _uid(phantom.name, patient.id, "frame of reference")
    dataset.PositionReferenceIndicator = ""
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = patient.study_date
    dataset.StudyTime = "101500"
    dataset.StudyID, dataset.AccessionNumber = "1", f"SYN{phantom.seed:06d}"
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription, dataset.BodyPartExamined = "MR LUMBAR SPINE (SYNTHETIC)", "LSPINE"
    dataset.Manufacturer, dataset.ManufacturerModelName = "SYNTHETIC", phantom.appearance.console.model
    dataset.InstitutionName = "Synthetic data, no patient"


def _acquisition(dataset: Dataset, phantom: Phantom, settings: Acquisition) -> None:
    """MR image module (PS3.3 C.8.3.1)."""
    console = phantom.appearance.console
    dataset.PatientPosition = "HFS"
    dataset.ScanningSequence, dataset.ScanOptions = "SE", ""
    dataset.SequenceVariant = console.sequence_variant
    dataset.MRAcquisitionType = "2D"
    dataset.RepetitionTime, dataset.EchoTime = settings.repetition_ms, settings.echo_ms
    dataset.FlipAngle, dataset.PixelBandwidth = settings.flip_degrees, settings.bandwidth_hz
    dataset.EchoTrainLength, dataset.MagneticFieldStrength = settings.echo_train, phantom.field_tesla
    dataset.SliceThickness, dataset.SpacingBetweenSlices = settings.thickness_mm, settings.spacing_mm
    dataset.ImagedNucleus, dataset.EchoNumbers, dataset.NumberOfAverages = "1H", 1, console.averages
    dataset.BurnedInAnnotation, dataset.LossyImageCompression = "NO", "00"


def _geometry(dataset: Dataset, volume: Volume, index: int) -> None:
    """Image plane module (PS3.3 C.7.6.2)."""
    dataset.ImagePositionPatient = [f"{v:.6f}" for v in volume.positions_mm[index]]
    directions = np.concatenate([volume.row_direction, volume.column_direction])
    dataset.ImageOrientationPatient = [f"{v:.8f}" for v in directions]
    dataset.PixelSpacing = [f"{v:.6f}" for v in volume.pixel_spacing_mm]
    dataset.SliceLocation = f"{volume.slice_offsets_mm[index]:.4f}"


def _pixels(dataset: Dataset, picture: NDArray[np.float32]) -> None:
    """Image pixel module (PS3.3 C.7.6.3), 12 of 16 bits."""
    stored = np.clip(np.rint(picture), 0, 4095).astype("<u2")
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.WindowCenter, dataset.WindowWidth = 600, 1200
    dataset.PixelData = stored.tobytes()


def _reformat_axial(volume: Volume, count: int) -> Volume:
    """Coarse axial slices cut out of a sagittal stack, foot to head."""
    rows = np.linspace(volume.array.shape[1] * 0.25, volume.array.shape[1] * 0.8, count).astype(int)
    cut = volume.array[::-1, rows, :].transpose(1, 2, 0).repeat(6, axis=2)
    start = volume.positions_mm[-1] + rows[:, None] * volume.pixel_spacing_mm[0] * volume.column_direction
    return Volume(cut[::-1].copy(), start[::-1].copy(), -volume.normal, volume.row_direction,
                  (volume.pixel_spacing_mm[1], volume.slice_spacing_mm / 6))  # fmt: skip


def _reformat_coronal(volume: Volume, count: int) -> Volume:
    """Coarse coronal scouts cut out of a sagittal stack."""
    columns = np.linspace(volume.array.shape[2] * 0.4, volume.array.shape[2] * 0.6, count).astype(int)
    cut = volume.array[::-1, :, columns].transpose(2, 1, 0).repeat(6, axis=2)
    start = volume.positions_mm[-1] + columns[:, None] * volume.pixel_spacing_mm[1] * volume.row_direction
    return Volume(cut.copy(), start, -volume.normal, volume.column_direction,
                  (volume.pixel_spacing_mm[0], volume.slice_spacing_mm / 6))  # fmt: skip
