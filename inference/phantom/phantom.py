"""One synthetic exam: T1 and T2 stacks on grids of their own, and the truth on T1's grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.phantom.acquire import Grid, acquire
from inference.phantom.anatomy import Anatomy, Lines
from inference.phantom.appearance import FIRST, Appearance, exam_name
from inference.phantom.canvas import Scene
from inference.phantom.console import Console
from inference.phantom.lesions import Lesion, degeneration_of, draw_lesions, overlapping
from inference.phantom.shapes import Noise
from inference.phantom.truth import Truth, find_truth
from inference.volume import Volume


@dataclass(frozen=True)
class Acquisition:
    """Scanner settings of one series: ms, degrees, Hz per pixel, mm."""

    repetition_ms: float
    echo_ms: float
    flip_degrees: float
    bandwidth_hz: float
    echo_train: int
    thickness_mm: float
    spacing_mm: float


@dataclass(frozen=True)
class Phantom:
    """A synthetic exam: both stacks, what is true of them, the lesions planted, and how it was 'acquired'."""

    seed: int
    t1: Volume
    t2: Volume
    truth: Truth
    planted: tuple[Lesion, ...]
    t1_settings: Acquisition
    t2_settings: Acquisition
    field_tesla: float
    appearance: Appearance = FIRST

    @property
    def name(self) -> str:
        """Its name among all exams."""
        return exam_name(self.seed, self.appearance)


def make_phantom(
    seed: int, lesions: Sequence[Lesion] | None = None, appearance: Appearance = FIRST
) -> Phantom:
    """The exam of a seed: equal arguments give equal arrays. `lesions` None draws them, () plants none.

    Matrix, field of view, obliquity, repetition and echo times lie in the ranges of Gao 2022, Table 1, and
    differ between T1 and T2. Signal is about 500 in normal marrow, 0 to 4095 overall.
    """
    rng = np.random.default_rng([20220401, seed])
    if lesions is None:
        planted = overlapping(draw_lesions(rng), appearance, np.random.default_rng([20220402, seed]))
    else:
        planted = tuple(lesions)
    anatomy = Anatomy.random(rng, degeneration_of(planted), appearance)
    noise, lines = Noise(rng), Lines.of(anatomy)
    grid1 = _grid(rng, appearance, 0, (270.0, 286.0), np.zeros(3))
    turn = np.array([grid1.yaw, grid1.roll, grid1.pitch])
    grid2 = _grid(rng, appearance, 1, (284.0, 300.0), turn)
    scene1, scene2 = (Scene(anatomy, lines, noise, appearance, weighting) for weighting in (0, 1))
    t1 = acquire(grid1, scene1, planted, rng)
    return Phantom(
        seed=seed,
        t1=t1,
        t2=acquire(grid2, scene2, planted, rng),
        truth=find_truth(t1, grid1, scene1, planted),
        planted=planted,
        t1_settings=_settings(rng, grid1, appearance.console, 0),
        t2_settings=_settings(rng, grid2, appearance.console, 1),
        field_tesla=float(rng.choice(appearance.console.fields_tesla)),
        appearance=appearance,
    )


def _grid(
    rng: np.random.Generator, look: Appearance, weighting: int, fov: tuple[float, float], turn: np.ndarray
) -> Grid:
    """A sagittal grid, a few degrees oblique; `turn` is where its yaw, roll and pitch start from."""
    matrix = int(rng.choice(look.matrices[weighting]))
    thickness = float(rng.choice(look.thicknesses_mm))
    yaw, roll, pitch = turn + rng.normal(0.0, 1.1, 3)
    return Grid(
        slices=int(rng.integers(*look.slices)),
        matrix=matrix,
        pixel_mm=round(float(rng.uniform(*fov)) / matrix, 4),
        thickness_mm=thickness,
        spacing_mm=round(thickness * float(rng.choice([1.1, 1.15, 1.2])), 3),
        yaw=float(yaw),
        roll=float(roll),
        pitch=float(pitch),
        centre=(float(rng.normal(0.0, 0.7)), float(rng.uniform(4.0, 12.0)), float(rng.uniform(-22.0, -10.0))),
    )


def _settings(rng: np.random.Generator, grid: Grid, console: Console, weighting: int) -> Acquisition:
    """Settings within the console's ranges, rounded as it would."""
    sequence = console.sequences[weighting]
    return Acquisition(
        repetition_ms=round(float(rng.uniform(*sequence.repetition_ms)), 1),
        echo_ms=round(float(rng.uniform(*sequence.echo_ms)), 2),
        flip_degrees=round(float(rng.uniform(*sequence.flip_degrees))),
        bandwidth_hz=round(float(rng.uniform(*console.bandwidth_hz)), 1),
        echo_train=sequence.echo_train,
        thickness_mm=grid.thickness_mm,
        spacing_mm=grid.spacing_mm,
    )
