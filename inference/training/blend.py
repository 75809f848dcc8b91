"""A normal body made of two: the marrow of one laid into the shape of another.

Few normal bodies are known, and a network that sees the same ones again and again learns them by heart. A
mixture of two normal marrows is a normal marrow that nobody has seen.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from inference.training.frame import Outline
from inference.training.normal_body import NormalBody
from inference.training.pairs import PAIR_MM

RIM_MM = 1.5
"""Within this of its border a body keeps more and more of its own: cortex is not mixed."""
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
    share = random.uniform(0.2, 0.8) + UNEVEN * noise / float(noise.std())
    depth = ndimage.distance_transform_edt(body.mask) * PAIR_MM
    share = (np.clip(share, 0.0, 1.0) * np.clip(depth / RIM_MM, 0.0, 1.0))[..., None]
    middle, their_middle = np.median(body.z[body.mask], axis=0), np.median(other.z[other.mask], axis=0)
    mixed = (1.0 - share) * (body.z - middle) + share * (lent - their_middle)
    mixed /= np.sqrt((1.0 - share) ** 2 + share**2)
    return replace(body, z=(middle + mixed).astype(np.float32), graded=(False, False))
