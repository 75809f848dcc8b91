"""The pictures in the definitions of the grades are what the phantom looks like, as the words say."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotations.vocabulary import ModicType
from inference.phantom.examples import SIZE_PX, examples

KEPT = Path(__file__).parents[3] / "readerstudy/common/static/common/modic-types"


@pytest.fixture(scope="module")
def drawn() -> dict[tuple[int, str], np.ndarray]:
    return {(int(kind), name): picture for kind, name, picture in examples()}


def test_the_kept_pictures_are_the_drawn_ones(drawn) -> None:
    assert len(drawn) == len(list(KEPT.iterdir())) == 2 * len(ModicType)
    for (kind, name), picture in drawn.items():
        kept = np.asarray(Image.open(KEPT / f"{kind}-{name}.png"))
        assert kept.shape == picture.shape == SIZE_PX[::-1]
        assert np.abs(kept.astype(int) - picture.astype(int)).max() <= 2


@pytest.mark.parametrize(
    ("kind", "t1", "t2"), [(1, "dark", "bright"), (2, "bright", "bright"), (3, "dark", "dark")]
)
def test_each_type_differs_from_marrow_as_its_definition_says(drawn, kind: int, t1: str, t2: str) -> None:
    """Against the same spine without a change, where most differs: beside the disc."""
    for name, look in (("t1", t1), ("t2", t2)):
        difference = drawn[kind, name].astype(int) - drawn[0, name].astype(int)
        above_the_disc = difference[30:44, 45:85]
        assert (above_the_disc.mean() > 8) if look == "bright" else (above_the_disc.mean() < -8)
