"""Crops for the detector: normal bodies of real pairs with synthetic lesions, as the pipeline cuts them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.steps.crops import frame_for
from inference.steps.frame import Frame, body_frame
from inference.steps.normalise import marrow, standardize
from inference.training.blend import blended, partner_of, regrained
from inference.training.lesions import Lesion, draw_lesion
from inference.training.lookalikes import add_lookalikes
from inference.training.normal_body import NormalBody, upside_down, within
from inference.training.pairs import PAIR_MM, Pair

SLICE_MM = 4.0
HIGHEST_BODY = 7
NOISY_T2 = 0.15
"""Share of crops whose T2 is all but noise."""
LOOSEST_MM = -1.5
BLENDED, REGRAINED = 0.9, 0.5
"""Shares of training crops of normal bodies with some of another's marrow, and with grain drawn anew."""
GRADED = 0.15
"""Share of training crops with a half beside a disc that a reader graded as changed, where these are used."""
AS_THEY_ARE = 0.3
"""Share of training crops of blended or annotated bodies that are cut as the pipeline cuts, without any
disturbance. A normal body that is not blended is always disturbed, lest it be learned by heart."""
SOFT = 0.2
"""Share of training's lesions with soft edges and patches; those that judge have none."""
SHARE_OF_TYPES = (0.3, 0.3, 0.4)
"""Types 1 to 3 of training's lesions: type 3 is the hardest to see."""


@dataclass(frozen=True)
class Sample:
    """One crop as the detector gets it: [100, 100, 2], truth and weight [100, 100, 1], what was drawn.

    down: unit vector (row, column) to the foot. sacral: it is S1.
    """

    crop: NDArray[np.float32]
    truth: NDArray[np.float32]
    weight: NDArray[np.float32]
    frame: Frame
    mask: NDArray[np.bool_]
    lesions: tuple[Lesion, ...]
    graded: tuple[bool, bool]
    down: NDArray[np.float64]
    sacral: bool


def normal_bodies(pair: Pair, numbers: NDArray[np.uint8], *, flatten: bool) -> list[NormalBody]:
    """Bodies of one pair with at least one half beside a graded disc, be its grade 0; `numbers` from
    `find_bodies`."""
    spacing = (SLICE_MM, PAIR_MM, PAIR_MM)
    known = np.isfinite(pair.t2)
    inside = marrow((numbers > 0)[None], (PAIR_MM, PAIR_MM)) & known[None]
    try:
        both = [standardize(x[None], inside, spacing, flatten=flatten).z[0] for x in (pair.t1, pair.t2)]
    except ValueError:
        return []
    bodies = []
    downs = spine_directions(numbers)
    for number in range(1, min(HIGHEST_BODY, int(numbers.max())) + 1):
        mask = numbers == number
        above, below = pair.modic.get(number), pair.modic.get(number - 1)
        clean = (above == 0, below == 0 if number > 1 else above == 0)
        graded = (bool(above), bool(below) if number > 1 else False)
        told = any(clean) or any(graded)
        if number not in downs or not told or not known[mask].all() or _touches_border(mask):
            continue
        frame = frame_for(mask, (PAIR_MM, PAIR_MM))
        if not frame.fits:
            continue
        z = np.stack([frame.sample(channel) for channel in both], axis=-1)
        bodies.append(
            NormalBody(
                pair.patient,
                number,
                z,
                frame.sample(mask.astype(np.float32)) >= 0.5,
                clean,
                downs[number],
                graded=graded,
            )
        )
    return bodies


def spine_directions(numbers: NDArray[np.uint8]) -> dict[int, NDArray[np.float64]]:
    """Unit vector (row, column) to the foot at each body of a slice, from its neighbours' middles.

    Bodies are numbered along the spine, in either direction; one alone points straight down.
    """
    own = [int(n) for n in np.unique(numbers) if n]
    middles = np.array([np.argwhere(numbers == n).mean(axis=0) for n in own]).reshape(-1, 2)
    if len(own) < 2:
        return {n: np.array([1.0, 0.0]) for n in own}
    steps = np.gradient(middles, axis=0)
    steps[steps[:, 0] < 0] *= -1
    return {n: step / np.linalg.norm(step) for n, step in zip(own, steps, strict=True)}


