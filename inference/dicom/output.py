"""DICOM Segmentation objects (PS3.3 A.51) of bodies and Modic changes, on the grid of the T1 images.

UIDs come from the content and dates from the source, so that the same map is the same file. `check` holds a
segmentation against its images where a DICOM validator does not look.
"""

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.sr.coding import Code
from pydicom.uid import ExplicitVRLittleEndian

from annotations.vocabulary import MODIC_LABELS, Level, ModicType
from inference.dicom.segments import functional_group
from inference.dicom.uids import ContentUids

NO_DATE, NO_TIME = "19000101", "000000"
"""Where the source carries no date: content date and time may not be empty (PS3.3 C.7.6.16.1)."""

_CHANGED = Code("49755003", "SCT", "Morphologically Abnormal Structure")
_LESION = Code("52988006", "SCT", "Lesion")
_ANATOMY = Code("91723000", "SCT", "Anatomical Structure")
_VERTEBRA = Code("51282000", "SCT", "Vertebra")
LEVEL_CODES = {
    Level.L1: Code("66794005", "SCT", "L1 vertebra"),
    Level.L2: Code("14293000", "SCT", "L2 vertebra"),
    Level.L3: Code("36470004", "SCT", "L3 vertebra"),
    Level.L4: Code("11994002", "SCT", "L4 vertebra"),
    Level.L5: Code("49668003", "SCT", "L5 vertebra"),
}
"""PS3.16 CID 7603; it has no code for S1: a segment is then "Vertebra" with the label S1."""
_PALETTE = ((102, 194, 165), (252, 141, 98), (141, 160, 203), (231, 138, 195), (166, 216, 84), (255, 217, 47))
_COLOURS = {
    ModicType.TYPE_1: (224, 81, 76),
    ModicType.TYPE_2: (240, 196, 25),
    ModicType.TYPE_3: (86, 156, 214),
}


def modic_seg(sources: Sequence[Dataset], modic: NDArray[np.uint8], made_by: str) -> Dataset:
    """Types 1 to 3 as segments 1 to 3; a type without voxels is left out, its number is kept in its label.

    sources: the T1 images in the order of `modic` [slices, rows, columns]. made_by: model names and versions,
    at most 64 characters. Raises ValueError if nothing is marked: there is no empty segmentation (PS3.3
    C.8.20.2 wants at least one frame).
    """
    kinds = [kind for kind in ModicType if kind and (modic == kind).any()]
    segments = [
        _segment(number, MODIC_LABELS[kind], _CHANGED, _LESION, made_by, _COLOURS[kind])
        for number, kind in enumerate(kinds, 1)
    ]
    return _segmentation(
        sources,
        _numbered(modic, kinds),
        segments,
        "MODIC_MAP",
        "Modic map (research use only)",
        9001,
        made_by,
    )


def vertebrae_seg(
    sources: Sequence[Dataset], numbers: NDArray[np.int16], names: Mapping[int, Level], made_by: str
) -> Dataset:
    """One segment per body, from the highest to the lowest, labelled by level where it has one.

    Arguments as in `modic_seg`; numbers: bodies from 1; names: body number to level.
    """
    bodies = np.unique(numbers[numbers > 0]).tolist()[::-1]
    segments = []
    for number, body in enumerate(bodies, 1):
        level = names.get(body)
        label = level.value if level else f"Vertebral body {body} from below"
        kind = LEVEL_CODES.get(level, _VERTEBRA) if level else _VERTEBRA
        segments.append(_segment(number, label, _ANATOMY, kind, made_by, _spread(number)))
    shown = _numbered(numbers, bodies)
    return _segmentation(sources, shown, segments, "VERTEBRAE", "Vertebral bodies (research)", 9002, made_by)


