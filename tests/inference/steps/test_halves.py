"""The upper half is the upper half, for steep, square, tapering and cut-off bodies."""

import numpy as np
import pytest

from inference.steps.halves import chain_directions, split
from tests.inference.steps.shapes import rectangle, true_upper

SHAPE, SPACING = (260, 180), (0.8, 0.8)


def exam(*bodies, slices=3):
    """numbers and centres of bodies given as (centre, width, height, degrees[, taper]), lowest first."""
    numbers = np.zeros((slices, *SHAPE), np.int16)
    centres = {}
    for number, (centre, *rest) in enumerate(bodies, 1):
        numbers[:, rectangle(SHAPE, SPACING, centre, *rest)] = number
        found = np.argwhere(numbers == number).mean(axis=0)
        centres[number] = found * (4.0, *SPACING)
    return numbers, centres


def agreement(halves, numbers, body, centre, degrees):
    own = numbers[1] == body
    upper = true_upper(SHAPE, SPACING, centre, degrees)
    return float(((halves[1] == 1) == upper)[own & (halves[1] > 0)].mean())


@pytest.mark.parametrize("degrees", [0, 15, 30, 45, 55])
def test_a_tilted_s1_keeps_its_upper_half_up(degrees):
    """L5 stands above and in front of S1 as far as the sacrum is tilted."""
    a = np.deg2rad(degrees * 0.6)
    s1 = (150.0, 80.0)
    l5 = (150.0 - 36 * np.cos(a), 80.0 - 36 * np.sin(a))
    l4 = (l5[0] - 36, l5[1] - 4)
    bodies = ((s1, 34, 28, degrees, 0.3), (l5, 36, 27, degrees * 0.4), (l4, 36, 27, 5))
    numbers, centres = exam(*bodies)
    halves, _ = split(numbers, centres, SPACING)
    assert agreement(halves, numbers, 1, s1, degrees) > 0.9
    assert agreement(halves, numbers, 2, l5, degrees * 0.4) > 0.95


def test_a_wedge_of_s1_follows_its_endplate_not_its_lower_border():
    """A mask that ends in a level line below: only the upper border is an endplate."""
    numbers = np.zeros((3, *SHAPE), np.int16)
    spot, degrees = (150.0, 80.0), 38
    wedge = rectangle(SHAPE, SPACING, spot, 36, 40, degrees)
    wedge[np.indices(SHAPE)[0] * SPACING[0] > 156] = False
    numbers[:, wedge] = 1
    numbers[:, rectangle(SHAPE, SPACING, (112.0, 60.0), 36, 27, 15)] = 2
    numbers[:, rectangle(SHAPE, SPACING, (76.0, 52.0), 36, 27, 5)] = 3
    centres = {n: np.argwhere(numbers == n).mean(axis=0) * (4.0, *SPACING) for n in (1, 2, 3)}
    _, axes = split(numbers, centres, SPACING)
    tilt = np.rad2deg(np.arctan2(-axes[1].up[1], -axes[1].up[0]))
    assert tilt == pytest.approx(degrees, abs=4)


@pytest.mark.parametrize(("width", "height"), [(30, 30), (26, 32), (40, 20)])
@pytest.mark.parametrize("degrees", [-20, 0, 20])
def test_square_and_tall_bodies_are_split_between_their_endplates(width, height, degrees):
    spots = [(160.0, 70.0), (120.0, 70.0), (80.0, 70.0)]
    numbers, centres = exam(*((spot, width, height, degrees) for spot in spots))
    halves, axes = split(numbers, centres, SPACING)
    for body, spot in enumerate(spots, 1):
        assert agreement(halves, numbers, body, spot, degrees) > 0.93
        assert axes[body].height_mm == pytest.approx(height, abs=1.5)


def test_a_body_cut_off_above_keeps_what_is_seen_where_it_belongs():
    # the top body's middle lies 3 mm below the picture's upper border: its upper half is hardly seen
    spots = [(75.0, 70.0), (39.0, 70.0), (3.0, 70.0)]
    numbers, centres = exam(*((spot, 36, 28, 0) for spot in spots))
    halves, axes = split(numbers, centres, SPACING)
    assert axes[3].cut_above
    assert not axes[3].cut_below
    assert not (halves[numbers == 3] == 1).any()
    lower = np.argwhere(halves[1] * (numbers[1] == 3) == 2)[:, 0] * SPACING[0]
    assert (lower.min(), lower.max()) == (pytest.approx(3, abs=1.5), pytest.approx(17, abs=1.5))


def test_a_body_cut_off_below_keeps_its_upper_half():
    spots = [(205.0, 70.0), (169.0, 70.0), (133.0, 70.0)]
    numbers, centres = exam(*((spot, 36, 28, 0) for spot in spots))
    halves, axes = split(numbers, centres, SPACING)
    assert axes[1].cut_below
    upper = np.argwhere(halves[1] * (numbers[1] == 1) == 1)[:, 0] * SPACING[0]
    assert (upper.min(), upper.max()) == (pytest.approx(191, abs=1.5), pytest.approx(205, abs=1.5))
    assert not (halves[numbers == 1] == 2).any()


def test_lateral_slices_follow_the_middle_of_the_body():
    numbers, centres = exam(((120.0, 70.0), 36, 28, 0), ((84.0, 70.0), 36, 28, 0), slices=5)
    small = np.zeros(SHAPE, bool)
    small[:, :] = rectangle(SHAPE, SPACING, (110.0, 70.0), 12, 6)
    numbers[4][(numbers[4] == 1) & ~small] = 0
    halves, _ = split(numbers, centres, SPACING)
    assert set(np.unique(halves[4][numbers[4] == 1])) == {1}


def test_pixels_need_not_be_square():
    spacing = (0.5, 1.2)
    numbers = np.zeros((2, 300, 100), np.int16)
    centres = {}
    for number, row in enumerate((110.0, 74.0, 38.0), 1):
        body = rectangle((300, 100), spacing, (row, 55.0), 36, 28, 15)
        numbers[:, body] = number
        centres[number] = np.argwhere(numbers == number).mean(axis=0) * (4.0, *spacing)
    halves, _ = split(numbers, centres, spacing)
    upper = true_upper((300, 100), spacing, (74.0, 55.0), 15)
    own = numbers[0] == 2
    assert ((halves[0] == 1) == upper)[own].mean() > 0.94


def test_a_lone_body_is_taken_as_upright():
    numbers, centres = exam(((100.0, 70.0), 36, 28, 10))
    assert chain_directions(centres)[1].tolist() == [-1.0, 0.0]
    halves, _ = split(numbers, centres, SPACING)
    assert agreement(halves, numbers, 1, (100.0, 70.0), 10) > 0.95
