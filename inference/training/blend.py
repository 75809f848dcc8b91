"""Normal bodies that nobody has seen: the marrow of one laid into the shape of another, and grain drawn anew.

Few normal bodies are known, and a network that sees the same ones again and again learns them by heart: then
whatever differs from them is a lesion, and every body of another patient differs.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.frame import Outline
from inference.training.normal_body import NormalBody
from inference.training.pairs import PAIR_MM

RIM_MM = 2.0
"""Within this of its border a body keeps more and more of its own: cortex is not mixed."""
COARSEST_PX = (2.0, 6.0)
"""SD of the Gaussian below which a marrow's pattern is grain, in pixels."""
UNEVEN = 0.25
"""SD of the share over the body: here more of one marrow, there of the other."""


def partner_of(
    body: NormalBody, bodies: Sequence[NormalBody], random: np.random.Generator
) -> NormalBody | None:
    """One of `bodies` that may lend its marrow: normal throughout, not a phantom; S1's go with S1's alone.

    None for a body that brought lesions or annotations along, or where eight tries find no other.
    """
    if body.lesions is not None:
        return None
    for _ in range(8):
        other = bodies[int(random.integers(len(bodies)))]
        same = (other.number == 1) == (body.number == 1)
        if same and all(other.clean) and other.lesions is None and other.patient != body.patient:
            return other
    return None


def blended(body: NormalBody, other: NormalBody, random: np.random.Generator) -> NormalBody:
    """`body` with 0.2 to 0.8 of its marrow from `other`, place for place; as uneven as they were.

    What a reader graded in it is no longer told by it.

    Places correspond by their share of the length along the endplates and of the height between them.
    """
    shape = body.mask.shape
    own = Outline.of(body.mask, PAIR_MM, body.down)
    theirs = Outline.of(other.mask, PAIR_MM, other.down)
    places = theirs.places(*own.shares(shape))
    lent = np.stack(
        [ndimage.map_coordinates(other.z[..., c], places, order=1, mode="nearest") for c in range(2)], axis=-1
    )
    noise = ndimage.gaussian_filter(random.normal(size=shape), 8.0)
    share = np.clip(random.uniform(0.2, 0.8) + UNEVEN * noise / float(noise.std()), 0.0, 1.0)
    middle, their_middle = np.median(body.z[body.mask], axis=0), np.median(other.z[other.mask], axis=0)
    mixed = _mixed(body.z - middle, lent - their_middle, share * _inner(body.mask))
    return replace(body, z=(middle + mixed).astype(np.float32), graded=(False, False))


def regrained(body: NormalBody, random: np.random.Generator) -> NormalBody:
    """`body` with some of its marrow's grain drawn anew: the same power spectra of T1 and T2 and the same
    correlation between them, other phases."""
    sigma, inner = random.uniform(*COARSEST_PX), _inner(body.mask)
    weight = np.maximum(ndimage.gaussian_filter(inner, sigma), 1e-3)[..., None]
    smooth = ndimage.gaussian_filter(body.z * inner[..., None], (sigma, sigma, 0.0)) / weight
    grain = (body.z - smooth) * inner[..., None]
    turn = np.fft.fft2(random.normal(size=inner.shape))
    turn /= np.maximum(np.abs(turn), 1e-9)
    drawn = np.fft.ifft2(np.fft.fft2(grain, axes=(0, 1)) * turn[..., None], axes=(0, 1)).real
    drawn *= grain[inner == 1].std(axis=0) / np.maximum(drawn[inner == 1].std(axis=0), 1e-6)
    z = smooth + _mixed(body.z - smooth, drawn, random.uniform(0.3, 1.0) * inner)
    return replace(body, z=z.astype(np.float32))


def _inner(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """0 at a body's border and beyond, 1 from RIM_MM within."""
    return np.asarray(np.clip(ndimage.distance_transform_edt(mask) * PAIR_MM / RIM_MM, 0.0, 1.0))


def _mixed(
    own: NDArray[np.floating], other: NDArray[np.floating], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`share` [rows, columns] of `other` in `own` [rows, columns, 2], as uneven as the two."""
    part = share[..., None]
    return np.asarray(((1.0 - part) * own + part * other) / np.sqrt((1.0 - part) ** 2 + part**2), np.float64)
