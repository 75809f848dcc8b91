"""An open study, and a reader at work in it."""

import pytest
from django.test import Client

from tests import cast, factories
from tests.readerstudy.reads.desk import Desk, desk


@pytest.fixture(autouse=True)
def _stand_ins(stand_in_images: None, stand_in_maps: None) -> None:
    """Images and maps as other rooms would render them."""


@pytest.fixture
def study(db):
    """Two cases, three readers, just opened."""
    return factories.make_study(cases=2)


@pytest.fixture
def reader(study) -> Desk:
    """Reader 2, unaided."""
    return desk(study, 2)


@pytest.fixture
def coordinator() -> Client:
    return cast.signed_in(cast.coordinator())
