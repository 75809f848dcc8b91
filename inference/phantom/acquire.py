"""From the phantom's anatomy to an acquired stack: geometry, slice profile, coil, blur and noise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from inference.phantom.anatomy import Anatomy
from inference.phantom.appearance import Appearance
from inference.phantom.bones import paint_body, paint_disc, paint_posterior
from inference.phantom.canvas import Scene, Section
from inference.phantom.lesions import Lesion, paint_lesion
from inference.phantom.shapes import Field, as_field
from inference.phantom.surroundings import paint_canal, paint_surroundings
from inference.volume import Volume

_THROUGH_PLANE = (-0.25, 0.25)


@dataclass(frozen=True)
class Grid:
    """Where a sagittal stack lies. yaw, roll, pitch: degrees about z, y, x. centre: (x, y, z) in mm."""

    slices: int
    matrix: int
    pixel_mm: float
    thickness_mm: float
    spacing_mm: float
    yaw: float
    roll: float
    pitch: float
    centre: tuple[float, float, float]

    def volume(self) -> Volume:
        """An empty volume on this grid, slices from the patient's left to right."""
        yaw, roll, pitch = np.radians([self.yaw, self.roll, self.pitch])
        about_z = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        about_y = np.array([[np.cos(roll), 0, np.sin(roll)], [0, 1, 0], [-np.sin(roll), 0, np.cos(roll)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
        turn = about_z @ about_y @ about_x
        row, column = turn @ np.array([0.0, 1.0, 0.0]), turn @ np.array([0.0, 0.0, -1.0])
        normal = np.cross(row, column)
        steps = (np.arange(self.slices) - (self.slices - 1) / 2) * self.spacing_mm
        corner = np.array(self.centre) - (self.matrix - 1) / 2 * self.pixel_mm * (row + column)
        return Volume(
            array=np.zeros((self.slices, self.matrix, self.matrix), np.float32),
            positions_mm=corner + steps[:, None] * normal,
            row_direction=row,
            column_direction=column,
            pixel_spacing_mm=(self.pixel_mm, self.pixel_mm),
        )


def places(volume: Volume, index: int, shift_mm: float) -> tuple[Field, Field, Field]:
    """Patient x, y, z of every pixel of one slice, moved along the normal by `shift_mm`."""
    _, rows, columns = volume.array.shape
    start = volume.positions_mm[index] + shift_mm * volume.normal
    down = np.arange(rows)[:, None] * volume.pixel_spacing_mm[0]
    across = np.arange(columns)[None, :] * volume.pixel_spacing_mm[1]
    x, y, z = (
        as_field(start[k] + down * volume.column_direction[k] + across * volume.row_direction[k])
        for k in range(3)
    )
    return x, y, z


def thin_sections(volume: Volume, index: int, thickness: float, anatomy: Anatomy) -> list[Section]:
    """The thin sections that one thick slice is the mean of."""
    return [
        Section.at(*places(volume, index, share * thickness), volume.pixel_spacing_mm, anatomy)
        for share in _THROUGH_PLANE
    ]


def paint_spine(section: Section, scene: Scene, lesions: tuple[Lesion, ...]) -> None:
    """Everything of the spine on one thin section, from the back to what covers it."""
    for body in scene.anatomy.vertebrae:
        paint_posterior(section, scene, body)
    paint_canal(section, scene)
    for disc in scene.anatomy.discs:
        paint_disc(section, scene, disc)
    for body in scene.anatomy.vertebrae:
        paint_body(section, scene, body)
    for lesion in lesions:
        paint_lesion(section, scene, lesion)


def acquire(grid: Grid, scene: Scene, lesions: tuple[Lesion, ...], rng: np.random.Generator) -> Volume:
    """Paint, average through the slice, weigh by the coil, blur, add Rician noise. Marrow is near 500."""
    volume, look = grid.volume(), scene.appearance
    for index in range(grid.slices):
        x, y, z = places(volume, index, 0.0)
        mean = _thick_slice(volume, index, grid, scene, lesions)
        picture = gaussian_filter(mean * _coil(look, x, y, z), look.blur_px)
        volume.array[index] = _rician(picture, look.noise, rng) * 1000.0
    return Volume(np.clip(np.rint(volume.array), 0, 4095).astype(np.float32), volume.positions_mm,
                  volume.row_direction, volume.column_direction, volume.pixel_spacing_mm)  # fmt: skip


def _thick_slice(volume: Volume, index: int, grid: Grid, scene: Scene, lesions: tuple[Lesion, ...]) -> Field:
    """One slice before coil and noise: surroundings of its middle plane, the spine averaged through it."""
    around = Section.at(*places(volume, index, 0.0), volume.pixel_spacing_mm, scene.anatomy)
    paint_surroundings(around, scene)
    columns = around.columns(*scene.lines.extent)
    mean = np.zeros_like(around.picture[:, columns])
    for section in thin_sections(volume, index, grid.thickness_mm, scene.anatomy):
        part = section.part(slice(None), columns)
        part.picture[:] = around.picture[:, columns]
        paint_spine(part, scene, lesions)
        mean += part.picture / len(_THROUGH_PLANE)
    around.picture[:, columns] = mean
    return around.picture


def _coil(look: Appearance, x: Field, y: Field, z: Field) -> Field:
    """Sensitivity of a surface coil under the back: strong at the skin, near 1 over the bodies."""
    depth = np.hypot(95.0 - y, 0.5 * x)
    along = np.exp(-((z / look.coil_length_mm) ** 2))
    fall = 1.0 + (np.maximum(depth, 5.0) / look.coil_depth_mm) ** look.coil_power
    return as_field(look.coil_gain / fall * along)


def _rician(picture: Field, sigma: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Magnitude of a complex picture with Gaussian noise of SD `sigma` in each part."""
    real = picture + sigma * rng.standard_normal(picture.shape, dtype=np.float32)
    return as_field(np.hypot(real, sigma * rng.standard_normal(picture.shape, dtype=np.float32)))
