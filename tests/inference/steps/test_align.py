"""Alignment against a scene whose value is known at every patient position."""

import numpy as np
import pytest
from scipy import ndimage

from inference.steps.align import align, residual_shift
from inference.steps.orient import upright
from inference.volume import Volume


def scene(points):
    """A smooth function of patient position in mm; its gradient says where a value came from."""
    x, y, z = np.moveaxis(points, -1, 0)
    return 100 + 20 * np.sin(y / 9) + 20 * np.cos(z / 11) + 0.3 * x


def stack(
    slices=9, rows=120, columns=100, spacing=(1.0, 1.0), thickness=4.0, tilt=0.0, swing=0.0, at=(0, 0, 0)
):
    """A sagittal stack around `at`; tilt in plane, swing about the head-foot axis, in degrees."""
    a, b = np.deg2rad([tilt, swing])
    turn = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    row = turn @ np.array([0, np.cos(a), -np.sin(a)])
    column = turn @ np.array([0, -np.sin(a), -np.cos(a)])
    normal = np.cross(row, column)
    middle = np.asarray(at, float)
    corner = middle - row * spacing[1] * (columns - 1) / 2 - column * spacing[0] * (rows - 1) / 2
    first = corner + normal * thickness * (np.arange(slices) - (slices - 1) / 2)[:, None]
    volume = Volume(np.zeros((slices, rows, columns), np.float32), first, row, column, spacing)
    index = np.stack(np.indices(volume.array.shape), axis=-1).astype(float)
    array = scene(volume.to_patient(index)).astype(np.float32)
    return Volume(array, first, row, column, spacing)


def position_error_mm(t1, aligned):
    """Largest in-plane position error that a difference in value can stand for.

    Away from the scene's turning points, and 3 pixels away from T2's border, where no spline is exact.
    """
    index = np.stack(np.indices(t1.array.shape), axis=-1).astype(float)
    points = t1.to_patient(index)
    slope = np.hypot(20 / 9 * np.cos(points[..., 1] / 9), 20 / 11 * np.sin(points[..., 2] / 11))
    inner = [ndimage.binary_erosion(plane, iterations=3) for plane in np.isfinite(aligned.t2)]
    known = np.stack(inner) & (slope > 1.0)
    assert known.mean() > 0.2
    return float((np.abs(aligned.t2 - t1.array) / slope)[known].max())


GRIDS = {
    "same": {},
    "shifted": {"at": (0, 7.3, -11.9)},
    "rotated": {"tilt": 12.0},
    "anisotropic": {"spacing": (0.5, 1.4), "rows": 240, "columns": 80},
    "finer": {"spacing": (0.4, 0.4), "rows": 300, "columns": 250},
    "all": {"tilt": -8.0, "spacing": (0.7, 0.9), "rows": 200, "columns": 130, "at": (0, -5.5, 4.1)},
}


@pytest.mark.parametrize("grid", GRIDS)
def test_in_plane_position_is_kept_within_a_tenth_of_a_millimetre(grid):
    t1 = stack()
    aligned = align(t1, stack(**GRIDS[grid]))
    assert aligned.matched == tuple(range(9))
    assert position_error_mm(t1, aligned) <= 0.1


def test_parallel_grids_are_sampled_as_others_are(monkeypatch):
    t1 = stack()
    t2 = stack(**{**GRIDS["anisotropic"], "at": (0.5, 7.3, -11.9)})
    quick = align(t1, t2)
    monkeypatch.setattr("inference.steps.align.STRAIGHT_PX", -1.0)
    slow = align(t1, t2)
    assert np.array_equal(np.isnan(quick.t2), np.isnan(slow.t2))
    assert np.nanmax(np.abs(quick.t2 - slow.t2)) < 1e-4
    assert quick.matched == slow.matched


def test_stacks_swung_against_each_other_take_the_nearest_plane_at_every_pixel():
    t1 = stack(columns=160)
    t2 = stack(columns=160, swing=6.0, slices=11)
    aligned = align(t1, t2)
    assert aligned.without_t2 == ()
    # the planes are up to 2 mm away; across the slices the scene changes by 0.3 per mm
    known = np.isfinite(aligned.t2)
    assert known[4].all()
    projected = np.abs(aligned.t2 - t1.array)[known]
    assert projected.max() < 2.0 * (0.3 + 2 * np.sin(np.deg2rad(6)) * 3)


def test_a_slice_is_matched_to_the_nearest_within_half_a_distance():
    t1 = stack()
    assert align(t1, stack(at=(1.9, 0, 0))).without_t2 == ()
    aligned = align(t1, stack(at=(6.1, 0, 0)))
    assert len(aligned.without_t2) == 2
    left = aligned.without_t2[0] == 0
    assert aligned.without_t2 == ((0, 1) if left else (7, 8))
    assert np.isnan(aligned.t2[list(aligned.without_t2)]).all()
    assert all(d == pytest.approx(1.9, abs=1e-6) for d in aligned.distance_mm if d is not None)


