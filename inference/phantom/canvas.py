"""One thin sagittal section of the phantom while it is being painted."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from inference.phantom.anatomy import Anatomy, Lines, Vertebra
from inference.phantom.shapes import Field, Noise, as_field


@dataclass(frozen=True)
class Tissue:
    """Signal of every tissue under one weighting, marrow near 0.5 (round figures for fast spin echo)."""

    fat: float
    skin: float
    marrow: float
    cortex: float
    nucleus: float
    black_disc: float
    annulus: float
    fluid: float
    cord: float
    root: float
    muscle: float
    ligament: float
    vessel: float
    organ: float
    vein: float
    lesion: tuple[float, float, float]
    red_marrow: float


T1 = Tissue(
    fat=1.05, skin=0.42, marrow=0.56, cortex=0.13, nucleus=0.34, black_disc=0.31, annulus=0.22, fluid=0.17,
    cord=0.34, root=0.30, muscle=0.31, ligament=0.14, vessel=0.07, organ=0.36, vein=0.33,
    lesion=(0.48, 0.75, 0.41), red_marrow=-0.10,
)  # fmt: skip
T2 = Tissue(
    fat=0.92, skin=0.30, marrow=0.47, cortex=0.09, nucleus=0.66, black_disc=0.14, annulus=0.10, fluid=1.15,
    cord=0.43, root=0.42, muscle=0.17, ligament=0.08, vessel=0.06, organ=0.38, vein=0.75,
    lesion=(0.69, 0.58, 0.31), red_marrow=-0.05,
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """What every section shares: the anatomy, its curves, the noise fields and the weighting's tissues."""

    anatomy: Anatomy
    lines: Lines
    noise: Noise
    tissue: Tissue


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
