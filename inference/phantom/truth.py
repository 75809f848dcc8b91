"""What is known of a synthetic exam because it was made: bodies, halves and lesions on T1's grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotations.vocabulary import SITES_12, Half, Level, ModicType, Site
from inference.phantom.acquire import Grid, thin_sections
from inference.phantom.anatomy import Anatomy, Vertebra
from inference.phantom.bones import CORTEX_MM, body_distance
from inference.phantom.canvas import Scene, Section
from inference.phantom.lesions import Lesion, lesion_share
from inference.phantom.shapes import cover
from inference.volume import Volume


@dataclass(frozen=True)
class Truth:
    """Arrays on T1's grid [slices, rows, columns].

    bodies: uint8, 0 background, one number per vertebral body with its cortex, head to foot; `levels` names
    the numbers (None above L1). The sacrum below S1 is not counted. marrow: bodies without their cortical
    line. halves: uint8, 1 upper, 2 lower half of its body. lesions: uint8 ModicType. labels: type that fills
    most of each half, NONE without a changed voxel. volumes_mm3: changed volume of each half.
    level_points_mm: centre of each named body in patient coordinates (LPS).
    """

    bodies: NDArray[np.uint8]
    levels: dict[int, Level | None]
    marrow: NDArray[np.bool_]
    halves: NDArray[np.uint8]
    lesions: NDArray[np.uint8]
    labels: dict[Site, ModicType]
    volumes_mm3: dict[Site, float]
    level_points_mm: dict[Level, tuple[float, float, float]]


def find_truth(t1: Volume, grid: Grid, scene: Scene, planted: tuple[Lesion, ...]) -> Truth:
    """A voxel belongs to what fills at least half of it, averaged through the slice as the picture is."""
    counted = [body for body in scene.anatomy.vertebrae if body.name[0] in "TL" or body.level is Level.S1]
    shape = t1.array.shape
    bodies, halves, lesions = (np.zeros(shape, np.uint8) for _ in range(3))
    marrow = np.zeros(shape, np.bool_)
    for index in range(shape[0]):
        sections = thin_sections(t1, index, grid.thickness_mm, scene.anatomy)
        for number, body in enumerate(counted, 1):
            own = [lesion for lesion in planted if lesion.level == body.level]
            _mark(
                sections,
                scene,
                body,
                number,
                own,
                bodies[index],
                halves[index],
                lesions[index],
                marrow[index],
            )
    levels = {number: body.level for number, body in enumerate(counted, 1)}
    labels, volumes = _by_site(bodies, halves, lesions, levels, t1.voxel_volume_mm3)
    return Truth(bodies, levels, marrow, halves, lesions, labels, volumes, _points(scene.anatomy))


def _mark(
    sections: list[Section],
    scene: Scene,
    body: Vertebra,
    number: int,
    planted: list[Lesion],
    bodies: NDArray[np.uint8],
    halves: NDArray[np.uint8],
    lesions: NDArray[np.uint8],
    marrow: NDArray[np.bool_],
) -> None:
    """Enter one body and its lesions into the slices of the truth arrays (changed in place)."""
    window = sections[0].window_of(body.centre, 28.0)
    if window is None:
        return
    parts = [section.part(*window) for section in sections]
    local = [part.local(body) for part in parts]
    outside = [body_distance(body, part.x, u, v) for part, (u, v) in zip(parts, local, strict=True)]
    whole = np.mean([cover(d) for d in outside], axis=0) >= 0.5
    bodies[window][whole] = number
    marrow[window] |= np.mean([cover(d + CORTEX_MM) for d in outside], axis=0) >= 0.5
    halves[window][whole] = np.where(local[0][1] >= 0.0, 1, 2)[whole]
    for lesion in planted:
        shares = [lesion_share(scene, part, lesion, body) for part in parts]
        lesions[window][(np.mean(shares, axis=0) >= 0.5) & whole] = int(lesion.type)


def _by_site(
    bodies: NDArray[np.uint8],
    halves: NDArray[np.uint8],
    lesions: NDArray[np.uint8],
    levels: dict[int, Level | None],
    voxel_mm3: float,
) -> tuple[dict[Site, ModicType], dict[Site, float]]:
    """Predominant type and changed volume of each of the twelve halves."""
    numbers = {level: number for number, level in levels.items() if level is not None}
    labels, volumes = {}, {}
    for site in SITES_12:
        own = (bodies == numbers[site.level]) & (halves == (1 if site.half is Half.UPPER else 2))
        counts = np.bincount(lesions[own], minlength=4)[1:4]
        labels[site] = ModicType(int(counts.argmax()) + 1) if counts.any() else ModicType.NONE
        volumes[site] = float(counts.sum() * voxel_mm3)
    return labels, volumes


def _points(anatomy: Anatomy) -> dict[Level, tuple[float, float, float]]:
    """Patient coordinates of the named bodies' centres."""
    named = {level: anatomy.vertebrae[anatomy.index(level.value)].centre for level in Level}
    return {level: (anatomy.midline(z), y, z) for level, (y, z) in named.items()}
