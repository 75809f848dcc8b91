"""Modic changes laid into the phantom's endplates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from annotations.vocabulary import Half, Level, ModicType
from inference.phantom.anatomy import Vertebra
from inference.phantom.appearance import Appearance
from inference.phantom.bones import CORTEX_MM, body_distance, lower_edge, upper_edge
from inference.phantom.canvas import Scene, Section
from inference.phantom.shapes import Field, as_field, cover

_TYPE_WEIGHT = {ModicType.TYPE_1: 0.35, ModicType.TYPE_2: 0.50, ModicType.TYPE_3: 0.15}


@dataclass(frozen=True)
class Lesion:
    """One change under an endplate.

    depth_mm: how far it reaches into the body. along: its centre from -1 (front) to 1 (back). side_mm: its
    centre to the left. radius_mm: half lengths front-back and left-right. strength: 1 is the full contrast.
    shift: added to its signal on T1 and T2, as a share of marrow's.
    """

    level: Level
    half: Half
    type: ModicType
    depth_mm: float = 9.0
    along: float = 0.0
    side_mm: float = 0.0
    radius_mm: tuple[float, float] = (14.0, 16.0)
    strength: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def random(cls, rng: np.random.Generator, level: Level, half: Half, kind: ModicType) -> Self:
        """A lesion of one of the usual shapes: a band under the endplate, a dome, or a corner."""
        shape = rng.choice(["band", "dome", "corner"], p=[0.45, 0.35, 0.20])
        depth, along, radius = {
            "band": (
                rng.uniform(6.0, 11.0),
                rng.uniform(-0.15, 0.15),
                (rng.uniform(17.0, 22.0), rng.uniform(17.0, 24.0)),
            ),
            "dome": (
                rng.uniform(9.0, 14.0),
                rng.uniform(-0.5, 0.4),
                (rng.uniform(9.0, 13.0), rng.uniform(11.0, 17.0)),
            ),
            "corner": (
                rng.uniform(10.0, 15.0),
                rng.choice([-0.95, 0.9]),
                (rng.uniform(11.0, 15.0), rng.uniform(12.0, 18.0)),
            ),
        }[str(shape)]
        return cls(
            level, half, kind, float(depth), float(along), float(rng.uniform(-5.0, 5.0)),
            (float(radius[0]), float(radius[1])), float(rng.uniform(0.85, 1.15)),
        )  # fmt: skip


def draw_lesions(rng: np.random.Generator) -> tuple[Lesion, ...]:
    """Up to three changed discs' worth of lesions, most at L4 to S1, often on both sides of the disc."""
    lesions: dict[tuple[Level, Half], Lesion] = {}
    levels = list(Level)
    for _ in range(int(rng.integers(0, 4))):
        above = levels[int(rng.choice(5, p=np.array([0.08, 0.10, 0.14, 0.33, 0.35])))]
        below = levels[levels.index(above) + 1]
        kind = ModicType(int(rng.choice([int(t) for t in _TYPE_WEIGHT], p=list(_TYPE_WEIGHT.values()))))
        faces = [(above, Half.LOWER), (below, Half.UPPER)]
        for level, half in faces if rng.random() < 0.7 else [faces[int(rng.integers(2))]]:
            lesions.setdefault((level, half), Lesion.random(rng, level, half, kind))
    return tuple(lesions.values())


def overlapping(
    lesions: Sequence[Lesion], appearance: Appearance, rng: np.random.Generator
) -> tuple[Lesion, ...]:
    """The lesions with strengths and shifts drawn as the appearance has them."""
    return tuple(
        replace(
            lesion,
            strength=lesion.strength * float(rng.uniform(*appearance.lesion_strength)),
            shift=(
                float(rng.normal(0.0, appearance.lesion_sd[0])),
                float(rng.normal(0.0, appearance.lesion_sd[1])),
            ),
        )
        for lesion in lesions
    )


def degeneration_of(lesions: tuple[Lesion, ...]) -> dict[Level, float]:
    """Least degeneration of the discs that the lesions border on, keyed by the level above the disc."""
    order = list(Level)
    found = {}
    for lesion in lesions:
        place = order.index(lesion.level) - (1 if lesion.half is Half.UPPER else 0)
        if place >= 0:
            found[order[place]] = 0.65
    return found


def lesion_share(scene: Scene, part: Section, lesion: Lesion, body: Vertebra) -> Field:
    """Share 0..1 of each pixel of the part that the lesion fills."""
    look, x, (u, v) = scene.appearance, part.x, part.local(body)
    grain = scene.noise.at(part.x, part.y, part.z, (7.0, 5.0, 5.0), 12.1)
    reach_u = (u - lesion.along * body.depth / 2) / lesion.radius_mm[0]
    reach_x = (x - lesion.side_mm) / lesion.radius_mm[1]
    dome = np.sqrt(np.clip(1.0 - reach_u**2 - reach_x**2, 0.0, 1.0))
    depth = lesion.depth_mm * np.minimum(1.6 * dome, 1.0) * (1.0 + look.lesion_uneven * grain)
    below_plate = upper_edge(body, u) - v if lesion.half is Half.UPPER else v - lower_edge(body, u)
    other_half = -v if lesion.half is Half.UPPER else v
    inside = np.maximum(below_plate - CORTEX_MM - depth, 0.7 * (1.0 - dome * 6.0))
    inside = as_field(np.maximum(inside, other_half + 1.2))
    return as_field(cover(inside, look.lesion_edge_mm) * cover(body_distance(body, x, u, v) + CORTEX_MM, 0.9))


def paint_lesion(section: Section, scene: Scene, lesion: Lesion) -> None:
    """Lay one lesion over its body's marrow, mottled."""
    body = scene.anatomy.vertebrae[scene.anatomy.index(lesion.level.value)]
    part = section.window(body.centre, 28.0)
    if part is None or part.nearest > body.width:
        return
    look, marrow = scene.appearance, scene.tissue.marrow
    mottle = scene.noise.at(part.x, part.y, part.z, look.mottle_mm, 14.6)
    contrast = (scene.tissue.lesion[int(lesion.type) - 1] - marrow) * lesion.strength
    value = marrow + contrast + marrow * lesion.shift[scene.weighting]
    part.paint(lesion_share(scene, part, lesion, body), value * (1.0 + look.mottle * mottle))
