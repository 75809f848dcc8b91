"""What the networks learn from annotated exams: slices with bodies, and bodies with their changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.export import FIRST_UNNAMED
from inference.steps.align import align
from inference.steps.crops import frame_for
from inference.steps.normalise import marrow, standardize
from inference.steps.orient import upright
from inference.training.crops import spine_directions
from inference.training.exams import S1, AnnotatedExam
from inference.training.normal_body import NormalBody
from inference.training.pictures import regrid
from inference.training.spider import GRID_MM, SpineSlice, Tissue

LEAST_SECTION_MM2 = 300.0

FROM_S1 = np.zeros(256, np.uint8)
FROM_S1[1 : S1 + 1] = range(S1, 0, -1)
FROM_S1[FIRST_UNNAMED:] = range(S1 + 1, S1 + 1 + 256 - FIRST_UNNAMED)
"""Number in an exam -> place counted from S1 = 1: L5 is 2, L1 is 6, the body above it 7."""


@dataclass(frozen=True)
class Sections:
    """Sagittal sections of one exam, upright: z (T1, T2), numbers and lesions, each [slices, rows, columns].

    numbers: bodies counted from S1 = 1 upwards. t2: NaN where T2 has no slice. annotated: lesions are what a
    person marked.
    """

    patient: str
    z: tuple[NDArray[np.float32], NDArray[np.float32]]
    numbers: NDArray[np.uint8]
    lesions: NDArray[np.integer]
    t2: NDArray[np.float32]
    spacing_mm: tuple[float, float]
    annotated: bool = False

    def bodies(self, slices: Iterable[int]) -> list[NormalBody]:
        """Every body's section of at least 300 mm² that T2 shows whole and a crop holds."""
        return [
            body
            for index in slices
            for number, down in spine_directions(self.numbers[index]).items()
            if (body := self._body(index, number, down)) is not None
        ]

    def _body(self, index: int, number: int, down: NDArray[np.float64]) -> NormalBody | None:
        mask = self.numbers[index] == number
        small = mask.sum() * self.spacing_mm[0] * self.spacing_mm[1] < LEAST_SECTION_MM2
        if small or not np.isfinite(self.t2[index][mask]).all():
            return None
        frame = frame_for(mask, self.spacing_mm)
        if not frame.fits:
            return None
        own = np.where(mask, self.lesions[index] > 0, False).astype(np.float32)
        return NormalBody(
            self.patient,
            number,
            np.stack([frame.sample(z[index]) for z in self.z], axis=-1),
            frame.sample(mask.astype(np.float32)) >= 0.5,
            (True, True),
            down,
            frame.sample(own) >= 0.5,
            self.annotated,
        )


def exam_slices(exams: Sequence[AnnotatedExam]) -> list[SpineSlice]:
    """Every slice with a body, of T1 and of T2 where it lies on T1; S1 is S1, all other bodies are bodies."""
    slices = []
    for exam in exams:
        t1, turn = upright(exam.t1)
        numbers = turn.apply(exam.numbers)
        t2 = align(t1, exam.t2).t2 if exam.t2 else np.full(t1.array.shape, np.nan, np.float32)
        kinds = np.where(numbers == S1, Tissue.S1, np.where(numbers > 0, Tissue.BODY, Tissue.OTHER))
        for index in np.flatnonzero(numbers.any(axis=(1, 2))):
            tissue = regrid(kinds[index], t1.pixel_spacing_mm, GRID_MM, order=0).astype(np.uint8)
            for picture in (t1.array[index], t2[index]):
                if np.isfinite(picture).mean() > 0.9:
                    image = regrid(np.nan_to_num(picture), t1.pixel_spacing_mm, GRID_MM)
                    slices.append(SpineSlice(exam.person, image, tissue))
    return slices


def exam_bodies(exams: Sequence[AnnotatedExam]) -> list[NormalBody]:
    """Every body's sections with their annotated changes. ValueError for one without T2 or modic."""
    bodies = []
    for exam in exams:
        if exam.t2 is None or exam.modic is None:
            raise ValueError(f"{exam.name} lacks t2 or modic: the detector learns from both")
        t1, turn = upright(exam.t1)
        numbers, lesions = turn.apply(FROM_S1[exam.numbers]), turn.apply(exam.modic)
        t2 = align(t1, exam.t2).t2
        inside = marrow(numbers > 0, t1.pixel_spacing_mm) & np.isfinite(t2)
        whole = (t1.slice_spacing_mm, *t1.pixel_spacing_mm)
        both = [standardize(stack, inside, whole).z for stack in (t1.array, t2)]
        z = (both[0], both[1])
        cut = Sections(exam.person, z, numbers, lesions, t2, t1.pixel_spacing_mm, annotated=True)
        bodies += cut.bodies(range(len(numbers)))
    return bodies
