"""Grey values on a scale that networks and centroids understand.

Two scales: `local_contrast` for the localizer, and z-scores over the vertebral bodies (`standardize`;
Gao et al. 2022, section 2.2.3) for detection and typing. Training and inference both use exactly these.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.windows import window

LOCAL_SIGMA_MM = 18.0
GLOBAL_SD_SHARE = 0.1
SHRINK_MM = 1.0
CONSTANT_SHARE = 1e-5
"""A spread of less, as a share of the mean, is what resampling in float32 makes of a constant picture."""

_HUBER_ROUNDS = 12
_TUKEY_CUT = 4.685
_MAX_LOG_FIELD = 1.5
_FIT_VOXELS = 12_000


def local_contrast(
    image: NDArray[np.float32], spacing_mm: tuple[float, float] = (1.0, 1.0), sigma_mm: float = LOCAL_SIGMA_MM
) -> NDArray[np.float32]:
    """(I - G(I)) / (local SD + 0.1 global SD) of one slice [rows, columns]; spacing (row, column) in mm.

    G is a Gaussian of `sigma_mm`; the local SD is taken under the same Gaussian, the global SD over the
    slice. Independent of the grey values' scale and offset; a constant slice gives zeros.
    """
    values = np.asarray(image, dtype=np.float64)
    global_sd = float(values.std())
    if not np.isfinite(global_sd) or global_sd <= 1e-9 * max(1.0, float(np.abs(values).max(initial=0.0))):
        return np.zeros(values.shape, np.float32)
    values = (values - values.mean()) / global_sd
    down, across = (_gaussian(n, sigma_mm / mm) for n, mm in zip(values.shape, spacing_mm, strict=True))
    mean = down @ values @ across.T
    square = down @ (values * values) @ across.T
    local_sd = np.sqrt(np.maximum(square - mean * mean, 0.0))
    return np.asarray((values - mean) / (local_sd + GLOBAL_SD_SHARE), dtype=np.float32)


@lru_cache(maxsize=8)
def _gaussian(size: int, sigma: float) -> NDArray[np.float64]:
    """What `ndimage.gaussian_filter` (nearest border, three sigmas) does along an axis, as a matrix.

    With a kernel of a hundred pixels a product of matrices costs a tenth of the filter.
    """
    return np.asarray(ndimage.gaussian_filter1d(np.eye(size), sigma, axis=0, mode="nearest", truncate=3.0))


def marrow(
    bodies: NDArray[np.bool_], pixel_spacing_mm: tuple[float, float], shrink_mm: float = SHRINK_MM
) -> NDArray[np.bool_]:
    """Body masks [slices, rows, columns] shrunk in plane by `shrink_mm`, which leaves the cortical line out.

    The cortex is dark on T1 and T2 and would be typed 3. The picture's border is no body's border: a body
    cut off by it is not shrunk there. 0 mm gives the masks unchanged.
    """
    if shrink_mm <= 0:
        return np.asarray(bodies, dtype=bool)
    shrunk = np.zeros(bodies.shape, bool)
    for number, mask in enumerate(bodies):
        if mask.any():
            box = window(mask)
            padded = np.pad(mask[box], 1, mode="edge")
            depth = ndimage.distance_transform_edt(padded, sampling=pixel_spacing_mm)[1:-1, 1:-1]
            shrunk[number][box] = depth > shrink_mm + 0.5 * min(pixel_spacing_mm)
    return shrunk


@dataclass(frozen=True)
class Standardized:
    """One sequence of one exam as z-scores over its vertebral bodies.

    z: float32 [slices, rows, columns]. mean, sd: of the (flattened) values over the body voxels.
    flattened: whether the coil's fall-off was divided out first. field_ratio: how many times brighter the
    fitted field's 95th percentile over the bodies is than its 5th (1.0 when not flattened).
    clipped: share of body voxels that stand at the sequence's largest value (a saturated picture).
    """

    z: NDArray[np.float32]
    mean: float
    sd: float
    flattened: bool
    field_ratio: float
    clipped: float


def standardize(
    image: NDArray[np.float32],
    bodies: NDArray[np.bool_],
    spacing_mm: tuple[float, float, float],
    *,
    flatten: bool = True,
    margin: int | None = None,
) -> Standardized:
    """z-scores with mean and SD over the body voxels (section 2.2.3), after flattening the coil's fall-off.

    image, bodies: [slices, rows, columns]; voxels of `image` that are not finite (slices without T2) do not
    count and become 0. spacing_mm: (slice, row, column). margin: only the box around the bodies, so many
    voxels wider, gets z-scores; None: every voxel. Raises ValueError if fewer than 50 body voxels carry a
    value or all of them are equal.
    """
    known = np.isfinite(image)
    top = float(image.max(initial=-np.inf, where=known))
    box = tuple(slice(0, n) for n in image.shape) if margin is None else window(bodies & known, margin)
    z = np.zeros(image.shape, np.float32)
    known, inside = known[box], (bodies & known)[box]
    if int(inside.sum()) < 50:
        raise ValueError("fewer than 50 voxels of vertebral bodies carry a value: nothing to standardize on")
    values = np.where(known, image[box], 0.0).astype(np.float64)
    clipped = float((values[inside] >= top).mean())
    ratio = 1.0
    if flatten:
        log_field = coil_field(values, inside, spacing_mm, tuple(side.start for side in box))
        values = values / np.exp(log_field)
        low, high = np.percentile(log_field[inside], [5, 95])
        ratio = float(np.exp(high - low))
    mean, sd = float(values[inside].mean()), float(values[inside].std())
    if sd <= CONSTANT_SHARE * abs(mean):
        raise ValueError("all voxels of the vertebral bodies have the same value")
    z[box] = np.where(known, (values - mean) / sd, 0.0)
    return Standardized(z, mean, sd, flatten, ratio, clipped)


def coil_field(
    values: NDArray[np.float64],
    inside: NDArray[np.bool_],
    spacing_mm: tuple[float, float, float],
    first: tuple[int, ...] = (0, 0, 0),
) -> NDArray[np.float64]:
    """Log of the receive field: a second-order polynomial in position, fitted robustly to log grey values.

    Fitted on the voxels `inside` with Tukey's bisquare weights, so that lesions do not bend it; zero mean
    over them, held within +-1.5 (a factor of 4.5) elsewhere. [slices, rows, columns], dimensionless.
    first: where in the whole stack these arrays begin; the same box gives the same bits as the whole.
    """
    where = np.nonzero(inside)
    centre = np.array([(axis + start).mean() for axis, start in zip(where, first, strict=True)])
    grids = [
        (np.arange(n) + first[axis] - centre[axis]) * spacing_mm[axis] / 50.0
        for axis, n in enumerate(values.shape)
    ]
    sample = tuple(axis[:: max(1, len(where[0]) // _FIT_VOXELS)] for axis in where)
    design = _quadratic(*(grids[axis][sample[axis]] for axis in range(3)))
    grey = values[sample]
    floor = max(0.02 * float(np.median(grey)), 1e-6)
    target = np.log(np.maximum(grey, floor))
    coefficients = _robust_fit(design, target)
    coefficients[0] = 0.0
    field = _evaluate(coefficients, grids)
    field -= field[inside].mean()
    return np.clip(field, -_MAX_LOG_FIELD, _MAX_LOG_FIELD)


def _quadratic(s: NDArray[np.float64], r: NDArray[np.float64], c: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones_like(s), s, r, c, s * s, r * r, c * c, s * r, s * c, r * c], axis=-1)


def _evaluate(k: NDArray[np.float64], grids: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    s, r, c = grids[0][:, None, None], grids[1][None, :, None], grids[2][None, None, :]
    return np.asarray(
        k[0]
        + s * (k[1] + k[4] * s)
        + r * (k[2] + k[5] * r + k[7] * s)
        + c * (k[3] + k[6] * c + k[8] * s + k[9] * r)
    )


def _robust_fit(design: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Iteratively reweighted least squares, started from the median; a degenerate axis gets no slope."""
    coefficients: NDArray[np.float64] = np.zeros(design.shape[1])
    residual: NDArray[np.float64] = target - np.median(target)
    for _ in range(_HUBER_ROUNDS):
        scale = max(1.4826 * float(np.median(np.abs(residual))), 1e-6)
        weight = np.clip(1.0 - (residual / (_TUKEY_CUT * scale)) ** 2, 0.0, None) ** 2
        weighted = design * weight[:, None]
        normal = weighted.T @ design
        normal += 1e-9 * np.trace(normal) * np.eye(len(normal))
        coefficients = np.asarray(np.linalg.solve(normal, weighted.T @ target), float)
        residual = target - design @ coefficients
    return coefficients
