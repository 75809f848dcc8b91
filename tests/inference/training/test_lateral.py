"""Sections through the sides of bodies: shorter, mixed with what lies beside, and true to what fills them."""

import numpy as np
import pytest

from inference.training.lateral import IN_FRONT, ROUNDNESS, Side, draw_side, to_the_side
from inference.training.spider import Tissue

BODY, BESIDE = 1.0, 0.2


def spine() -> tuple[np.ndarray, np.ndarray]:
    """Three bodies of 34 x 26 mm with discs, S1 below, the canal behind, soft tissue of one grey."""
    tissue = np.full((200, 160), Tissue.OTHER, np.uint8)
    for top in (20, 56, 92):
        tissue[top : top + 26, 60:94] = Tissue.BODY
        tissue[top + 27 : top + 35, 60:94] = Tissue.DISC
    tissue[128:150, 60:90] = Tissue.S1
    tissue[10:150, 97:112] = Tissue.CANAL
    image = np.where(tissue == Tissue.OTHER, BESIDE, BODY).astype(np.float32)
    return image, tissue


def at(distance: float, half_thickness: float = 0.0, pedicles: bool = False) -> Side:
    return Side(distance, half_thickness, 0.0, pedicles)


def seen(side: Side, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return to_the_side(*spine(), side, np.random.default_rng(seed))


@pytest.mark.parametrize("distance", [0.5, 0.8, 0.95])
def test_a_section_is_as_long_as_the_outline_seen_from_above(distance: float) -> None:
    _, tissue = seen(at(distance))
    columns = np.flatnonzero(tissue[33] == Tissue.BODY)
    lost = 34 * (1 - (1 - distance**ROUNDNESS) ** (1 / ROUNDNESS))
    assert len(columns) == pytest.approx(34 - lost, abs=2.0)
    assert columns[0] - 60 == pytest.approx(IN_FRONT * lost, abs=1.5)


def test_beside_the_bodies_no_body_is_left_and_the_picture_shows_what_lies_there() -> None:
    image, tissue = seen(at(1.02))
    assert not np.isin(tissue, [Tissue.BODY, Tissue.DISC, Tissue.CANAL]).any()
    assert (tissue[128:150, 60:90] == Tissue.UNKNOWN).all()
    assert abs(float(np.median(image[25:40, 65:90])) - BODY) > 0.3


def test_a_thick_slice_mixes_bone_with_what_lies_beside_and_its_greater_part_decides() -> None:
    mostly_bone, mostly_not = (seen(at(distance, 0.1)) for distance in (0.93, 1.05))
    middle = np.s_[30:36, 76:80]
    assert (mostly_bone[1][middle] == Tissue.BODY).all()
    assert (mostly_not[1][middle] == Tissue.OTHER).all()
    between = [float(image[middle].mean()) for image, _ in (mostly_bone, mostly_not)]
    assert BODY > between[0] > between[1]


def test_pedicles_look_like_their_body_and_are_no_part_of_it() -> None:
    image, tissue = seen(at(0.6, pedicles=True))
    behind = np.s_[26:30, 95:103]
    assert (tissue[behind] == Tissue.POSTERIOR).all()
    assert image[behind].mean() == pytest.approx(BODY, abs=0.15)
    assert not (tissue[40:44, 95:103] == Tissue.POSTERIOR).any()


def test_what_is_given_stays_as_it_is_and_equal_seeds_give_equal_slices() -> None:
    image, tissue = spine()
    before = image.copy(), tissue.copy()
    first = to_the_side(image, tissue, at(0.8, 0.05, True), np.random.default_rng(3))
    second = to_the_side(image, tissue, at(0.8, 0.05, True), np.random.default_rng(3))
    for one, two in ((image, before[0]), (tissue, before[1]), (first[0], second[0]), (first[1], second[1])):
        assert (one == two).all()


def test_sides_are_drawn_from_beside_the_canal_to_outside_the_bodies() -> None:
    random = np.random.default_rng(0)
    sides = [draw_side(random) for _ in range(300)]
    assert min(s.distance for s in sides) < 0.45
    assert max(s.distance for s in sides) > 1.0
    assert all(s.half_thickness > 0 for s in sides)
    assert not any(s.pedicles for s in sides if s.distance >= 0.9)