def draw_sample(
    body: NormalBody,
    random: np.random.Generator,
    *,
    lesions: int | None = None,
    kind: int | None = None,
    disturbed: bool = True,
    soft: float = 0.0,
) -> Sample:
    """`body` with `lesions` lesions (None: by chance) in its clean halves, a share of them `soft`.

    disturbed: moved a little, with lookalikes, another contrast, blur, noise and a mask drawn unevenly, as
    training has it. Otherwise the picture is left as it is but for its lesions, and cut as the pipeline cuts.
    """
    if disturbed:
        z, mask, truth, down = _move(body, random)
        frame = body_frame(mask, PAIR_MM, down)
        z = add_lookalikes(_disturb(z, random), frame, random)
    else:
        z, mask, down = body.z.astype(np.float64), body.mask, body.down
        truth = np.zeros(mask.shape, bool) if body.lesions is None else body.lesions.copy()
        frame = body_frame(mask, PAIR_MM, down)
    wanted = int(random.choice(3, p=[0.35, 0.5, 0.15])) if lesions is None else lesions
    wanted = 0 if truth.any() else wanted
    drawn: list[Lesion] = []
    for _ in range(12):
        if len(drawn) == wanted:
            break
        result = draw_lesion(z, mask, frame, PAIR_MM, random, kind, soft=soft)
        if result and _may_lie(body, result[1], drawn):
            z = result[0]
            drawn.append(result[1])
    z = _measure(z, random) if disturbed else z
    seen = _jitter(mask, random) if disturbed else marrow(mask[None], (PAIR_MM, PAIR_MM))[0]
    for lesion in drawn:
        truth |= lesion.truth
    weight = np.ones(mask.shape)
    upper = frame.upper <= frame.lower
    for clean, own in zip(body.clean, (upper, ~upper), strict=True):
        if not clean:
            weight[own] = 0.0
    return Sample(
        np.where(seen[..., None], z, 0.0).astype(np.float32),
        (truth & seen)[..., None].astype(np.float32),
        weight[..., None].astype(np.float32),
        frame,
        seen,
        tuple(drawn),
        body.graded,
        down,
        body.number == 1,
    )


def _may_lie(body: NormalBody, lesion: Lesion, others: Sequence[Lesion]) -> bool:
    """In a clean half that has none yet; never in S1's lower half, which is no endplate."""
    no_endplate = body.number == 1 and lesion.half == 1
    return body.clean[lesion.half] and not no_endplate and all(lesion.half != old.half for old in others)


