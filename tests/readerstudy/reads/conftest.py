"""Studies at the moments that matter."""

import pytest
import time_machine

from tests import factories


@pytest.fixture(autouse=True)
def _stand_ins(stand_in_images: None, stand_in_maps: None) -> None:
    """Images and maps as other rooms would render them."""


@pytest.fixture
def study(db):
    """Two cases, three readers, just opened."""
    return factories.make_study(cases=2)


@pytest.fixture
def travel():
    """A clock that stands still until moved: `travel.shift(timedelta(...))`."""
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as traveller:
        yield traveller
