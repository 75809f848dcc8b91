from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from inference.steps.normalise import coil_field, local_contrast, marrow, standardize

SPACING = (4.0, 1.0, 1.0)


def bodies_mask(slices=5, rows=200, columns=80):
    mask = np.zeros((slices, rows, columns), bool)
    for top in range(10, 190, 36):
        mask[:, top : top + 26, 25:58] = True
    return mask


def test_local_contrast_ignores_scale_and_offset():
    rng = np.random.default_rng(1)
    image = rng.normal(100, 20, (64, 96)).astype(np.float32)
    assert np.allclose(local_contrast(image), local_contrast(image * 7 + 300), atol=1e-4)


def test_local_contrast_matches_its_formula_on_a_step():
    image = np.zeros((128, 128), np.float32)
    image[:, 64:] = 1.0
    out = local_contrast(image, sigma_mm=4.0)
    # far from the step I = G(I), at the step I - G(I) = 0.5, local SD 0.5, global SD 0.5
    assert abs(out[64, 5]) < 1e-3
    assert out[64, 64] == pytest.approx(0.46 / (0.5 + 0.05), abs=0.05)
    assert out[64, 63] == pytest.approx(-out[64, 64], abs=1e-3)


def test_local_contrast_is_that_of_gaussian_filters():
    image = np.random.default_rng(4).normal(100, 20, (70, 45)).astype(np.float32)
    values = (image - image.mean(dtype=float)) / image.std(dtype=float)
    mean, square = (
        ndimage.gaussian_filter(x, (18.0 / 0.8, 18.0 / 1.1), mode="nearest", truncate=3.0)
        for x in (values, values**2)
    )
    expected = (values - mean) / (np.sqrt(square - mean**2) + 0.1)
    assert local_contrast(image, (0.8, 1.1)) == pytest.approx(expected, abs=1e-5)


def test_local_contrast_uses_millimetres():
    rng = np.random.default_rng(2)
    coarse = rng.normal(size=(60, 60)).astype(np.float32)
    fine = np.repeat(coarse, 2, axis=0)
    assert np.allclose(local_contrast(fine, (0.5, 1.0))[::2], local_contrast(coarse), atol=0.02)


def test_a_constant_slice_gives_zeros():
    assert not local_contrast(np.full((20, 20), 900.0, np.float32)).any()


def test_z_scores_have_mean_0_and_sd_1_over_the_bodies_only():
    mask = bodies_mask()
    image = np.random.default_rng(3).normal(500, 60, mask.shape).astype(np.float32)
    image[~mask] = 5000
    result = standardize(image, mask, SPACING, flatten=False)
    assert result.z[mask].mean() == pytest.approx(0, abs=1e-5)
    assert result.z[mask].std() == pytest.approx(1, abs=1e-5)
    assert result.mean == pytest.approx(500, abs=2)
    assert not result.flattened
    assert result.field_ratio == 1.0


def test_flattening_takes_a_known_coil_field_out_and_leaves_lesions_in():
    mask = bodies_mask()
    rng = np.random.default_rng(4)
    s, r, c = np.indices(mask.shape).astype(float)
    field = np.exp(0.9 * ((r - 100) / 100) ** 2 - 0.012 * (c - 40) + 0.03 * (s - 2))
    tissue = rng.normal(300, 15, mask.shape)
    lesion = np.zeros_like(mask)
    lesion[1:4, 118:126, 25:58] = True
    tissue[lesion] += 120
    image = (tissue * field).astype(np.float32)
    healthy = mask & ~lesion
    flat = standardize(image, mask, SPACING, flatten=True)
    raw = standardize(image, mask, SPACING, flatten=False)
    assert flat.field_ratio > 1.3
    assert flat.z[lesion].min() > flat.z[healthy].mean() + 1
    gap = {name: z[lesion].mean() - z[healthy].mean() for name, z in (("flat", flat.z), ("raw", raw.z))}
    assert gap["flat"] > 2 * gap["raw"]
    log_error = coil_field(image.astype(float), mask, SPACING) - np.log(field)
    assert log_error[healthy].std() < 0.02


def test_slices_without_t2_do_not_count_and_become_zero():
    mask = bodies_mask()
    image = np.random.default_rng(5).normal(500, 60, mask.shape).astype(np.float32)
    image[0] = np.nan
    result = standardize(image, mask, SPACING)
    assert not result.z[0].any()
    assert result.z[1:][mask[1:]].mean() == pytest.approx(0, abs=1e-5)


def test_a_single_slice_can_be_flattened():
    mask = bodies_mask(slices=1)
    image = np.random.default_rng(6).normal(500, 60, mask.shape).astype(np.float32)
    assert np.isfinite(standardize(image, mask, SPACING).z).all()


def test_no_bodies_or_constant_bodies_are_refused():
    mask = bodies_mask()
    with pytest.raises(ValueError, match="fewer than 50"):
        standardize(np.ones(mask.shape, np.float32), np.zeros_like(mask), SPACING)
    with pytest.raises(ValueError, match="same value"):
        standardize(np.ones(mask.shape, np.float32), mask, SPACING)


def test_saturation_inside_the_bodies_is_measured():
    mask = bodies_mask()
    image = np.random.default_rng(7).normal(500, 60, mask.shape).astype(np.float32)
    image = np.minimum(image, 540)
    assert standardize(image, mask, SPACING).clipped == pytest.approx(0.25, abs=0.02)


def test_marrow_leaves_a_rim_of_the_named_width_out():
    mask = np.zeros((1, 60, 60), bool)
    mask[0, 10:40, 10:50] = True
    shrunk = marrow(mask, (0.5, 0.5), 1.0)
    rows, columns = np.nonzero(shrunk[0])
    assert (rows.min(), rows.max()) == (12, 37)
    assert (columns.min(), columns.max()) == (12, 47)
    assert (marrow(mask, (0.5, 0.5), 0.0) == mask).all()


def test_a_body_cut_off_by_the_picture_is_not_shrunk_at_the_border():
    mask = np.zeros((1, 40, 40), bool)
    mask[0, 0:20, 10:30] = True
    assert marrow(mask, (1.0, 1.0), 1.0)[0, 0, 20]


@pytest.mark.parametrize("flatten", [True, False])
def test_the_box_around_the_bodies_gets_the_same_bits_as_the_whole(flatten):
    mask = bodies_mask()
    image = np.random.default_rng(7).normal(500, 60, mask.shape).astype(np.float32)
    image[0], image[0, 0, 0] = np.nan, 900.0
    whole = standardize(image, mask, SPACING, flatten=flatten)
    part = standardize(image, mask, SPACING, flatten=flatten, margin=2)
    near = np.zeros(mask.shape, bool)
    near[:, 8:182, 23:60] = True
    assert (part.z == np.where(near, whole.z, 0)).all()
    assert replace(part, z=whole.z) == whole


def test_a_constant_picture_is_constant_whatever_resampling_made_of_it():
    bodies = np.ones((1, 20, 20), bool)
    image = (5.0 + 1e-6 * np.random.default_rng(1).normal(size=bodies.shape)).astype(np.float32)
    with pytest.raises(ValueError, match="the same value"):
        standardize(image, bodies, (4.0, 1.0, 1.0))
    faint = np.random.default_rng(1).uniform(1e-9, 2e-9, bodies.shape).astype(np.float32)
    assert standardize(faint, bodies, (4.0, 1.0, 1.0)).z.std() == pytest.approx(1.0, abs=0.01)
