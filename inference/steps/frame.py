"""A body's own coordinates on a crop or slice: along its endplates, and between them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Field = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """A body's own coordinates on a crop [rows, columns], in mm.

    along: to the back. upper, lower: depth below the upper and above the lower endplate. length: along it.
    """

    along: Field
    upper: Field
    lower: Field
    length: float


@dataclass(frozen=True)
class Outline:
    """Where a body's endplates run, in mm from its centre (row, column of the crop).

    down, along: unit vectors (row, column) to the foot and to the back. where: places along the body at which
    top and bottom are known. front: the foremost place.
    """

    centre: Field
    along: Field
    down: Field
    where: Field
    top: Field
    bottom: Field
    front: float
    length: float
    pixel_mm: float

    @classmethod
    def of(cls, mask: NDArray[np.bool_], pixel_mm: float, down_axis: Field) -> Self:
        """Of one body's mask [rows, columns] whose spine runs along `down_axis` (row, column)."""
        points = np.argwhere(mask)
        centre = points.mean(axis=0)
        along_axis = np.array([-down_axis[1], down_axis[0]])
        u, v = ((points - centre) @ axis * pixel_mm for axis in (along_axis, down_axis))
        column = np.floor(u - u.min()).astype(int)
        count = int(column.max()) + 1
        top, bottom = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(top, column, v)
        np.maximum.at(bottom, column, v)
        seen = np.isfinite(top)
        top, bottom = (ndimage.median_filter(line[seen], 5, mode="nearest") for line in (top, bottom))
        where = np.arange(count)[seen] + 0.5 + u.min()
        front, length = float(u.min()), float(np.ptp(u))
        return cls(centre, along_axis, down_axis, where, top, bottom, front, length, pixel_mm)

    def frame(self, shape: tuple[int, ...]) -> Frame:
        """Coordinates of every pixel of a crop of this shape."""
        grid = np.indices(shape).transpose(1, 2, 0) - self.centre
        along, down = grid @ self.along * self.pixel_mm, grid @ self.down * self.pixel_mm
        upper = down - np.interp(along, self.where, self.top)
        lower = np.interp(along, self.where, self.bottom) - down
        return Frame(along - self.front, upper, lower, self.length)

    def shares(self, shape: tuple[int, ...]) -> tuple[Field, Field]:
        """Every pixel's share of the length and of the height, 0..1, those beyond the body at its border."""
        frame = self.frame(shape)
        height = np.maximum(frame.upper + frame.lower, 1e-6)
        return np.clip(frame.along / self.length, 0.0, 1.0), np.clip(frame.upper / height, 0.0, 1.0)

    def places(self, along: Field, down: Field) -> Field:
        """(row, column) [2, …] of shares of the length and of the height."""
        u = self.front + along * self.length
        top, bottom = np.interp(u, self.where, self.top), np.interp(u, self.where, self.bottom)
        v = top + down * (bottom - top)
        at = self.centre[:, None] + (np.outer(self.along, u) + np.outer(self.down, v)) / self.pixel_mm
        return at.reshape(2, *along.shape)


def body_frame(mask: NDArray[np.bool_], pixel_mm: float, down_axis: Field) -> Frame:
    """Coordinates of one body's mask [rows, columns] whose spine runs along `down_axis` (row, column)."""
    return Outline.of(mask, pixel_mm, down_axis).frame(mask.shape)