def test_slices_without_t2_are_named_when_t2_is_shorter():
    aligned = align(stack(slices=9), stack(slices=5))
    assert aligned.without_t2 == (0, 1, 7, 8)
    assert aligned.matched[2:7] == (0, 1, 2, 3, 4)


def test_slice_distances_may_differ():
    t1 = stack(slices=7, thickness=5.0)
    aligned = align(t1, stack(slices=12, thickness=3.0))
    assert aligned.without_t2 == ()
    assert max(aligned.distance_mm) <= 1.5 + 1e-6


def test_two_single_slices_lie_on_each_other_within_2_mm():
    one = stack(slices=1)
    assert align(one, stack(slices=1, at=(1.5, 0, 0))).without_t2 == ()
    assert align(one, stack(slices=1, at=(2.5, 0, 0))).without_t2 == (0,)


def test_outside_the_field_of_t2_there_is_no_value():
    aligned = align(stack(), stack(rows=60))
    assert np.isnan(aligned.t2[4, :29]).all()
    assert np.isfinite(aligned.t2[4, 31:89]).all()


@pytest.mark.parametrize("flip", ["rows", "columns", "slices", "swapped"])
def test_a_stack_stored_another_way_round_gives_the_same_picture(flip):
    t1, t2 = stack(), stack(tilt=3, spacing=(0.8, 1.1))
    expected = align(t1, t2).t2
    rows, columns = t2.array.shape[1:]
    array, first, row, column, spacing = (
        t2.array, t2.positions_mm, t2.row_direction, t2.column_direction, t2.pixel_spacing_mm,
    )  # fmt: skip
    stored = {
        "rows": Volume(array[:, ::-1], first + (rows - 1) * spacing[0] * column, row, -column, spacing),
        "columns": Volume(array[:, :, ::-1], first + (columns - 1) * spacing[1] * row, -row, column, spacing),
        "slices": Volume(array[::-1], first[::-1], row, column, spacing),
        "swapped": Volume(array.swapaxes(1, 2), first, column, row, spacing[::-1]),
    }[flip]
    assert np.allclose(align(t1, stored).t2, expected, atol=1e-3, equal_nan=True)
    turned, turn = upright(stored)
    assert turned.column_direction[2] < 0 < turned.row_direction[1]
    assert np.array_equal(turn.undo(turned.array), stored.array)
    assert np.array_equal(turn.apply(stored.array), turned.array)
    assert np.allclose(
        turned.to_patient(np.array([2.0, 0, 0])),
        t2.to_patient(np.array([2.0 if flip != "slices" else 6.0, 0, 0])),
    )


def test_slices_that_are_not_sagittal_are_refused():
    axial = Volume(
        np.zeros((2, 4, 4), np.float32),
        np.array([[0, 0, 0], [0, 0, 4.0]]),
        np.array([1.0, 0, 0]),
        np.array([0, 1.0, 0]),
        (1.0, 1.0),
    )
    with pytest.raises(ValueError, match="not sagittal"):
        upright(axial)


def spine(shift=(0.0, 0.0), contrast=(1.0, 0.2), rows=220, columns=120):
    """Blocks with soft edges, and the mask of the blocks; `contrast` is that of body and background."""
    y, x = np.indices((rows, columns)).astype(float)
    picture = np.full((rows, columns), contrast[1])
    for top in range(10, 200, 40):
        down, back = y - top - shift[0], x - 40 - shift[1]
        edge = np.minimum(np.minimum(down, 28 - down), np.minimum(back, 36 - back))
        picture += (contrast[0] - contrast[1]) / (1 + np.exp(-2 * edge))
    return picture.astype(np.float32)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (2.0, -3.0), (-1.4, 0.6)])
def test_the_shift_that_is_left_is_measured_across_contrasts(shift):
    t1 = np.stack([spine(contrast=(1.0, 0.2))] * 3)
    t2 = np.stack([spine(shift, contrast=(0.4, 0.9))] * 3)
    down, back, agreement = residual_shift(t1, t2, t1 > 0.6, (0.8, 0.8))
    assert (down, back) == (pytest.approx(-shift[0] * 0.8, abs=0.3), pytest.approx(-shift[1] * 0.8, abs=0.3))
    assert agreement > 0.8


def test_nothing_is_measured_where_there_is_no_t2():
    t1 = spine()[None]
    assert residual_shift(t1, np.full_like(t1, np.nan), t1 > 0.6, (1, 1)) is None
