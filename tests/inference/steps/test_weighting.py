"""Fluid behind the bodies tells T1 from T2, on pictures drawn by hand."""

import numpy as np
import pytest

from inference.steps.remarks import about_weighting
from inference.steps.weighting import fluid_contrast

PIXEL = (0.6, 0.6)
ROWS, COLUMNS = np.indices((200, 160))


def exam(fluid: float) -> tuple[np.ndarray, np.ndarray]:
    """Five slices of grainy marrow of 100 with fluid of that signal behind it; the bodies."""
    bodies = (np.abs(COLUMNS - 60) < 28) & (ROWS % 60 < 45)
    canal = (COLUMNS > 92) & (COLUMNS < 118)
    picture = 100.0 + 10.0 * np.random.default_rng(1).normal(size=bodies.shape)
    picture[canal] += fluid - 100.0
    return np.repeat(picture[None], 5, axis=0).astype(np.float32), np.repeat(bodies[None], 5, axis=0)


def test_fluid_is_bright_on_t2_and_dark_on_t1():
    (dark, bodies), (bright, _) = exam(40.0), exam(180.0)
    assert fluid_contrast(dark, bright, bodies, PIXEL) == pytest.approx(14.0, abs=1.0)
    assert fluid_contrast(bright, dark, bodies, PIXEL) == pytest.approx(-14.0, abs=1.0)
    assert fluid_contrast(dark, dark, bodies, PIXEL) == 0.0


def test_only_slices_with_t2_count_and_too_little_tells_nothing():
    (dark, bodies), (bright, _) = exam(40.0), exam(180.0)
    bright[1:] = np.nan
    assert fluid_contrast(dark, bright, bodies, PIXEL) == pytest.approx(14.0, abs=1.0)
    bright[:] = np.nan
    assert fluid_contrast(dark, bright, bodies, PIXEL) is None
    assert fluid_contrast(dark, np.ones_like(dark), bodies, PIXEL) is None, "no spread of the marrow"
    assert fluid_contrast(dark[..., :90], dark[..., :90], bodies[..., :90], PIXEL) is None, "no canal in view"


def test_a_narrow_section_at_the_pictures_back_has_no_canal_behind_it():
    bodies = np.zeros((1, 80, 60), bool)
    bodies[0, 10:70, 45:58] = True
    picture = np.random.default_rng(2).normal(size=bodies.shape).astype(np.float32)
    assert fluid_contrast(picture, picture, bodies, PIXEL) is None


@pytest.mark.parametrize(("contrast", "said"), [(None, 0), (3.0, 0), (0.0, 0), (-0.9, 1)])
def test_a_person_is_told_when_they_seem_swapped(contrast, said):
    assert len(about_weighting(contrast)) == said
