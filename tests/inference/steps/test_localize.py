import numpy as np
import pytest

from inference.steps.localize import (
    from_grid,
    grid_shape,
    localize,
    localizer_input,
    numbers_on_pixels,
    to_grid,
)


class Recorder:
    name, version, digest = "localize", "1", ""

    def __init__(self):
        self.shapes = []

    def predict(self, batch):
        self.shapes.append(batch.shape)
        return np.concatenate([batch * 0 + 0.25, batch * 0 + 0.5], axis=-1)


@pytest.mark.parametrize("slices", [1, 8, 9, 18, 30])
def test_slices_go_in_batches_of_at_most_8_at_1_mm(slices):
    network, heard = Recorder(), []
    volume = np.random.default_rng(0).normal(size=(slices, 130, 90)).astype(np.float32)
    result = localize(volume, (0.9, 1.1), network, heard.append)
    assert result.shape == (slices, 117, 99, 2)
    assert all(shape[0] <= 8 and shape[1:] == (128, 112, 1) for shape in network.shapes)
    assert sum(shape[0] for shape in network.shapes) == slices
    assert heard[-1] == 1.0


@pytest.mark.parametrize("spacing", [(0.5, 0.5), (0.7, 1.3), (1.0, 1.0), (2.0, 0.4)])
def test_a_position_keeps_its_millimetres_there_and_back(spacing):
    shape = (round(160 / spacing[0]), round(120 / spacing[1]))
    rows = np.broadcast_to(((np.arange(shape[0]) + 0.5) * spacing[0])[:, None], shape).astype(np.float32)
    grid = to_grid(rows, spacing)
    assert grid.shape == grid_shape(shape, spacing) == (160, 120)
    assert np.allclose(grid[5:-5, 60], np.arange(160)[5:-5] + 0.5, atol=0.05)
    assert np.allclose(from_grid(grid, shape, spacing)[8:-8], rows[8:-8], atol=0.05)


def test_the_input_is_normalised_before_it_is_padded():
    picture = np.random.default_rng(1).normal(500, 100, (100, 100)).astype(np.float32)
    padded = localizer_input(picture, (1.0, 1.0))
    assert padded.shape == (112, 112)
    assert not padded[100:].any()
    assert not padded[:, 100:].any()
    assert abs(float(padded[:100, :100].mean())) < 0.1


def test_numbers_follow_the_probability_on_finer_pixels_and_stay_apart():
    numbers = np.zeros((60, 40), np.int16)
    numbers[10:30, 10:30], numbers[31:50, 10:30] = 1, 2
    probability = np.where(numbers > 0, 0.9, 0.1).astype(np.float32)
    fine = numbers_on_pixels(numbers, probability, (120, 80), (0.5, 0.5))
    assert set(np.unique(fine)) == {0, 1, 2}
    rows = np.flatnonzero(fine[:, 40] == 1)
    assert (rows.min(), rows.max()) == (20, 59)
    assert abs(int((fine > 0).sum()) / 4 - 20 * 20 - 19 * 20) < 12


def test_outlines_keep_to_what_is_clear_and_a_faint_middle_stays_whole():
    numbers = np.zeros((60, 60), np.int16)
    numbers[10:50, 10:50] = 1
    probability = np.where(numbers > 0, 0.55, 0.0).astype(np.float32)
    probability[12:48, 12:48] = 0.95
    probability[26:34, 26:34] = 0.55
    found = numbers_on_pixels(numbers, probability, (60, 60), (1.0, 1.0))
    assert (found[12:48, 12:48] == 1).all()
    assert not found[:12].any()
    assert not found[:, 48:].any()
