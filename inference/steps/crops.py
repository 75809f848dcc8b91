"""Step 4: each body on each slice, masked and zero-padded to 100 x 100 (Gao et al. 2022, sections
2.2.2 and 2.2.3).

The paper gives no in-plane spacing; 0.6 mm (a 60 mm field) holds a 42 x 32 mm body tilted by 40 degrees.
Training and inference both cut with these functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.steps import resample
from inference.steps.windows import window

Box = tuple[slice, ...]
SMALLEST_SECTION_MM2 = 50.0
CROP_PIXELS = 100
CROP_SPACING_MM = 0.6


@dataclass(frozen=True)
class CropFrame:
    """Where a crop lies on its slice.

    first: (row, column) of the crop's first pixel centre, in slice pixels. step: (row, column) slice pixels
    from one crop pixel to the next. size: pixels per side. fits: whether the whole body lies inside.
    """

    first: tuple[float, float]
    step: tuple[float, float]
    size: int
    fits: bool

    def sample(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """The slice [rows, columns] on the crop's grid [size, size]; 0 outside the slice."""
        rows = self.first[0] + self.step[0] * np.arange(self.size)
        columns = self.first[1] + self.step[1] * np.arange(self.size)
        return resample.linear(image, rows, columns).astype(np.float32)

    def back(self, crop: NDArray[np.float32], box: Box) -> NDArray[np.float32]:
        """A crop [size, size] on the slice's grid within `box` (rows, columns); 0 outside the crop."""
        rows, columns = (
            (np.arange(side.start, side.stop) - first) / step
            for side, first, step in zip(box, self.first, self.step, strict=True)
        )
        return resample.linear(crop, rows, columns).astype(np.float32)


def frame_for(
    mask: NDArray[np.bool_],
    pixel_spacing_mm: tuple[float, float],
    *,
    size: int = CROP_PIXELS,
    spacing_mm: float = CROP_SPACING_MM,
) -> CropFrame:
    """The crop centred on the bounding box of one body's mask [rows, columns]. Raises ValueError if empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        raise ValueError("an empty mask has no crop")
    first, step, fits = [], [], True
    for found, pixel_mm in zip((rows, columns), pixel_spacing_mm, strict=True):
        low, high = int(found[0]), int(found[-1])
        per_pixel = spacing_mm / pixel_mm
        step.append(per_pixel)
        first.append((low + high) / 2 - per_pixel * (size - 1) / 2)
        fits = fits and (high - low + 1) * pixel_mm <= size * spacing_mm
    return CropFrame((first[0], first[1]), (step[0], step[1]), size, fits)


def cut(
    images: Sequence[NDArray[np.float32]], mask: NDArray[np.bool_], frame: CropFrame
) -> NDArray[np.float32]:
    """Slices (T1 z, T2 z), each [rows, columns], masked by one body: float32 [size, size, len(images)]."""
    inside = frame.sample(mask.astype(np.float32)) >= 0.5
    return np.stack([np.where(inside, frame.sample(image), 0.0) for image in images], axis=-1).astype(
        np.float32
    )


@dataclass(frozen=True)
class CropSet:
    """What the detector gets of one exam.

    images: float32 [N, size, size, 2]. place: (slice, body, frame) of each image.
    """

    images: NDArray[np.float32]
    place: tuple[tuple[int, int, CropFrame], ...]

    @property
    def too_large(self) -> tuple[int, ...]:
        """Bodies that do not fit into a crop on some slice."""
        return tuple(sorted({body for _, body, frame in self.place if not frame.fits}))


def cut_all(
    scores: Sequence[NDArray[np.float32]],
    numbers: NDArray[np.int16],
    inside: NDArray[np.bool_],
    pixel_spacing_mm: tuple[float, float],
    spacing_mm: float = CROP_SPACING_MM,
) -> CropSet:
    """Crops of every body on every slice: framed around the body, masked by `inside` (its marrow with T2).

    scores: z-scores of T1 and T2, each [slices, rows, columns] as `numbers` and `inside`. Sections under
    50 mm² are left out: too little to be judged.
    """
    least = SMALLEST_SECTION_MM2 / (pixel_spacing_mm[0] * pixel_spacing_mm[1])
    images, place = [], []
    for index in range(len(numbers)):
        for body in np.unique(numbers[index][numbers[index] > 0]):
            own = numbers[index] == body
            seen = own & inside[index]
            if seen.sum() < least:
                continue
            frame = frame_for(own, pixel_spacing_mm, spacing_mm=spacing_mm)
            images.append(cut([score[index] for score in scores], seen, frame))
            place.append((index, int(body), frame))
    empty = np.zeros((0, CROP_PIXELS, CROP_PIXELS, len(scores)), np.float32)
    return CropSet(np.stack(images) if images else empty, tuple(place))


def paste_all(
    answers: NDArray[np.float32], chosen: CropSet, numbers: NDArray[np.int16], inside: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Probabilities of all crops [N, size, size] on the grid of the stack, 0..1; 0 outside `inside`."""
    result = np.zeros(inside.shape, np.float32)
    for answer, (index, body, frame) in zip(answers, chosen.place, strict=True):
        own = inside[index] & (numbers[index] == body)
        box = window(own, margin=0)
        result[index][box][own[box]] = frame.back(answer, box)[own[box]]
    return np.clip(result, 0.0, 1.0)
