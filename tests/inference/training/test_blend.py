from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from inference.steps.frame import Outline
from inference.training.blend import RIM_MM, blended, partner_of, regrained
from inference.training.normal_body import NormalBody
from inference.training.pairs import PAIR_MM

ROWS, COLUMNS = np.indices((100, 100))


def made(patient: str, rows: slice, columns: slice, z: np.ndarray, number: int = 3) -> NormalBody:
    mask = np.zeros((100, 100), bool)
    mask[rows, columns] = True
    both = np.stack([z, -z], axis=-1).astype(np.float32)
    return NormalBody(patient, number, both, mask, (True, True), np.array([1.0, 0.0]))


def test_places_of_equal_shares_correspond():
    small = made("1", slice(40, 60), slice(30, 70), np.zeros((100, 100)))
    large = made("2", slice(20, 80), slice(10, 90), np.zeros((100, 100)))
    own, theirs = (Outline.of(body.mask, PAIR_MM, body.down) for body in (small, large))
    at = theirs.places(*own.shares(small.mask.shape))
    assert np.allclose(at[:, 40, 30], (20, 10), atol=1.0)
    assert np.allclose(at[:, 59, 69], (79, 89), atol=1.0)
    assert np.allclose(at[:, 50, 50], (50, 50), atol=1.5)


def test_places_come_back_through_a_turned_body():
    angle = 0.3
    down, along = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    there = np.stack([ROWS - 50, COLUMNS - 50], axis=-1)
    mask = (np.abs(there @ down) < 15) & (np.abs(there @ along) < 25)
    outline = Outline.of(mask, PAIR_MM, down)
    inside = (np.abs(there @ down) < 12) & (np.abs(there @ along) < 22)
    back = outline.places(*outline.shares(mask.shape))
    assert np.abs(back - np.stack([ROWS, COLUMNS]))[:, inside].max() < 0.2


def test_a_mixture_is_as_uneven_as_the_two_and_keeps_its_border():
    random = np.random.default_rng(1)
    texture = ndimage.gaussian_filter(random.normal(size=(2, 100, 100)), (0, 1.5, 1.5))
    texture /= texture.std()
    own = replace(made("1", slice(30, 70), slice(25, 75), 2.0 + texture[0]), graded=(True, False))
    other = made("2", slice(25, 75), slice(30, 70), texture[1])
    mixed = blended(own, other, np.random.default_rng(2))
    assert np.allclose(mixed.z[~own.mask], own.z[~own.mask], atol=1e-6)
    assert np.array_equal(mixed.mask, own.mask)
    assert mixed.graded == (False, False)
    inner = np.s_[30 + 6 : 70 - 6, 25 + 6 : 75 - 6, 0]
    assert RIM_MM / PAIR_MM < 6
    assert mixed.z[inner].std() == pytest.approx(1.0, abs=0.2)
    assert np.median(mixed.z[inner]) == pytest.approx(2.0, abs=0.2)
    assert 0.2 < np.corrcoef(mixed.z[inner].ravel(), own.z[inner].ravel())[0, 1] < 0.98


def test_grain_drawn_anew_is_another_grain_of_the_same_kind():
    random = np.random.default_rng(4)
    texture = ndimage.gaussian_filter(random.normal(size=(100, 100)), 1.0)
    own = made("1", slice(20, 80), slice(20, 80), texture / texture.std() + COLUMNS / 30.0)
    drawn = [regrained(own, np.random.default_rng(n)) for n in range(20)]
    inner = np.s_[26:74, 26:74]
    before = own.z[inner] - ndimage.gaussian_filter(own.z, (4, 4, 0))[inner]
    for body in drawn:
        after = body.z[inner] - ndimage.gaussian_filter(body.z, (4, 4, 0))[inner]
        assert np.allclose(body.z[~own.mask], own.z[~own.mask], atol=1e-5)
        assert after.std() == pytest.approx(before.std(), rel=0.3)
        together = np.corrcoef(after[..., 0].ravel(), after[..., 1].ravel())[0, 1]
        assert together < -0.95, "T1 and T2 keep their correlation"
        slope = np.polyfit(np.arange(48), body.z[inner][..., 0].mean(axis=0), 1)[0]
        assert slope == pytest.approx(1 / 30, abs=0.01), "what is coarser than grain stays"
    alike = [np.corrcoef(before.ravel(), body.z[inner].ravel())[0, 1] for body in drawn]
    assert min(alike) < 0.4


def test_only_normal_bodies_of_other_patients_lend_their_marrow():
    random = np.random.default_rng(3)
    z = np.zeros((100, 100))
    body = made("1", slice(30, 70), slice(25, 75), z)
    s1 = made("2", slice(30, 70), slice(25, 75), z, number=1)
    same = made("1", slice(30, 70), slice(25, 75), z, number=2)
    half = NormalBody("3", 3, body.z, body.mask, (True, False), body.down)
    phantom = NormalBody(
        "phantom 1", 3, body.z, body.mask, (True, True), body.down, np.zeros((100, 100), bool)
    )
    assert partner_of(body, [s1, same, half, phantom], random) is None
    assert partner_of(phantom, [body], random) is None
    assert partner_of(body, [made("4", slice(30, 70), slice(25, 75), z)], random) is not None
