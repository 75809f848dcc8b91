"""The seeded shape of one synthetic lumbar spine.

Patient coordinates in mm (LPS: +x left, +y back, +z head; DICOM PS3.3 C.7.6.2.1.1). The centre of L3 is
the origin. Sizes and angles are round figures of adult lumbar anatomy with seeded variation; they
describe nobody.
"""

from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from annotations.vocabulary import Level
from inference.phantom.appearance import FIRST, Appearance

_Height = TypeVar("_Height", float, NDArray[np.float32])

NAMES = ("T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1", "S2", "S3", "S4", "S5")
_TILT = (-2.0, -6.0, -9.0, -10.5, -8.0, -3.0, 4.5, 18.0, 38.0, 45.0, 44.0, 30.0, 8.0)
_DEPTH = (28.0, 29.0, 30.0, 31.5, 33.0, 34.0, 34.5, 34.5, 33.0, 22.0, 17.0, 13.0, 10.0)
_FRONT = (22.0, 23.0, 24.5, 26.0, 27.5, 28.5, 29.0, 29.5, 29.0, 24.0, 21.0, 18.0, 15.0)
_BACK = (23.5, 25.0, 27.0, 28.0, 28.5, 28.5, 27.5, 24.5, 26.0, 24.0, 21.0, 18.0, 15.0)
_WIDTH = (17.0, 18.5, 20.0, 21.5, 22.5, 23.5, 24.5, 25.5, 25.5, 22.0, 19.0, 15.0, 11.0)
_DISC = (4.5, 5.0, 6.5, 8.0, 9.5, 10.5, 11.5, 11.0, 2.6, 1.6, 1.3, 1.2)
_TAPER = {"S1": (9.5, 2.0), "S2": (3.5, 1.5), "S3": (2.5, 1.5), "S4": (2.0, 1.0), "S5": (2.0, 1.0)}


@dataclass(frozen=True)
class Vertebra:
    """One body. Local axes: u to the back, v to the head, both in the sagittal plane; x stays to the left.

    centre: (y, z) mm. tilt: radians, positive when the front edge points down. depth: front to back, front
    and back: heights, width: half, all in mm. waist: concavity of the front and back walls. dish: concavity
    of the upper and lower endplate. taper: how far the front and back walls recede towards the lower end.
    """

    name: str
    centre: tuple[float, float]
    tilt: float
    depth: float
    front: float
    back: float
    width: float
    waist: tuple[float, float]
    dish: tuple[float, float]
    taper: tuple[float, float]
    fat: float

    @property
    def level(self) -> Level | None:
        """Its level if it is one of L1…S1."""
        return Level(self.name) if self.name in Level.__members__ else None

    @property
    def axis_u(self) -> tuple[float, float]:
        """Unit vector (y, z) to the back."""
        return (float(np.cos(self.tilt)), float(np.sin(self.tilt)))

    @property
    def axis_v(self) -> tuple[float, float]:
        """Unit vector (y, z) to the head."""
        return (-float(np.sin(self.tilt)), float(np.cos(self.tilt)))

    def place(self, u: float, v: float) -> tuple[float, float]:
        """(y, z) of a local point."""
        (a, b), (c, d) = self.axis_u, self.axis_v
        return (self.centre[0] + u * a + v * c, self.centre[1] + u * b + v * d)

    @property
    def height(self) -> float:
        """Height at the middle, before the endplates' concavity."""
        return (self.front + self.back) / 2


@dataclass(frozen=True)
class Disc:
    """The disc below a vertebra. degeneration: 0 (bright, high) to 1 (black, low). bulge: to the back, mm."""

    above: int
    height: float
    degeneration: float
    bulge: float


@dataclass(frozen=True)
class Anatomy:
    """A whole spine and its surroundings. sway: how far a mild curve bends it to one side, in mm."""

    vertebrae: tuple[Vertebra, ...]
    discs: tuple[Disc, ...]
    sway: float
    fat_thickness: float
    sac_depth: float
    conus: float
    fatty_muscle: float
    aorta_side: float

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        degenerate: dict[Level, float] | None = None,
        appearance: Appearance = FIRST,
    ) -> Self:
        """A spine drawn from `rng`; `degenerate` sets the least degeneration of the disc below a level."""
        count = len(NAMES)
        scale = rng.uniform(0.93, 1.07)
        lordosis = rng.uniform(*appearance.curve)
        tilt = np.radians(np.array(_TILT) * lordosis + rng.normal(0.0, 1.3, count))
        degeneration = _draw_degeneration(rng, degenerate or {})
        heights = np.array(_DISC) * scale * rng.uniform(0.9, 1.1) * (1.0 - 0.42 * degeneration)
        sizes = scale * rng.normal(1.0, 0.015, (4, count))
        vertebrae = [
            Vertebra(
                name=name,
                centre=(0.0, 0.0),
                tilt=float(tilt[i]),
                depth=float(_DEPTH[i] * sizes[0, i]),
                front=float(_FRONT[i] * sizes[1, i]),
                back=float(_BACK[i] * sizes[2, i]),
                width=float(_WIDTH[i] * sizes[3, i]),
                waist=(float(rng.uniform(1.6, 2.6)), float(rng.uniform(0.9, 1.6))),
                dish=(float(rng.uniform(0.9, 1.7)), float(rng.uniform(1.2, 2.2))),
                taper=_TAPER.get(name, (0.0, 0.0)),
                fat=float(rng.normal(1.0 + 0.01 * i - 0.06, appearance.body_sd)),
            )
            for i, name in enumerate(NAMES)
        ]
        return cls(
            vertebrae=_stack(vertebrae, heights),
            discs=tuple(
                Disc(
                    i,
                    float(heights[i]),
                    float(degeneration[i]),
                    float(rng.uniform(0.3, 1.4) + 2.6 * degeneration[i]),
                )
                for i in range(count - 1)
            ),
            sway=float(rng.normal(0.0, appearance.sway_mm)),
            fat_thickness=float(rng.uniform(12.0, 30.0)),
            sac_depth=float(rng.uniform(13.0, 16.0)),
            conus=float(rng.uniform(-8.0, 14.0)),
            fatty_muscle=float(rng.uniform(0.05, 0.5)),
            aorta_side=float(rng.uniform(9.0, 14.0)),
        )

    def midline(self, z: _Height) -> _Height:
        """x of the spine's middle at a height z, in mm."""
        return self.sway * ((z / 100.0) ** 2 - 0.3)

    def index(self, name: str) -> int:
        """Place of a vertebra in `vertebrae`; ValueError if there is none of that name."""
        return NAMES.index(name)


