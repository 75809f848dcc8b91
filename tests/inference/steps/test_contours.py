"""Rings enclose exactly the pixels they were drawn from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.steps.contours import map_slices, rings


def filled(found, shape):
    """Pixels whose centre lies inside an odd number of rings: the even-odd rule, by a ray to the left."""
    rows, columns = np.indices(shape)
    inside = np.zeros(shape, bool)
    for ring in found:
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
            if x1 == x2:
                crossed = (rows > min(y1, y2)) & (rows < max(y1, y2)) & (columns > x1)
                inside ^= crossed
    return inside


@settings(max_examples=200, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_even_odd_filling_gives_the_mask_back(mask):
    assert np.array_equal(filled(rings(mask), mask.shape), mask)


@settings(max_examples=100, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 8))))
def test_rings_have_right_angles_and_no_idle_points(mask):
    for ring in rings(mask):
        assert len(ring) >= 4
        for before, at, after in zip(ring[-1:] + ring[:-1], ring, ring[1:] + ring[:1], strict=True):
            first = (at[0] - before[0], at[1] - before[1])
            second = (after[0] - at[0], after[1] - at[1])
            assert (first[0] == 0) != (first[1] == 0)
            assert (first[0] == 0) != (second[0] == 0)


def test_one_pixel_is_a_square_around_its_centre():
    mask = np.zeros((5, 7), bool)
    mask[2, 4] = True
    (ring,) = rings(mask)
    assert sorted(map(tuple, ring)) == [(3.5, 1.5), (3.5, 2.5), (4.5, 1.5), (4.5, 2.5)]


def test_a_hole_is_a_ring_and_corner_neighbours_stay_apart():
    frame = np.ones((3, 3), bool)
    frame[1, 1] = False
    assert len(rings(frame)) == 2
    assert len(rings(np.eye(3, dtype=bool))) == 3
    assert rings(np.zeros((3, 3), bool)) == []


def test_slices_and_types_of_a_map():
    modic = np.zeros((4, 6, 6), np.uint8)
    modic[1, 1:3, 1:3], modic[1, 4, 4], modic[3, 0, 0] = 2, 1, 3
    found = map_slices(modic)
    assert [(s["instance"], [r["type"] for r in s["regions"]]) for s in found] == [(1, [1, 2]), (3, [3])]


@pytest.mark.parametrize("size", [200])
def test_a_large_region_is_few_points(size):
    mask = np.zeros((size, size), bool)
    mask[20:180, 30:170] = True
    assert [len(ring) for ring in rings(mask)] == [4]
