import numpy as np
import pytest
from scipy import ndimage

from inference.steps.instances import SAME_BODY, centres_mm, chained, find_pieces, six_connected
from tests.inference.steps.shapes import rectangle, spine_probability

SPACING = (4.0, 1.0, 1.0)


def test_bodies_are_numbered_from_below():
    probability = spine_probability()
    numbers = chained(probability, SPACING)
    centres = centres_mm(numbers, SPACING)
    assert sorted(centres) == [1, 2, 3, 4, 5]
    assert [round(centres[n][1]) for n in range(1, 6)] == [220, 184, 148, 112, 76]
    assert np.array_equal(numbers > 0, probability > 0.5)


def test_a_bridge_merges_bodies_by_six_connection_but_not_by_the_chain():
    probability = spine_probability()
    probability[3, 196:208, 55:60] = 0.9
    merged = six_connected(probability, SPACING)
    assert len(np.unique(merged)) - 1 == 4
    numbers = chained(probability, SPACING)
    assert len(np.unique(numbers)) - 1 == 5


def test_bodies_that_touch_through_thick_slices_stay_apart():
    probability = spine_probability()
    probability[2] = np.roll(probability[2], -5, axis=0)
    probability[4] = np.roll(probability[4], 6, axis=0)
    reference = six_connected(ndimage.maximum_filter(probability, (1, 6, 1)), SPACING)
    numbers = chained(probability, SPACING)
    assert len(np.unique(numbers)) - 1 == 5
    assert len(np.unique(reference)) - 1 < 5


def test_six_connection_alone_is_the_papers():
    probability = spine_probability(slices=3)
    numbers = six_connected(probability, SPACING)
    expected, count = ndimage.label(probability >= 0.5)
    assert count == 5
    assert {tuple(np.argwhere(expected == n)[0]) for n in range(1, 6)} == {
        tuple(np.argwhere(numbers == n)[0]) for n in range(1, 6)
    }
    assert centres_mm(numbers, SPACING)[1][1] > centres_mm(numbers, SPACING)[5][1]


def test_what_lies_off_the_chain_is_left_out():
    probability = spine_probability()
    probability[1:6, 100:125, 10:35] = 0.95  # as large as a body, in front of the spine
    probability[2:5, 150:162, 110:122] = 0.9  # a spinous process
    numbers = chained(probability, SPACING)
    assert len(np.unique(numbers)) - 1 == 5
    assert not numbers[:, 100:125, 10:30].any()
    assert not numbers[:, 150:162, 110:122].any()


def test_a_small_outermost_section_belongs_to_the_body_beside_it():
    probability = spine_probability()
    rows, columns = np.nonzero(chained(probability, SPACING)[-1] == 3)
    probability[-1, rows, columns] = 0.0
    section = np.s_[rows.min() + 4 : rows.max() - 3, columns.min() + 2 : columns.min() + 15]
    probability[-1][section] = 0.95
    probability[-1, 90:106, 100:116] = (
        0.95  # a spinous process: another stray of that slice, no body takes it
    )
    numbers = chained(probability, SPACING)
    overlap = (rows.max() - rows.min() - 7) * 13 / len(rows)
    assert overlap < SAME_BODY
    assert (numbers[-1][section] == 3).all()
    assert len(np.unique(numbers)) - 1 == 5


def test_a_body_missing_from_one_slice_is_one_body():
    probability = spine_probability()
    probability[3, 130:165] = 0.0
    numbers = chained(probability, SPACING)
    assert len(np.unique(numbers)) - 1 == 5
    body = numbers[2, 148, 68]
    assert body == numbers[4, 148, 68] == 3


def test_a_single_slice_is_enough():
    numbers = chained(spine_probability(slices=1), SPACING)
    assert len(np.unique(numbers)) - 1 == 5


def test_a_scoliotic_spine_is_followed_across_the_slices():
    probability = np.zeros((11, 240, 140), np.float32)
    for number in range(5):
        middle = 2 + 1.5 * number
        for index in range(11):
            if abs(index - middle) <= 2.5:
                body = rectangle((240, 140), (1, 1), (220 - 36 * number, 60), 36, 26)
                probability[index][body] = 0.97
    assert len(np.unique(chained(probability, SPACING))) - 1 == 5


def test_nothing_gives_nothing():
    empty = np.zeros((3, 64, 64), np.float32)
    assert not chained(empty, SPACING).any()
    assert not six_connected(empty, SPACING).any()


@pytest.mark.parametrize("bridge", [0, 6, 12])
def test_two_bodies_joined_in_one_slice_are_cut_more_strictly(bridge):
    plane = np.zeros((120, 80), np.float32)
    plane[rectangle((120, 80), (1, 1), (35, 40), 36, 26)] = 0.97
    plane[rectangle((120, 80), (1, 1), (75, 40), 36, 26)] = 0.97
    plane[45:65, 40 : 40 + bridge] = 0.85
    assert len(find_pieces(plane, 0, (1.0, 1.0))) == 2


def test_spinous_and_crescent_shapes_are_no_pieces():
    plane = np.zeros((120, 80), np.float32)
    plane[10:60, 10:14] = 0.97
    ring = np.hypot(*np.indices((120, 80)) - np.array([[[80]], [[40]]]))
    plane[(ring < 25) & (ring > 17)] = 0.97
    assert find_pieces(plane, 0, (1.0, 1.0)) == []
