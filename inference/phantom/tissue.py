"""Signals of the phantom's tissues under one weighting."""

from dataclasses import dataclass


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
