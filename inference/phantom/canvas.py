"""One thin sagittal section of the phantom while it is being painted."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from inference.phantom.anatomy import Anatomy, Lines, Vertebra
from inference.phantom.appearance import Appearance
from inference.phantom.shapes import Field, Noise, as_field
from inference.phantom.tissue import Tissue


@dataclass(frozen=True)
class Scene:
    """What every section shares: anatomy, its curves, noise fields, appearance, weighting (0: T1, 1: T2)."""

    anatomy: Anatomy
    lines: Lines
    noise: Noise
    appearance: Appearance
    weighting: int

    @property
    def tissue(self) -> Tissue:
        """Signals under this weighting."""
        return self.appearance.tissues[self.weighting]


@dataclass
class Section:
    """Patient coordinates of each pixel in mm, x counted from the spine's own midline, and the picture."""

    x: Field
    y: Field
    z: Field
    picture: Field
    pixel_mm: tuple[float, float]

    @classmethod
    def at(cls, x: Field, y: Field, z: Field, pixel_mm: tuple[float, float], anatomy: Anatomy) -> Self:
        """A black section at the given places."""
        return cls(as_field(x - anatomy.midline(z)), y, z, np.zeros(x.shape, np.float32), pixel_mm)

    @property
    def nearest(self) -> float:
        """Least distance of a pixel from the spine's midline, in mm, by the section's corners."""
        corners = self.x[:: max(1, self.x.shape[0] - 1), :: max(1, self.x.shape[1] - 1)]
        return 0.0 if corners.min() < 0.0 < corners.max() else float(np.abs(corners).min())

    @property
    def farthest(self) -> float:
        """Greatest distance of a pixel from the spine's midline, in mm, by the section's corners."""
        return float(np.abs(self.x[:: max(1, self.x.shape[0] - 1), :: max(1, self.x.shape[1] - 1)]).max())

    def columns(self, low: float, high: float) -> slice:
        """Range of columns that holds every pixel whose y lies between `low` and `high`."""
        keep = np.flatnonzero((self.y.max(axis=0) >= low) & (self.y.min(axis=0) <= high))
        return slice(int(keep[0]), int(keep[-1]) + 1) if keep.size else slice(0, 0)

    def part(self, rows: slice, columns: slice) -> "Section":
        """A rectangle of the section, sharing memory."""
        view = (rows, columns)
        return Section(self.x[view], self.y[view], self.z[view], self.picture[view], self.pixel_mm)

    def window_of(self, centre: tuple[float, float], reach: float) -> tuple[slice, slice] | None:
        """Rows and columns within `reach` mm of a (y, z) place; None if it lies outside."""
        rows = _span(self.z[:, self.z.shape[1] // 2], centre[1], reach)
        columns = _span(self.y[self.y.shape[0] // 2], centre[0], reach)
        return None if rows is None or columns is None else (rows, columns)

    def window(self, centre: tuple[float, float], reach: float) -> "Section | None":
        """The part within `reach` mm of a (y, z) place, sharing memory; None if it lies outside."""
        view = self.window_of(centre, reach)
        return None if view is None else self.part(*view)

    def paint(self, share: Field, value: Field | float) -> None:
        """Lay `value` over the picture where `share` is 1, mixed where it is between."""
        self.picture += share * (value - self.picture)

    def local(self, body: Vertebra, place: tuple[float, float] | None = None) -> tuple[Field, Field]:
        """Local (u, v) of each pixel about a place, by default the body's centre."""
        y0, z0 = body.centre if place is None else place
        (uy, uz), (vy, vz) = body.axis_u, body.axis_v
        y, z = self.y - np.float32(y0), self.z - np.float32(z0)
        return as_field(y * uy + z * uz), as_field(y * vy + z * vz)


def _span(line: Field, centre: float, reach: float) -> slice | None:
    """Index range of a monotone line of positions within `reach` of `centre`."""
    near = np.flatnonzero(np.abs(line - centre) <= reach)
    return slice(int(near[0]), int(near[-1]) + 1) if near.size else None
