"""Synthetic Modic changes: at an endplate, of their type, as large as counted; lookalikes beside them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from inference.steps.frame import body_frame
from inference.steps.normalise import marrow
from inference.training.crops import (
    detector_batch,
    draw_sample,
    half_masks,
    normal_bodies,
    spine_directions,
)
from inference.training.known_truth import predominant
from inference.training.lesions import CENTROIDS, SMALLEST_MM, draw_lesion
from inference.training.lookalikes import LOOKALIKES, Look
from inference.training.normal_body import NormalBody, upside_down, within
from inference.training.pairs import Pair

MM = 0.6
DOWN = np.array([1.0, 0.0])


def body_mask() -> np.ndarray:
    mask = np.zeros((100, 100), bool)
    mask[28:74, 20:82] = True
    return mask


def marrow_z(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.2, (100, 100, 2))


def body(clean: tuple[bool, bool] = (True, True)) -> NormalBody:
    return NormalBody("1", 3, marrow_z().astype(np.float32), body_mask(), clean, DOWN)


def test_frame_measures_depth_from_both_endplates() -> None:
    frame = body_frame(body_mask(), MM, DOWN)
    assert frame.upper[28, 50] == pytest.approx(0.0, abs=MM)
    assert frame.lower[73, 50] == pytest.approx(0.0, abs=MM)
    assert frame.upper[38, 50] == pytest.approx(10 * MM, abs=MM)
    assert frame.along[50, 20] == pytest.approx(0.0, abs=MM)
    assert frame.length == pytest.approx(61 * MM, abs=MM)


def test_frame_of_a_steeply_tilted_body_follows_the_spine() -> None:
    rows, columns = np.indices((100, 100)) - 50
    tilt = np.deg2rad(50)
    down = rows * np.cos(tilt) + columns * np.sin(tilt)
    along = columns * np.cos(tilt) - rows * np.sin(tilt)
    mask = (np.abs(down) < 22) & (np.abs(along) < 24)
    frame = body_frame(mask, MM, np.array([np.cos(tilt), np.sin(tilt)]))
    assert np.corrcoef(frame.upper[mask], down[mask])[0, 1] > 0.99
    assert np.corrcoef(frame.along[mask], along[mask])[0, 1] > 0.99


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_lesions_touch_an_endplate_are_large_enough_and_of_their_type(kind: int) -> None:
    mask, frame = body_mask(), body_frame(body_mask(), MM, DOWN)
    right = drawn = 0
    for seed in range(40):
        result = draw_lesion(marrow_z(seed), mask, frame, MM, np.random.default_rng(seed), kind)
        if result is None:
            continue
        z, lesion = result
        drawn += 1
        depth = (frame.upper, frame.lower)[lesion.half]
        assert lesion.truth.sum() > 0
        assert not lesion.truth[~mask].any()
        assert depth[lesion.truth].min() < 3.0
        assert lesion.diameter_mm >= SMALLEST_MM
        far = mask & (depth > 20.0)
        assert np.abs(z - marrow_z(seed))[far].mean() < 0.1
        right += predominant(z[lesion.truth].astype(np.float32)) == kind
    assert drawn >= 20
    assert right / drawn >= 0.75


@pytest.mark.parametrize("look", [look for look, _ in LOOKALIKES], ids=lambda look: look.__name__)
def test_lookalikes_change_the_picture_a_little(look: Look) -> None:
    frame = body_frame(body_mask(), MM, DOWN)
    change = np.abs(look(marrow_z(), frame, np.random.default_rng(3)) - marrow_z()).max(axis=-1)
    assert change[body_mask()].max() > 0.2
    assert np.isfinite(change).all()


def test_a_sample_is_masked_and_repeats_itself() -> None:
    one, two = (draw_sample(body(), np.random.default_rng(4), lesions=1, kind=2) for _ in range(2))
    assert np.array_equal(one.crop, two.crop)
    assert one.crop.shape == (100, 100, 2)
    assert not one.crop[~one.mask].any()
    assert one.truth[..., 0].sum() > 0
    assert len(one.lesions) == 1
    upper, lower = half_masks(one)
    assert np.array_equal(upper | lower, one.mask)


def test_halves_beside_a_graded_disc_get_no_lesion_and_weigh_nothing() -> None:
    for seed in range(10):
        sample = draw_sample(body((True, False)), np.random.default_rng(seed), lesions=1)
        upper, lower = half_masks(sample)
        assert not sample.truth[..., 0][lower].sum() > 0.05 * max(sample.truth.sum(), 1)
        assert all(lesion.half == 0 for lesion in sample.lesions)
        assert not sample.weight[lower].any()
        assert sample.weight[upper].mean() > 0.95


def test_an_undisturbed_sample_is_the_picture_itself_but_for_its_lesion() -> None:
    own = body()
    plain = draw_sample(own, np.random.default_rng(1), lesions=0, disturbed=False)
    seen = marrow(own.mask[None], (MM, MM))[0]
    assert np.array_equal(plain.mask, seen)
    assert np.array_equal(plain.crop, np.where(seen[..., None], own.z, 0.0))
    assert not plain.truth.any()
    changed = draw_sample(own, np.random.default_rng(2), lesions=1, kind=2, disturbed=False)
    (lesion,) = changed.lesions
    assert lesion.diameter_mm >= SMALLEST_MM
    far = seen & (ndimage.distance_transform_edt(~lesion.truth) * MM > 12.0)
    assert np.abs(changed.crop - plain.crop)[far].max() < 0.1
    assert np.abs(changed.crop - plain.crop)[lesion.truth & seen].mean() > 0.4


def test_batches_are_cut_to_the_window() -> None:
    crop, truth, weight = detector_batch([body()], 3, 72, np.random.default_rng(0))
    assert crop.shape == (3, 72, 72, 2)
    assert truth.shape == (3, 72, 72, 1)
    assert weight.shape == (3, 72, 72, 5)


def test_a_body_keeps_its_middle_within_a_smaller_window() -> None:
    whole = replace(body(), lesions=body_mask())
    middle = within(whole, 72)
    assert middle.mask.shape == (72, 72)
    assert np.array_equal(middle.z, whole.z[14:86, 14:86])
    assert middle.lesions is not None
    assert np.array_equal(middle.lesions, middle.mask)


def test_soft_lesions_fade_over_more_pixels_than_others() -> None:
    def partly(soft: float) -> float:
        shares = []
        for seed in range(40):
            flat = np.zeros((100, 100, 2))
            frame = body_frame(body_mask(), MM, DOWN)
            drawn = draw_lesion(flat, body_mask(), frame, MM, np.random.default_rng(seed), 2, soft=soft)
            if drawn:
                changed = ndimage.gaussian_filter(np.abs(drawn[0]).sum(axis=-1), 1.0)
                level = float(np.median(changed[drawn[1].truth]))
                faded = (changed > 0.15 * level) & (changed < 0.6 * level)
                shares.append(faded.sum() / drawn[1].truth.sum())
        return float(np.mean(shares))

    assert partly(1.0) > 1.3 * partly(0.0)


def test_the_halves_of_a_batch_are_those_known_throughout() -> None:
    random = np.random.default_rng(1)
    _, truth, weight = detector_batch([body((True, False))], 12, 100, random)
    upper, lower = weight[..., 1], weight[..., 2]
    for number in range(12):
        assert upper[number].any() != lower[number].any(), "one half is known, whichever way up the body is"
        rest = truth[number, ..., 0] * (1 - upper[number] - lower[number])
        assert rest.sum() <= 0.4 * max(truth[number].sum(), 1)
    assert upper.any()
    assert lower.any()


def test_halves_beside_a_disc_graded_as_changed_are_told_and_count_nowhere_else() -> None:
    beside = replace(body((True, False)), graded=(False, True))
    _, truth, weight = detector_batch([body()], 60, 100, np.random.default_rng(2), graded=[beside])
    graded = weight[..., 3:].max(axis=-1)
    assert 2 <= graded.any(axis=(1, 2)).sum() <= 20
    assert not (weight[..., :3].max(axis=-1) * graded).any()
    assert not (truth[..., 0] * graded).any()


def test_no_normal_body_is_shown_just_as_it_is() -> None:
    alone, other = body(), replace(body(), patient="2", z=body().z[:, ::-1])
    plain = draw_sample(alone, np.random.default_rng(0), lesions=0, disturbed=False).crop
    for seed in range(40):
        crops, _, _ = detector_batch([alone, alone, other], 1, 100, np.random.default_rng(seed))
        assert np.abs(crops[0] - plain)[plain != 0].mean() > 0.05


def test_a_body_upside_down_keeps_its_halves_apart() -> None:
    z = marrow_z().astype(np.float32)
    z[28:34] += 3.0
    own = NormalBody("1", 3, z, body_mask(), (True, False), np.array([0.8, 0.6]), graded=(False, True))
    turned = upside_down(own)
    assert turned.clean == (False, True)
    assert turned.graded == (True, False)
    assert turned.down == pytest.approx(np.array([0.8, -0.6]))
    assert turned.z[66:72].mean() > 2.5
    assert np.array_equal(upside_down(turned).z, own.z)


def test_bodies_know_which_halves_stand_beside_normal_and_changed_discs() -> None:
    numbers = np.zeros((260, 160), np.uint8)
    for number, top in ((3, 20), (2, 100), (1, 180)):
        numbers[top : top + 50, 40:110] = number
    picture = np.random.default_rng(0).normal(100, 10, numbers.shape).astype(np.float32)
    pair = Pair("1", picture, picture, {1: 0, 2: 2, 3: 2})
    found = normal_bodies(pair, numbers, flatten=False)
    assert [(b.number, b.clean, b.graded) for b in found] == [
        (1, (True, True), (False, False)),
        (2, (False, True), (True, False)),
        (3, (False, False), (True, True)),
    ]
    assert found[0].z[found[0].mask].mean() == pytest.approx(0.0, abs=0.2)


def test_directions_point_to_the_foot_however_bodies_are_numbered() -> None:
    numbers = np.zeros((90, 60), np.uint8)
    for number, (row, column) in enumerate([(10, 10), (40, 20), (70, 40)], 1):
        numbers[row - 4 : row + 4, column - 4 : column + 4] = number
    for numbering in (numbers, np.where(numbers > 0, 4 - numbers, 0)):
        downs = spine_directions(numbering.astype(np.uint8))
        assert all(d[0] > 0 for d in downs.values())
        last = int(numbering[70, 40])
        assert downs[last] == pytest.approx(np.array([30, 20]) / np.hypot(30, 20), abs=0.05)


def test_predominant_type_is_that_of_the_nearest_centroid() -> None:
    for kind, centre in CENTROIDS.items():
        assert predominant(np.array([centre, centre, (9.0, 9.0)], np.float32)) == kind
