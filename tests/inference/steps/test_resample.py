"""Row-and-column resampling against scipy's, which asks for every pixel by itself."""

import numpy as np
import pytest
from scipy import ndimage

from inference.steps.resample import cubic, linear, nearest

PICTURE = np.random.default_rng(0).normal(100, 30, (37, 23)).astype(np.float32)
ROWS, COLUMNS = np.linspace(-3.0, 39.0, 61), np.linspace(-2.5, 25.0, 47)
INNER = np.linspace(0.0, 36.0, 50), np.linspace(0.0, 22.0, 31)


def crossings(rows, columns):
    return np.meshgrid(rows, columns, indexing="ij")


def test_linear_is_that_of_scipy_with_zeros_around_the_picture():
    expected = ndimage.map_coordinates(
        PICTURE.astype(float), crossings(ROWS, COLUMNS), order=1, mode="grid-constant"
    )
    assert linear(PICTURE, ROWS, COLUMNS) == pytest.approx(expected, abs=1e-9)


def test_nearest_is_that_of_scipy():
    expected = ndimage.map_coordinates(PICTURE, crossings(ROWS, COLUMNS), order=0, mode="nearest")
    assert np.array_equal(nearest(PICTURE, ROWS, COLUMNS), expected)


def test_cubic_is_that_of_scipy_up_to_the_border():
    spline = ndimage.spline_filter(PICTURE.astype(float), order=3, mode="mirror")
    expected = ndimage.map_coordinates(spline, crossings(*INNER), order=3, mode="mirror", prefilter=False)
    assert cubic(spline, *INNER) == pytest.approx(expected, abs=1e-9)
    pixels = [np.arange(n, dtype=float) for n in PICTURE.shape]
    assert cubic(spline, *pixels) == pytest.approx(PICTURE, abs=1e-3)


@pytest.mark.parametrize("shape", [(1, 5), (2, 2), (3, 1)])
def test_thin_pictures_are_no_exception(shape):
    picture = np.random.default_rng(1).normal(size=shape)
    spline = ndimage.spline_filter(picture, order=3, mode="mirror")
    places = [np.linspace(0, n - 1, 4) for n in shape]
    expected = ndimage.map_coordinates(spline, crossings(*places), order=3, mode="mirror", prefilter=False)
    assert cubic(spline, *places) == pytest.approx(expected, abs=1e-9)
