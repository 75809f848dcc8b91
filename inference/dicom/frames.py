"""One picture at a time: single-frame images as they are, enhanced multi-frame ones taken apart.

A flat data set holds, at its top level, what is true of one frame (PS3.3 C.7.6.16 functional groups).
"""

from collections.abc import Iterator

from pydicom.dataset import Dataset

from inference.dicom.values import number, text, whole
from inference.dicom.verdicts import Code, RefusedFile


def flat_frames(dataset: Dataset, frames: int) -> Iterator[Dataset]:
    """A flat data set per frame, in stored order. Raises RefusedFile if the functional groups don't fit."""
    if "PerFrameFunctionalGroupsSequence" not in dataset:
        if frames != 1:
            raise RefusedFile(Code.GEOMETRY, "A multi-frame image without a position for each frame.")
        yield dataset
        return
    groups = dataset.PerFrameFunctionalGroupsSequence
    if len(groups) != frames:
        raise RefusedFile(
            Code.STRUCTURE, "The number of frames and of their descriptions differ; export again."
        )
    shared = dataset.get("SharedFunctionalGroupsSequence") or [Dataset()]
    for index, group in enumerate(groups):
        yield _flat(dataset, shared[0], group, index)


def _flat(dataset: Dataset, shared: Dataset, own: Dataset, index: int) -> Dataset:
    """Top level, overlaid with the shared groups, overlaid with the frame's own."""
    flat = Dataset()
    for element in dataset:
        if element.VR != "SQ":
            flat[element.tag] = element
    for group in (shared, own):
        for sequence in group:
            if sequence.VR == "SQ" and not sequence.tag.is_private and len(sequence.value) > 0:
                for element in sequence.value[0]:
                    if element.VR != "SQ" and not element.tag.is_private:
                        flat[element.tag] = element
    echo = number(flat, "EffectiveEchoTime")
    if echo is not None:
        flat.EchoTime = echo
    kinds = text(flat, "FrameType")
    if kinds:
        flat.ImageType = kinds.split("\\")
    flat.InstanceNumber = whole(flat, "InStackPositionNumber") or index + 1
    return flat