def _draw_degeneration(rng: np.random.Generator, least: dict[Level, float]) -> NDArray[np.float64]:
    """0..1 for each disc, more towards L4/L5 and L5/S1; sacral discs are always rudiments."""
    chance = np.array([0.15, 0.15, 0.2, 0.25, 0.3, 0.4, 0.55, 0.55])
    lumbar = np.clip(chance * rng.uniform(0.1, 2.0, 8), 0.0, 1.0)
    for level, value in least.items():
        if level is not Level.S1:
            lumbar[NAMES.index(level)] = max(lumbar[NAMES.index(level)], value)
    return np.concatenate([lumbar, np.full(4, 0.8)])


def _stack(bodies: list[Vertebra], gaps: NDArray[np.float64]) -> tuple[Vertebra, ...]:
    """Stack the bodies with the discs' heights between them along the mean of both axes, L3 at the origin."""
    centres = [np.zeros(2)]
    for above, below, gap in zip(bodies, bodies[1:], gaps, strict=False):
        lower = centres[-1] - np.array(above.axis_v) * above.height / 2
        between = np.array(above.axis_v) + np.array(below.axis_v)
        upper = lower - between / np.linalg.norm(between) * gap
        shift = (above.depth - below.depth) / 2 * 0.35 if below.name in ("S2", "S3", "S4", "S5") else 0.0
        centres.append(upper - np.array(below.axis_v) * below.height / 2 + np.array(below.axis_u) * shift)
    origin = centres[NAMES.index("L3")]
    return tuple(
        Vertebra(**{**vars(body), "centre": (float(c[0] - origin[0]), float(c[1] - origin[1]))})
        for body, c in zip(bodies, centres, strict=True)
    )


@dataclass(frozen=True)
class Lines:
    """Curves y(z) along the spine: its front, its back wall, and the tips of the spinous processes."""

    front: CubicSpline
    back: CubicSpline
    tips: CubicSpline

    @property
    def extent(self) -> tuple[float, float]:
        """Least and greatest y in mm of anything that belongs to the spine."""
        inside = np.linspace(self.front.x[0], self.front.x[-1], 60)
        return (float(self.front(inside).min()) - 12.0, float(self.tips(inside).max()) + 8.0)

    @classmethod
    def of(cls, anatomy: Anatomy) -> Self:
        """Fit the curves to the bodies' walls; beyond the ends they run on straight."""
        front, back, tips = [], [], []
        for body in anatomy.vertebrae:
            for v in (-body.height * 0.42, 0.0, body.height * 0.42):
                fall = 0.5 - v / body.height
                front.append(body.place(-body.depth / 2 + body.taper[0] * fall, v))
                back.append(body.place(body.depth / 2 - body.taper[1] * fall, v))
            tips.append(body.place(body.depth / 2 + _spine_reach(body.name), -body.height * 0.55))
        return cls(*(_curve(points) for points in (front, back, tips)))


def _spine_reach(name: str) -> float:
    """How far the tip of the spinous process lies behind the back wall, in mm."""
    reach = {"L5": 42.0, "S1": 32.0, "S2": 26.0, "S3": 20.0, "S4": 15.0, "S5": 12.0}
    return reach.get(name, 47.0)


def _curve(points: list[tuple[float, float]]) -> CubicSpline:
    """A smooth y(z) near the points: every 14 mm their local mean, joined by a natural spline."""
    data = np.array(sorted(points, key=lambda p: p[1]))
    knots = np.arange(data[0, 1], data[-1, 1], 9.0)
    weights = np.exp(-0.5 * ((knots[:, None] - data[None, :, 1]) / 7.0) ** 2)
    linear = np.interp(knots, data[:, 1], data[:, 0])
    residual = (weights * (data[:, 0] - np.interp(data[:, 1], knots, linear))).sum(1) / weights.sum(1)
    return CubicSpline(knots, linear + residual, bc_type="natural", extrapolate=True)
