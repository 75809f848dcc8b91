"""A sham map: the lesions of a true one, of like number, sizes and types, moved to other endplates.

For studies of what a map does to readers whatever it says: a placebo of the aid. Arrays in, arrays out.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from annotations.rules import LabellingRules
from annotations.vocabulary import Half
from inference.steps.endplates import HalfFinding, find

Types = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Place = tuple[int, int]
"""Body number and half (1 upper, 2 lower)."""

_HALF = {1: Half.UPPER, 2: Half.LOWER}
_SEARCH = 6
"""A moved lesion may be shifted by so many pixels to lie well within its new half."""


def moved(
    modic: Types,
    bodies: NDArray[np.int16],
    halves: Types,
    rng: np.random.Generator,
    named: Collection[int],
) -> tuple[Types, dict[Place, Place]]:
    """The map with the changes of every half moved to another half, and where each went.

    modic, bodies, halves: [slices, rows, columns] of a stored map; named: bodies with a level's name, which
    alone take part. Every half's voxel counts by type arrive whole, as far as the new half has room; halves
    that were changed before are taken only when there are no others. A map without changes stays as it is.
    """
    masks = {place: mask for place, mask in _places(bodies, halves, named).items() if mask.any()}
    changed = [place for place, mask in masks.items() if modic[mask].any()]
    free = [place for place in masks if place not in changed]
    targets = _targets(_shuffled(changed, rng), _shuffled(free, rng))
    left = _union({place: masks[place] for place in targets}, modic.shape)
    result = np.where(left, 0, modic).astype(np.uint8)
    for source, target in targets.items():
        _place(modic, masks[source], masks[target], result, flip=source[1] != target[1])
    return result, targets


def _places(bodies: NDArray[np.int16], halves: Types, named: Collection[int]) -> dict[Place, Mask]:
    return {(body, half): (bodies == body) & (halves == half) for body in sorted(named) for half in (1, 2)}


def _union(masks: dict[Place, Mask], shape: tuple[int, ...]) -> Mask:
    covered: Mask = np.zeros(shape, dtype=bool)
    for mask in masks.values():
        covered |= mask
    return covered


def _shuffled(items: Sequence[Place], rng: np.random.Generator) -> list[Place]:
    return [items[i] for i in rng.permutation(len(items))]


def _targets(changed: list[Place], free: list[Place]) -> dict[Place, Place]:
    """A half for each changed one, never its own: free ones first, then halves that are left by another."""
    held = min(len(changed), len(free))
    targets = dict(zip(changed[:held], free, strict=False))
    rest = changed[held:]
    if len(rest) == 1 and held:
        return targets | {rest[0]: changed[0]}
    if len(rest) > 1:
        targets |= dict(zip(rest, [*rest[1:], rest[0]], strict=True))
    return targets


def _place(modic: Types, source: Mask, target: Mask, result: Types, *, flip: bool) -> None:
    """Write the changes within `source` into `target`, mirrored head to foot if `flip`."""
    voxels = np.argwhere(source & (modic > 0))
    types = modic[tuple(voxels.T)]
    offset = voxels - np.argwhere(source).mean(axis=0)
    if flip:
        offset[:, 1] = -offset[:, 1]
    centre = np.argwhere(target).mean(axis=0)
    wanted = np.rint(offset + centre).astype(int)
    wanted = _best_shift(wanted, target)
    inside = _within(wanted, target)
    put: Types = np.zeros_like(result)
    put[tuple(wanted[inside].T)] = types[inside]
    _fill_up(put, target, np.bincount(types, minlength=4))
    result[target & (put > 0)] = put[target & (put > 0)]


def _within(points: NDArray[np.int_], mask: Mask) -> Mask:
    bounds: Mask = ((points >= 0) & (points < mask.shape)).all(axis=1)
    bounds[bounds] = mask[tuple(points[bounds].T)]
    return bounds


def _best_shift(points: NDArray[np.int_], target: Mask) -> NDArray[np.int_]:
    """The points, shifted within their slices by the least shift that brings most of them into `target`."""
    steps = range(-_SEARCH, _SEARCH + 1)
    shifts = sorted(((dr, dc) for dr in steps for dc in steps), key=lambda s: (s[0] ** 2 + s[1] ** 2, s))
    counts = [int(_within(points + np.array([0, dr, dc]), target).sum()) for dr, dc in shifts]
    dr, dc = shifts[int(np.argmax(counts))]
    return points + np.array([0, dr, dc])


def _fill_up(put: Types, target: Mask, wanted: NDArray[np.int_]) -> None:
    """Add the voxels that did not find room to the nearest free ones of `target`, type by type."""
    seeds = put > 0
    if not seeds.any():
        seeds = np.zeros_like(target)
        points = np.argwhere(target)
        seeds[tuple(points[np.argmin(((points - points.mean(axis=0)) ** 2).sum(axis=1))])] = True
    distance = ndimage.distance_transform_edt(~seeds)
    free = np.argwhere(target & (put == 0))
    free = free[np.argsort(distance[tuple(free.T)], kind="stable")]
    start = 0
    for kind in (1, 2, 3):
        lacking = int(wanted[kind] - (put == kind).sum())
        put[tuple(free[start : start + lacking].T)] = kind
        start += lacking


def findings_of(
    modic: Types,
    bodies: NDArray[np.int16],
    halves: Types,
    spacing_mm: tuple[float, float, float],
    rules: LabellingRules,
    true: Sequence[HalfFinding],
    targets: dict[Place, Place],
) -> tuple[HalfFinding, ...]:
    """What a moved map says of each half; the probabilities have moved with the changes."""
    nothing = np.zeros(modic.shape, dtype=np.float32)
    probability = {(finding.body, finding.half): finding.probability for finding in true}
    went = {(a, _HALF[b]): (c, _HALF[d]) for (a, b), (c, d) in targets.items()}
    swapped = probability | {there: probability[here] for here, there in went.items()}
    quiet = [probability[there] for there in went.values() if there not in went]
    swapped |= dict(zip([here for here in went if here not in went.values()], quiet, strict=True))
    found = find(modic, nothing, bodies, halves, spacing_mm, rules)
    return tuple(
        replace(finding, probability=swapped.get((finding.body, finding.half), 0.0)) for finding in found
    )