def to_bytes(dataset: Dataset) -> bytes:
    """The Part 10 file."""
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def check(
    segmentation: bytes, sources: Sequence[Dataset], shown: NDArray[np.integer], values: Sequence[int]
) -> list[str]:
    """What is wrong with a segmentation against its images; [] if nothing.

    shown: [slices, rows, columns]; values: what stands in it where the first segment lies, the second, and so
    on. Looks at what validators miss: frames that name no segment, segments without frames, references to
    other images, another grid or position, and pixels.
    """
    seg = dcmread(BytesIO(segmentation))
    found = []
    by_uid = {str(source.SOPInstanceUID): index for index, source in enumerate(sources)}
    numbers = [int(item.SegmentNumber) for item in seg.SegmentSequence]
    if numbers != list(range(1, len(values) + 1)):
        return [f"segments are numbered {numbers}"]
    if str(seg.FrameOfReferenceUID) != str(sources[0].FrameOfReferenceUID):
        found.append("another frame of reference than the images")
    if (int(seg.Rows), int(seg.Columns)) != shown.shape[1:]:
        return [*found, "another matrix than the images"]
    frames = seg.pixel_array.reshape(-1, *shown.shape[1:])
    read, same = np.zeros((len(values), len(shown)), bool), True
    for frame, item in zip(frames, seg.PerFrameFunctionalGroupsSequence, strict=False):
        try:
            number = int(functional_group(seg, item, "SegmentIdentificationSequence").ReferencedSegmentNumber)
            derived = functional_group(seg, item, "DerivationImageSequence").SourceImageSequence[0]
            place = functional_group(seg, item, "PlanePositionSequence").ImagePositionPatient
        except KeyError as error:
            found.append(f"a frame has no {error.args[0]}")
            continue
        index = by_uid.get(str(derived.ReferencedSOPInstanceUID))
        if number not in numbers:
            found.append(f"a frame names segment {number}, which is not described")
        elif index is None:
            found.append("a frame refers to an image that is not among the sources")
        else:
            if np.abs(np.subtract(place, sources[index].ImagePositionPatient).astype(float)).max() > 1e-3:
                found.append("a frame lies elsewhere than its image")
            read[number - 1, index] = True
            same &= np.array_equal(frame.view(bool), shown[index] == values[number - 1])
    if len(frames) != len(seg.PerFrameFunctionalGroupsSequence):
        found.append("the number of frames differs from their descriptions")
    marked = np.array([(shown == value).any(axis=(1, 2)) for value in values])
    if not same or (marked & ~read).any():
        found.append("the pixels differ from the map")
    return sorted(set(found))


def _segment(
    number: int, label: str, category: Code, kind: Code, made_by: str, colour: tuple[int, int, int]
) -> hd.seg.SegmentDescription:
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=category,
        segmented_property_type=kind,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name="Modic mapping", family=Code("123110", "DCM", "Artificial Intelligence"), version=made_by
        ),
        display_color=hd.color.CIELabColor.from_rgb(*colour),
    )


def _numbered(values: NDArray[np.integer], kept: Sequence[int]) -> NDArray[np.uint8]:
    """`values` with the `kept` ones as 1, 2, … and all others as 0."""
    table = np.zeros(int(values.max(initial=0)) + 1, np.uint8)
    table[list(kept)] = np.arange(1, len(kept) + 1)
    return np.asarray(table[values])


def _segmentation(
    sources: Sequence[Dataset],
    shown: NDArray[np.uint8],
    segments: list[hd.seg.SegmentDescription],
    label: str,
    description: str,
    series_number: int,
    made_by: str,
) -> Dataset:
    if not segments:
        raise ValueError("nothing is marked: an empty segmentation cannot be written")
    if shown.shape != (len(sources), sources[0].Rows, sources[0].Columns):
        raise ValueError("the masks do not have the images' slices, rows and columns")
    uids = _uids(sources, shown, [str(s.SegmentLabel) for s in segments], label, made_by)
    first = sources[0]
    date = str(first.get("ContentDate") or first.get("StudyDate") or NO_DATE)
    time = str(first.get("ContentTime") or first.get("StudyTime") or NO_TIME)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The string .* is unlikely to represent the intended person name")
        seg = _build(sources, shown, segments, uids, series_number, made_by, label, description)
    seg.ContentDate = seg.InstanceCreationDate = date
    seg.ContentTime = seg.InstanceCreationTime = time
    for equipment in seg.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = date + time
    organization = uids("dimensions")
    seg.DimensionOrganizationSequence[0].DimensionOrganizationUID = organization
    for item in seg.DimensionIndexSequence:
        item.DimensionOrganizationUID = organization
    return seg


def _build(
    sources: Sequence[Dataset],
    shown: NDArray[np.uint8],
    segments: list[hd.seg.SegmentDescription],
    uids: ContentUids,
    series_number: int,
    made_by: str,
    label: str,
    description: str,
) -> Dataset:
    return hd.seg.Segmentation(
        source_images=list(sources),
        pixel_array=shown,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=segments,
        series_instance_uid=uids("series"),
        series_number=series_number,
        sop_instance_uid=uids("instance"),
        instance_number=1,
        manufacturer="Modic reader study",
        manufacturer_model_name="Modic mapping",
        software_versions=made_by,
        device_serial_number="none",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        content_label=label,
        content_description=description,
        series_description=description,
        omit_empty_frames=True,
        specific_character_set=sources[0].get("SpecificCharacterSet"),
    )


def _uids(
    sources: Sequence[Dataset], shown: NDArray[np.uint8], labels: list[str], label: str, made_by: str
) -> ContentUids:
    content = hashlib.sha256()
    for text in (label, made_by, *labels, *(str(source.SOPInstanceUID) for source in sources)):
        content.update(text.encode() + b"\0")
    masks = np.zeros((*shown.shape, len(labels)), bool)
    marked = np.flatnonzero(shown)
    masks.reshape(-1, len(labels))[marked, shown.ravel()[marked] - 1] = True
    content.update(repr(masks.shape).encode() + np.packbits(masks).tobytes())
    return ContentUids(content.digest())


def _spread(number: int) -> tuple[int, int, int]:
    return _PALETTE[number % len(_PALETTE)]
