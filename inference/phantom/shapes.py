"""Small building blocks of the phantom: signed distances, soft edges and seeded noise. Lengths in mm."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Field = NDArray[np.float32]


def as_field(values: NDArray[np.floating]) -> Field:
    """The same values as float32."""
    return np.asarray(values, dtype=np.float32)


def cover(distance: NDArray[np.floating], edge: float = 0.8) -> Field:
    """Share 0..1 of a pixel inside a shape, from its signed distance (negative inside) and a soft rim."""
    return as_field(np.clip(0.5 - distance / edge, 0.0, 1.0))


def rounded_corner(a: Field, b: Field, radius: float) -> Field:
    """Intersection of two shapes given by signed distances, its corners rounded to `radius`."""
    a, b = a + np.float32(radius), b + np.float32(radius)
    inner = np.minimum(np.maximum(a, b), 0.0)
    return as_field(inner + np.hypot(np.maximum(a, 0.0), np.maximum(b, 0.0)) - radius)


def ellipse(a: NDArray[np.floating], b: NDArray[np.floating], half_a: float, half_b: float) -> Field:
    """Approximate signed distance to an ellipse with the given half axes."""
    reach = np.sqrt((a / half_a) ** 2 + (b / half_b) ** 2)
    return as_field((reach - 1.0) * min(half_a, half_b))


def ramp(values: Field, low: float | Field, high: float | Field) -> Field:
    """0 at `low`, 1 at `high`, smooth between (cubic); `low` may lie above `high`."""
    t = np.clip((values - low) / (high - low), 0.0, 1.0)
    return as_field(t * t * (3.0 - 2.0 * t))


class Noise:
    """Smooth random fields of space, the same wherever and in whatever order they are asked for."""

    _SIZE = 128
    _STEPS = 5.0

    def __init__(self, rng: np.random.Generator) -> None:
        white = rng.standard_normal((self._SIZE,) * 3, dtype=np.float32)
        smooth = gaussian_filter(white, 2.0, mode="wrap", truncate=2.5)
        self._lattice = as_field(0.6 * smooth / smooth.std()).ravel()

    def at(
        self, x: Field, y: Field, z: Field, scale: tuple[float, float, float], shift: float = 0.0
    ) -> Field:
        """Values of zero mean and 0.6 SD; `scale` is the size of the grain along x, y, z in mm."""
        last = self._SIZE - 1
        i, j, k = (
            (axis * np.float32(self._STEPS / size) + np.float32(4096 + 37 * (n + 1) * shift)).astype(np.int32)
            & last
            for n, (axis, size) in enumerate(zip((x, y, z), scale, strict=True))
        )
        return as_field(self._lattice[(i * self._SIZE + j) * self._SIZE + k])
