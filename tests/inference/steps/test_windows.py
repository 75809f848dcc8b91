import numpy as np
import pytest
from scipy import ndimage

from inference.steps.windows import opened, window


def test_a_window_reaches_its_margin_but_not_past_the_border():
    mask = np.zeros((20, 30), bool)
    mask[1:5, 10:12] = True
    assert window(mask, margin=3) == (slice(0, 8), slice(7, 15))
    assert mask[window(mask)].shape == (6, 4)
    mask[15:, 28:] = True
    assert window(mask, margin=3) == (slice(0, 20), slice(7, 30))
    assert np.zeros((4, 5))[window(np.zeros((4, 5), bool))].size == 0


@pytest.mark.parametrize("reach", [1, 3])
def test_opening_is_that_of_the_whole_picture_at_its_border_too(reach):
    mask = ndimage.gaussian_filter(np.random.default_rng(2).normal(size=(40, 50)), 2.0) > 0.05
    mask[:, 35:] = False
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = np.hypot(rows, columns) <= reach
    assert np.array_equal(opened(mask, disk), ndimage.binary_opening(mask, disk))
    assert not opened(np.zeros((3, 3), bool), disk).any()