def detector_batch(
    bodies: Sequence[NormalBody],
    size: int,
    window: int,
    random: np.random.Generator,
    *,
    drawn: bool = False,
    graded: Sequence[NormalBody] = (),
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """(crops, truth, weight) of `size` samples, made on the middle `window` x `window` pixels of bodies.

    drawn: draw lesions into annotated bodies without changes too. graded: bodies beside discs that a reader
    graded as changed; some of the crops show them. weight [N, window, window, 5]: where a pixel counts, each
    half that is known throughout, and each that is graded.
    """
    samples = []
    for _ in range(size):
        from_graded = bool(graded) and random.random() < GRADED
        chosen = graded if from_graded else bodies
        body = within(chosen[int(random.integers(len(chosen)))], window)
        known = body.lesions is None and not from_graded
        if known and random.random() < BLENDED and (other := partner_of(body, bodies, random)):
            body, known = blended(body, within(other, window), random), False
            body = regrained(body, random) if random.random() < REGRAINED else body
        disturbed = known or random.random() >= AS_THEY_ARE
        if disturbed and body.number > 1 and random.random() < 0.5:
            body = upside_down(body)
        kind = int(random.choice([1, 2, 3], p=SHARE_OF_TYPES))
        wanted = 0 if body.annotated and not drawn else None
        drawing = draw_sample(body, random, lesions=wanted, kind=kind, disturbed=disturbed, soft=SOFT)
        samples.append(drawing)
    weights = [np.concatenate([s.weight, known_halves(s), graded_halves(s)], axis=-1) for s in samples]
    return (
        np.stack([s.crop for s in samples]),
        np.stack([s.truth for s in samples]),
        np.stack(weights),
    )


def half_masks(sample: Sample) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(upper, lower) half of the body as seen."""
    upper = sample.frame.upper <= sample.frame.lower
    return sample.mask & upper, sample.mask & ~upper


def known_halves(sample: Sample) -> NDArray[np.float32]:
    """[rows, columns, 2]: 1 inside each half whose pixels are all known."""
    halves = [half * float(sample.weight[half].all()) for half in half_masks(sample)]
    return np.stack(halves, axis=-1).astype(np.float32)


def graded_halves(sample: Sample) -> NDArray[np.float32]:
    """[rows, columns, 2]: 1 inside each half whose disc a reader graded as changed."""
    halves = [half * float(told) for half, told in zip(half_masks(sample), sample.graded, strict=True)]
    return np.stack(halves, axis=-1).astype(np.float32)


def _move(
    body: NormalBody, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """(z, mask, lesions brought along, direction), turned by up to 15 degrees, scaled by up to a tenth."""
    angle = np.deg2rad(random.uniform(-15.0, 15.0))
    zoom = random.uniform(0.9, 1.1, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / zoom[:, None]
    centre = (np.array(body.mask.shape) - 1) / 2
    offset = centre - turn @ centre
    own = np.zeros(body.mask.shape, bool) if body.lesions is None else body.lesions
    layers = [body.z[..., 0], body.z[..., 1], body.mask.astype(np.float32), own.astype(np.float32)]
    moved = [ndimage.affine_transform(layer, turn, offset, order=1) for layer in layers]
    down = np.linalg.solve(turn, body.down)
    z = np.stack(moved[:2], axis=-1).astype(np.float64)
    return z, moved[2] >= 0.5, moved[3] >= 0.5, down / np.linalg.norm(down)


def _disturb(z: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """T1 and T2 a pixel apart, and another spread of grey values: before lesions are drawn.

    Now and then T2 is all but noise, as normal marrow is where its fat is suppressed.
    """
    shift = random.normal(0.0, 0.8, 2)
    z = z.copy()
    z[..., 1] = ndimage.shift(z[..., 1], shift, order=1, mode="nearest")
    if random.random() < NOISY_T2:
        grain = ndimage.gaussian_filter(random.normal(size=z.shape[:2]), random.uniform(0.4, 1.2))
        grain *= random.uniform(0.4, 1.0) / float(grain.std())
        z[..., 1] = random.uniform(-0.4, 0.6) * z[..., 1] + grain
    z = z * random.uniform(0.6, 1.25, 2) + random.normal(0.0, 0.15, 2)
    slope = np.linspace(-1, 1, z.shape[0])
    return z + (slope[:, None] * random.normal(0, 0.15) + slope * random.normal(0, 0.15))[..., None]


def _measure(z: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """What the scanner does to all of it: blur, noise, and a standardization that is a little off."""
    if random.random() < 0.5:
        blur = random.uniform(0.0, 1.0)
        z = ndimage.gaussian_filter(z, (blur, blur, 0.0))
    z = z + random.normal(size=z.shape) * random.uniform(0.0, 0.2, 2)
    return np.asarray(z * random.uniform(0.9, 1.12, 2) + random.normal(0.0, 0.1, 2))


def _jitter(mask: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.bool_]:
    """The body's mask as a localizer might have drawn it: 2.2 mm tighter to 1.5 mm looser, uneven.

    A loose one shows cortex, fat and disc beside the body, as lateral slices do.
    """
    signed = ndimage.distance_transform_edt(mask) - ndimage.distance_transform_edt(~mask)
    wobble = ndimage.gaussian_filter(random.normal(size=mask.shape), 6.0) * random.uniform(0.0, 14.0)
    loosest = LOOSEST_MM if random.random() < 0.3 else -0.3
    return np.asarray(signed * PAIR_MM + wobble * PAIR_MM > random.uniform(loosest, 2.2))


def _touches_border(mask: NDArray[np.bool_]) -> bool:
    edges = itertools.chain(mask[0], mask[-1], mask[:, 0], mask[:, -1])
    return any(bool(value) for value in edges)
