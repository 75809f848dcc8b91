"""A phantom's looks, apart from its seed: signals, texture, lesions, curve, grid, coil, noise, headers.

`FIRST` is what demonstrations, tests and training use. `second_appearance` stands for another scanner and
other patients; nothing is trained on it.
"""

from dataclasses import dataclass, fields

import numpy as np

from inference.phantom.console import FIRST_CONSOLE, SECOND_CONSOLE, Console
from inference.phantom.tissue import T1, T2, Tissue

Millimetres = tuple[float, float, float]


@dataclass(frozen=True)
class Appearance:
    """How one exam is painted and acquired. Pairs are T1 and T2, or a range where it says so.

    name: tells exams of one seed apart, "" for the first.
    grain, island, fat_island: weights of three textures of normal marrow, and their size along x, y, z.
    body_sd: between the bodies' marrow. lesion_edge_mm: width of a lesion's rim; lesion_uneven: of its
    depth; mottle: of its signal. lesion_strength: range of a factor of its contrast, lesion_sd: of its
    shift, as shares of marrow. curve: range of a factor of lordosis. sway_mm: SD of a bend to one side.
    slices: range, its end excluded. blur_px: sigma. noise: SD, where marrow is near 0.5. The coil: gain /
    (1 + (depth below the skin / coil_depth_mm) ** coil_power), Gaussian along z. console: settings, headers.
    """

    name: str = ""
    tissues: tuple[Tissue, Tissue] = (T1, T2)
    grain: float = 0.09
    grain_mm: Millimetres = (3.0, 1.5, 1.9)
    island: float = 0.10
    fat_island: float = 0.20
    island_mm: Millimetres = (11.0, 8.0, 8.0)
    body_sd: float = 0.03
    lesion_edge_mm: float = 2.2
    lesion_uneven: float = 0.30
    lesion_strength: tuple[float, float] = (1.0, 1.0)
    lesion_sd: tuple[float, float] = (0.0, 0.0)
    mottle: float = 0.07
    mottle_mm: Millimetres = (3.0, 1.8, 1.8)
    curve: tuple[float, float] = (0.8, 1.1)
    sway_mm: float = 1.2
    matrices: tuple[tuple[int, ...], tuple[int, ...]] = ((352, 384, 400), (416, 448))
    thicknesses_mm: tuple[float, ...] = (3.5, 4.0)
    slices: tuple[int, int] = (13, 16)
    blur_px: float = 0.5
    noise: float = 0.016
    coil_gain: float = 2.05
    coil_depth_mm: float = 92.0
    coil_power: float = 1.8
    coil_length_mm: float = 230.0
    console: Console = FIRST_CONSOLE


FIRST = Appearance()

_T1_FROM = Tissue(
    fat=0.85, skin=0.30, marrow=0.48, cortex=0.10, nucleus=0.28, black_disc=0.26, annulus=0.20, fluid=0.12,
    cord=0.30, root=0.26, muscle=0.24, ligament=0.10, vessel=0.05, organ=0.30, vein=0.25,
    lesion=(0.88, 1.15, 0.70), red_marrow=-0.20,
)  # fmt: skip
_T1_TO = Tissue(
    fat=1.25, skin=0.50, marrow=0.64, cortex=0.20, nucleus=0.44, black_disc=0.40, annulus=0.32, fluid=0.26,
    cord=0.44, root=0.40, muscle=0.42, ligament=0.20, vessel=0.20, organ=0.48, vein=0.42,
    lesion=(1.02, 1.40, 0.90), red_marrow=-0.06,
)  # fmt: skip
_T2_FROM = Tissue(
    fat=0.70, skin=0.22, marrow=0.36, cortex=0.07, nucleus=0.45, black_disc=0.12, annulus=0.08, fluid=0.90,
    cord=0.36, root=0.36, muscle=0.12, ligament=0.06, vessel=0.04, organ=0.30, vein=0.50,
    lesion=(1.20, 1.02, 0.66), red_marrow=-0.12,
)  # fmt: skip
_T2_TO = Tissue(
    fat=1.15, skin=0.40, marrow=0.60, cortex=0.15, nucleus=0.85, black_disc=0.24, annulus=0.18, fluid=1.45,
    cord=0.55, root=0.52, muscle=0.28, ligament=0.14, vessel=0.18, organ=0.50, vein=0.95,
    lesion=(1.48, 1.25, 0.86), red_marrow=0.00,
)  # fmt: skip
_BODIES_MM = 95.0
"""Depth of the bodies' middle below the skin."""


def exam_name(seed: int, appearance: Appearance) -> str:
    """The seed, and the appearance if it is not the first."""
    return f"{seed}-{appearance.name}" if appearance.name else str(seed)


def second_appearance(seed: int) -> Appearance:
    """One exam's appearance on another scanner and in another patient, drawn within the ranges below.

    Tissues differ from one another as at another field strength or echo time, with lesions as multiples of
    the marrow; marrow is coarser and less even; lesions are softer, fainter, and their types overlap; the
    spine bends more; pixels and slices are larger, noise is two to four times as strong, the coil falls off
    faster; headers have another scanner's settings, names and numbering.
    """
    rng = np.random.default_rng([20220403, seed])
    power, depth = float(rng.uniform(2.1, 2.7)), float(rng.uniform(62.0, 85.0))
    return Appearance(
        name="second",
        tissues=(_between(_T1_FROM, _T1_TO, rng), _between(_T2_FROM, _T2_TO, rng)),
        grain=float(rng.uniform(0.12, 0.18)),
        grain_mm=(4.0, 2.4, 2.8),
        island=float(rng.uniform(0.12, 0.20)),
        fat_island=float(rng.uniform(0.25, 0.50)),
        island_mm=(15.0, 11.0, 11.0),
        body_sd=0.05,
        lesion_edge_mm=float(rng.uniform(3.0, 5.0)),
        lesion_uneven=0.50,
        lesion_strength=(0.75, 1.15),
        lesion_sd=(0.14, 0.15),
        mottle=0.18,
        mottle_mm=(5.0, 3.4, 3.4),
        curve=(1.0, 1.3),
        sway_mm=3.0,
        matrices=((256, 288, 320), (288, 320)),
        thicknesses_mm=(4.5, 5.0),
        slices=(11, 14),
        blur_px=float(rng.uniform(0.5, 0.8)),
        noise=float(rng.uniform(0.030, 0.060)),
        coil_gain=1.0 + (_BODIES_MM / depth) ** power,
        coil_depth_mm=depth,
        coil_power=power,
        coil_length_mm=float(rng.uniform(150.0, 210.0)),
        console=SECOND_CONSOLE,
    )


def _between(low: Tissue, high: Tissue, rng: np.random.Generator) -> Tissue:
    """Signals drawn evenly between two tissues', each by itself."""
    drawn = {
        field.name: rng.uniform(getattr(low, field.name), getattr(high, field.name))
        for field in fields(Tissue)
    }
    one, two, three = (float(drawn["marrow"] * share) for share in drawn.pop("lesion"))
    return Tissue(lesion=(one, two, three), **{name: float(value) for name, value in drawn.items()})
